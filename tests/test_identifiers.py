"""What the check finds in texts that were written to be hard for it, what it leaves alone, and what it costs."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, strategies

from coprod_widgets.exports.csv_file import read_csv
from coprod_widgets.identifiers import Identifier, find, in_english
from coprod_widgets.identifiers.word_lists import FOLDER, plain

TEXTS = Path(__file__).parent / "identifiers"
SAMPLE = Path(__file__).parents[1] / "sample_data"
PLANTED, CLEAN = (sorted(TEXTS.glob(f"{kind}.*.jsonl")) for kind in ("planted", "clean"))


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def marked(text, *, strict=False):
    return {place for one in likely(text, strict=strict) for place in range(one.start, one.end)}


def likely(text, *, strict=False):
    return [one for one in find(text, strict=strict) if strict or one.certainty == "likely"]


def is_found(text, start, end, places):
    """Every letter and digit of it."""
    return all(place in places for place in range(start, end) if text[place].isalnum())


def share_found(path, *, strict):
    found = []
    for row in rows(path):
        text, places = row["text"], marked(row["text"], strict=strict)
        for one in row["identifiers"]:
            starts = [match.start() for match in re.finditer(re.escape(one["words"]), text)]
            assert starts, one["words"]
            found.append(any(is_found(text, start, start + len(one["words"]), places) for start in starts))
    return sum(found) / len(found)


def words(text, **options):
    return [text[one.start : one.end] for one in find(text, **options) if one.certainty == "likely"]


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_nine_in_ten_identifiers_are_likely(path):
    assert share_found(path, strict=False) >= 0.90


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_an_export_finds_98_in_100(path):
    assert share_found(path, strict=True) >= 0.98


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_at_most_2_in_100_clean_texts_are_marked(path):
    texts = [row["text"] for row in rows(path)]
    assert sum(bool(likely(text)) for text in texts) / len(texts) <= 0.02


def test_the_raw_sample_is_found_and_the_clean_one_left_alone():
    raw, answers = read_csv(SAMPLE / "responses_raw.csv"), read_csv(SAMPLE / "responses.csv")
    texts = {(row.pseudonym, row.question): row.text for row in raw.itertuples()}
    planted = pd.read_csv(SAMPLE / "responses_raw_identifiers.csv", keep_default_na=False)
    for strict, least in ((False, 0.95), (True, 0.98)):
        places = {key: marked(text, strict=strict) for key, text in texts.items()}
        keys = zip(planted["pseudonym"], planted["question"], strict=True)
        spans = zip(keys, planted["start"], planted["end"], strict=True)
        assert sum(is_found(texts[key], start, end, places[key]) for key, start, end in spans) / len(planted) >= least
    assert sum(bool(likely(text)) for text in answers["text"]) / len(answers) <= 0.01


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("my nurse was called hisham and he stayed", "name", "hisham"),
        ("Nobody listened until Thandolwethu came.", "name", "Thandolwethu"),
        ("Thanks to Dr. Nwosu-Berg I could sleep.", "name", "Dr. Nwosu-Berg"),
        ("Sign in as ward_nine_kb to read it.", "handle", "ward_nine_kb"),
        ("It happened in Härnösand years ago.", "place", "Härnösand"),
        ("They moved her to Kingfisher Ward at night.", "place", "Kingfisher Ward"),
        ("We live at 14b Tanner's Row now.", "address", "14b Tanner's Row"),
        ("It was Professor van der Nwosu who listened.", "name", "Professor van der Nwosu"),
        ("Youssef al-Hassan came in the night.", "name", "Youssef al-Hassan"),
        ("Ptoluka, the night HCA, told me.", "name", "Ptoluka"),
        ("i was scared but josh, the porter, was not.", "name", "josh"),
        ("Our care home, The Larches, smells of bread.", "place", "The Larches"),
        (
            "They sent it to 18 Maple Ave, Unit 5, Springfield, IL 62704 again.",
            "address",
            "18 Maple Ave, Unit 5, Springfield, IL 62704",
        ),
        ("My mother-in-law, 91, is deaf.", "age", "91"),
        ("It blocked 2001:db8::4f for an hour.", "ip", "2001:db8::4f"),
        ("It was cancelled on 3 May 2024 again.", "date", "on 3 May 2024"),
        ("My neighbour is 94 and digs potatoes.", "age", "94"),
        ("Ring 07700 900142 and wait.", "phone", "07700 900142"),
        ("Write to night.desk@example.org please.", "email", "night.desk@example.org"),
        ("It is on https://portal.example.net/me now.", "url", "https://portal.example.net/me"),
        ("It blocked 198.51.100.77 for an hour.", "ip", "198.51.100.77"),
        ("My hospital number is K4471902 still.", "record", "K4471902"),
        ("They refunded SE35 5000 0000 0549 1000 0003 twice.", "insurance", "SE35 5000 0000 0549 1000 0003"),
        ("The van, AB12 CDE, had no ramp.", "plate", "AB12 CDE"),
    ],
)
def test_each_kind_is_found_with_a_reason_and_other_words_for_it(text, kind, found):
    one, *more = find(text)
    assert (one.kind, one.certainty, text[one.start : one.end], more) == (kind, "likely", found, [])
    assert one.reason and one.replacement


@pytest.mark.parametrize(
    "text",
    [
        "I have Parkinson's, an Apgar score of 9, and a Zimmer frame.",
        "In May, on a Monday, at 14:30, the Ward Sister took my blood pressure: 142/88.",
        "Will you mark it? May I hope for grace. Patience is what we lacked.",
        "She gave me Tylenol, then Furosemide 40 mg, and HbA1c fell to 52 in 2019.",
        "The Swedish Consultant on Ward 7 asked the NHS for 3 beds and got 7/10 for trying.",
        "I am 72, sats 94 on air, and it took ninety minutes.",
        "It has firmware 4.12.0.3 and cost 10000 kronor.",
        "The Helsinki Declaration hung beside the First Aider and the Vårdcentral.",
        "Marie Curie nurses came, and he works for Ptoluka.",
    ],
)
def test_what_only_looks_like_an_identifier_is_left_alone(text):
    assert words(text) == []


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("We saw Dr Nwosu.", "We saw the doctor."),
        ("The nurse Tuuli came.", "The nurse came."),
        ("My husband Jianguo came.", "My husband came."),
        ("Then Xiomara came.", "Then a person came."),
        ("Xiomara came.", "A person came."),
        ("She was admitted to Ryhov.", "She was admitted to a hospital."),
        ("They moved her to Ryhov.", "They moved her to a place."),
        ("She gave it to Xiomara.", "She gave it to a person."),
        ("Nurse Tuuli came.", "The nurse came."),
        ("Auntie Tuuli came.", "My auntie came."),
        ("Her name was Tuuli.", "Her name was [name]."),
        ("It was in Härnösand.", "It was in a town."),
        ("Our care home, The Larches, smells of bread.", "Our care home, a care home, smells of bread."),
        ("It was on 3 May 2024.", "It was in 2024."),
        ("It was on 3 May.", "It was that day."),
        ("The Dandali Hospital was full.", "The hospital was full."),
        ("She is 94.", "She is over 89."),
        ("He came home from St Thomas' Hospital.", "He came home from a hospital."),
        ("He came home from the St James’ Hospice today.", "He came home from the hospice today."),
        ("The paramedics Tom and Ana carried him.", "The paramedics carried him."),
        ("We thank nurses Tuuli, Xiomara and Jianguo.", "We thank nurses."),
        ("Doctors Nwosu and Okafor came.", "Doctors came."),
        ("Mr and Mrs Okafor brought soup.", "A couple brought soup."),
        ("They asked Dr. & Mrs. Okafor first.", "They asked a couple first."),
        ("We trusted the midwives Ines and Aoife.", "We trusted the midwives."),
        ("My sisters Aoife and Ines came.", "My sisters came."),
        ("The nurses Tom and Ines' tea helped.", "The nurses' tea helped."),
        ("We met James' mother there.", "We met a person's mother there."),
    ],
)
def test_other_words_fit_where_the_identifier_stood(text, replaced):
    (one,) = find(text)
    assert text[: one.start] + one.replacement + text[one.end :] == replaced


def test_a_reason_names_the_word_that_gave_it_away():
    (one,) = find("I asked Dr Nwosu.")
    assert "'Dr'" in one.reason


def test_an_export_also_marks_what_is_only_possible():
    text = "Patience was what I needed."
    assert find(text) == []
    (one,) = find(text, strict=True)
    assert (text[one.start : one.end], one.certainty) == ("Patience", "possible")


def test_a_word_the_export_has_in_small_letters_is_no_name_at_the_start_of_a_sentence():
    text = "Snorbling is fun."
    assert find(text, strict=True) != []
    assert find(text, strict=True, lower_vocabulary=frozenset({"snorbling"})) == []


@pytest.mark.parametrize("mark", ["'", "’", "‘", "´", "`", "ʼ", "＇"])
def test_a_word_made_by_shortening_is_no_name_whichever_apostrophe_its_keyboard_has(mark):
    text = "Well, I'm sure, I'd've said, He'd gone, We'll see, Didn't, It's, Well-Being.".replace("'", mark)
    assert find(text, strict=True) == []
    (one,) = find("Then Tuuli'll come.".replace("'", mark))
    assert (one.start, one.end) == (5, 10)


@pytest.mark.parametrize(
    "text",
    [
        "Pain went from 9/10 to 2/10, so I gave 10/10 and waited 1/2 an hour for 3/4 of them, 24/7.",
        "After 1800 hrs, at 0830, I drank 1500 ml and NHS 111, then 1177, rang back.",
        "It helped alot, infact they were carring aswell.",
        "My nephew's tiffin, her daughter's doll and the anticoagulation stayed.",
        "The PIP form went to the Gulf.",
    ],
)
def test_scores_hours_and_misspelt_words_are_not_proposed_even_for_an_export(text):
    assert [text[one.start : one.end] for one in find(text, strict=True)] == []


@pytest.mark.parametrize("text", ["It was on 3/4.", "Since 28/2 then.", "First 28/02, then 1/3."])
def test_a_day_and_a_month_are_a_date_where_words_or_another_date_say_so(text):
    assert "date" in {one.kind for one in find(text, strict=True)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She lives at 12 High Street.", "12 High Street"),
        ("NURSE JESSICA BROWN WAS KIND", "JESSICA BROWN"),
        ("JESSICA HELPED ME", "JESSICA"),
    ],
)
def test_what_shouts_or_has_an_everyday_name_is_found_whole(text, found):
    assert words(text) == [found]


ANY_TEXT = strategies.text(strategies.characters(), max_size=200) | strategies.lists(
    strategies.sampled_from(
        ["Dr ", "nurse ", "Grace ", "Xu", "'s", "St. ", "Hospital", "on 3 May", " 2024", "@", ".", "\n",
        "\u200b", "\u202e", "\ud800",
         "İ", "e\u0301", "12 ", "Lane", "07700 900142", "'", "-", "_", "مريم", "T.", "ninety-", "94",
         " years old", "called ", "👩🏽‍⚕️"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@given(ANY_TEXT, strategies.booleans())
def test_what_is_found_lies_in_the_text_in_order_and_apart(text, strict):
    found = find(text, strict=strict)
    ends = [0, *(one.end for one in found)]
    for one, end_before in zip(found, ends, strict=False):
        assert end_before <= one.start < one.end <= len(text)
        assert isinstance(one, Identifier) and one.certainty in ("likely", "possible")
    assert found == find(text, strict=strict)


UNITS = [
    "a", "A", "1", ".", " ", "'", '"', "@", "_", "-", "(", "/", ":", "\n", "Ab ", "a.", "1 ", "1-", "a@", "a_",
    "A1 ", "A.", "St ",
    "Dr ", "Rose Hospital ", "12 Oak Street ", "http://", "Ab van ", "is 91 ", "may 1 ", "a at b dot ", "1.",
    "a:", "\u200b",
    "e\u0301", "Tom and ", "Mary, ", "Mr and Mrs Patel, ", "nurses Tom and Ana, ",
    "home, The Rose ", "Dr van der ", "91 and ", "::1 ",
]  # fmt: skip


def seconds(text, *, strict):
    """Of this process alone."""
    began = time.process_time()
    find(text, strict=strict)
    return time.process_time() - began


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "for a learner"])
@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_the_cost_grows_with_the_text_and_not_with_its_square(unit, strict):
    short, long = ((unit * length)[:length] for length in (5_000, 20_000))
    # Four times the text; its square would be sixteen. One of three tries is enough: other work can slow any of them.
    assert any(seconds(long, strict=strict) <= 9 * seconds(short, strict=strict) + 0.02 for _ in range(3))


def test_it_needs_the_standard_library_and_nothing_else():
    program = (
        "import sys; before = set(sys.modules); from coprod_widgets.identifiers import find; find('Dr Xu, Leeds');"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["coprod_widgets"]


@pytest.mark.parametrize("name", ["given", "family"])
def test_no_everyday_word_is_a_family_name_and_few_are_given_names(name):
    lines = Path(FOLDER, f"{name}.txt").read_text(encoding="ascii").split("\n")
    names = {line[:2] + rest.strip("-") for line in lines for rest in line[2:].split()}
    assert len(names) > 10_000 and all(name == plain(name) for name in names)
    assert names.isdisjoint({"hence", "pleasant", "long", "less", "nurse", "monday", "september", "hospital", "doctor"})


def test_the_lists_carry_the_notices_of_those_who_made_them():
    notice = Path(FOLDER, "NOTICE.txt").read_text(encoding="utf-8")
    assert "GeoNames" in notice and "Daniele Faraglia" in notice and "Permission is hereby granted" in notice
    assert "Kevin Atkinson" in notice


NOT_ENGLISH = [
    "Por favor, llamen mañana.",
    "Eligieron la mesa con mi madre.",
    "Ella escuchó",
    "MI MADRE ESTUVO EN EL HOSPITAL CON LA ENFERMERA",
    "L'infirmière m'a tout expliqué, et Marie était rassurée.",
    "Die Pflegerin war sehr freundlich und hat mir alles erklärt.",
    "Sjuksköterskan Karin lyssnade på mig och vi bestämde tillsammans.",
    "Hoitaja oli ystävällinen ja kuunteli minua.",
    "Kalkaalisada waxay si fiican iigu sharaxday wax walba.",
    "الممرضة استمعت لي",
    "Медсестра Анна всё объяснила маме.",
    "护士很耐心地听我说话",
]


@pytest.mark.parametrize("text", NOT_ENGLISH)
def test_a_text_in_another_language_is_not_checked_rather_than_marked(text):
    assert not in_english(text)
    assert find(text, strict=True) == []


@pytest.mark.parametrize(
    "text",
    ["Escríbame a marta.ruiz@example.org cuando pueda, por favor.", "Ring mig på 070-123 45 67 så fort det går."],
)
def test_an_address_or_a_number_is_found_in_any_language(text):
    assert not in_english(text)
    assert len(find(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "María de la Cruz", "josh tuuli xiomara", "nurse", "", "My nurse 王芳 came and helped.",
        "c'est la vie, she said",
        "paracetamol ibuprofen omeprazole", "Los Angeles was great", "thx alot, im greatful", "The tante said hola.",
    ],
)  # fmt: skip
def test_few_words_names_and_english_with_foreign_words_are_checked(text):
    assert in_english(text)


@pytest.mark.parametrize("path", [*PLANTED, *CLEAN], ids=lambda path: path.stem)
def test_no_english_text_is_taken_for_another_language(path):
    assert [row["text"] for row in rows(path) if not in_english(row["text"])] == []
