"""Whoever is on the roster is found in every spelling; a telephone number is, and a blood pressure is not."""

import time
from pathlib import Path

import pandas as pd
import pytest

from coprod_widgets.deidentify.external_finders import external_finders
from coprod_widgets.deidentify.finders import (
    Found,
    lower_vocabulary,
    merge_overlapping,
    phone_finder,
    roster_finder,
    rule_finder,
)
from coprod_widgets.deidentify.scrub import proposed
from coprod_widgets.errors import FinderNotInstalled

ROSTER = ["Zdravka Lind", "Björn Ask", "Will Young", "mlind7", "zdravka.lind@uni.example", ""]


def words(finder, text):
    return [text[one.start : one.end] for one in finder(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It was zdravka lind who stayed.", ["zdravka lind"]),
        ("ZDRAVKA's tea, Lind’s chair.", ["ZDRAVKA", "Lind"]),
        ("Ask mlind7, or MLIND7.", ["mlind7", "MLIND7"]),
        ("Write to Zdravka.Lind@uni.example please", ["Zdravka.Lind@uni.example"]),
        ("Bjorn came, then Bjo\u0308rn, then BJÖRN.", ["Bjorn", "Bjo\u0308rn", "BJÖRN"]),
        ("Linden and Björnsson are other words.", []),
        ("I will ask the young one.", []),  # parts of names that are everyday words
        ("Then Will Young came.", ["Will Young"]),
    ],
)
def test_the_roster_is_found_as_whole_words_in_any_case_and_spelling(text, found):
    assert words(roster_finder(ROSTER), text) == found


FORMS = {
    "text of a file": "Sommarlind\nVinterek\r\nAsk",
    "semicolons": "Sommarlind;Vinterek",
    "last name first": ["Sommarlind,Lovis", "Vinterek, Bo"],
    "tab": ["Lovis\tSommarlind", "Bo\tVinterek"],
    "hard blank": ["Lovis\u00a0Sommarlind", "Bo\u202fVinterek"],
    "double name": ["Vinterek-Sommarlind"],
    "quotes": ['"Sommarlind"', "'Vinterek'"],
    "addresses": ["lovis.sommarlind@uni.example", "bo_vinterek@uni.example"],
    "column with an empty cell": pd.Series(["Sommarlind", None, float("nan"), "Vinterek"], dtype="object"),
    "set": {"Sommarlind", "Vinterek"},
    "lines in a cell": ["Sommarlind\nVinterek"],
}


@pytest.mark.parametrize("roster", FORMS.values(), ids=FORMS)
def test_a_class_list_is_understood_in_every_form_that_people_have_it(roster):
    assert words(roster_finder(roster), "I told Sommarlind, then Vinterek.") == ["Sommarlind", "Vinterek"]


@pytest.mark.parametrize(
    "roster",
    [
        list("Sommarlind"),
        pd.DataFrame({"name": ["Sommarlind"]}),
        [1, 2],
        {"a": "b"},
        b"Ask",
        Path("class.txt"),
        7,
        [["Ask"]],
    ],
    ids=["letters", "table", "numbers", "mapping", "bytes", "path", "number", "lists"],
)
def test_what_is_no_class_list_is_refused_and_not_searched_for_nobody(roster):
    with pytest.raises(ValueError, match="roster"):
        roster_finder(roster)


def test_an_empty_roster_finds_nothing():
    assert words(roster_finder([" "]), "Zdravka came.") == []


@pytest.mark.parametrize(
    "text",
    [
        "Ring 0161 496 0123 then.",
        "+46 8 465 004 23",
        "call (202) 555-0134 ext. 9",
        "07700 900 123, after six",
        "555-0134",
    ],
)
def test_a_telephone_number_is_found(text):
    (found,) = {
        words(phone_finder([region]), text)[0] for region in ("GB", "US", "SE") if words(phone_finder([region]), text)
    }
    assert sum(map(str.isdigit, found)) >= 7


@pytest.mark.parametrize(
    "text",
    [
        "It was 142/88, then 120/80 lying.",
        "pressure 142/88-120/80",
        "on 11/06/2023 and 2024-03-18 and 3.4.2021",
        "from 2019-2023, since 2009",
        "open 08.30-16.30 and 08:30–10:10",
        "Call 1177, take 500 mg, firmware 4.12.0.3",
        "pain 8/10, ratio 1:12, 3.8 kilos",
    ],
)
def test_a_reading_a_date_or_an_hour_is_no_telephone_number(text):
    assert words(phone_finder(("GB", "US", "SE")), text) == []


def seconds(text):
    """Of this process alone, to find numbers and to propose others for them."""
    began = time.process_time()
    proposed(text, [phone_finder(["GB"])])
    return time.process_time() - began


@pytest.mark.parametrize(
    "line", ["{0:09} ", "2024-03-18 12:00:{1:02} {0:06} {0:05}\n", "07700 {0:06}, ", "{1}/", "{0:05} "]
)
def test_the_cost_of_telephone_numbers_grows_with_the_text_and_not_with_its_square(line):
    log = "".join(line.format(n * 7919 % 10**6, n % 60) for n in range(20_000))
    # Four times the text; its square would be sixteen. One of three tries is enough: other work can slow any of them.
    assert any(seconds(log[:20_000]) <= 9 * seconds(log[:5_000]) + 0.05 for _ in range(3))


def test_what_overlaps_becomes_one_and_says_who_found_it():
    found = [Found(3, 9, "name", "roster", "a"), Found(0, 9, "place", "rules", "b"), Found(9, 12, "date", "rules", "c")]
    assert merge_overlapping(found) == [Found(0, 9, "place", "roster, rules", "b"), Found(9, 12, "date", "rules", "c")]


def test_the_vocabulary_holds_what_somebody_wrote_in_small_letters():
    assert lower_vocabulary(["Rose rose early.", "The Zimmer"]) == {"rose", "early"}


def test_the_vocabulary_is_read_with_the_tokeniser_of_the_rules():
    known = lower_vocabulary(["We saw björn’s well-being, i´m sure, and she'd said."])
    assert known >= {"bjorn", "well-being", "i", "she"}
    assert words(rule_finder(known), "Then Well-Being, I'm told, She'd know.") == []


@pytest.mark.parametrize("name", ["presidio", "spacy"])
def test_a_helper_that_is_not_installed_is_asked_for_and_never_fetched(name):
    with pytest.raises(FinderNotInstalled, match=rf"(?i){name}.*install"):
        external_finders(name)


def test_a_helper_that_nobody_knows_is_refused():
    with pytest.raises(FinderNotInstalled, match="'gliner'.*presidio, spacy"):
        external_finders(["gliner"])
