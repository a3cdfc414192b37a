"""What points to a person gets a placeholder; only whoever agreed is in it; nothing shows a text by accident."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprod_widgets.deidentify.proposals import counts_by_kind
from coprod_widgets.deidentify.scrub import AGREED, covered, scrub
from coprod_widgets.exports.csv_file import read_csv

SAMPLE = Path(__file__).parents[1] / "sample_data"


def frame(*texts, agreed=True, **columns):
    place = {"session": "SPRING-26", "pseudonym": "L-0SAMPLE0", "language": "en", "version": 1, "revision": 1}
    rows = [{**place, "question": f"q{n}", "text": text, AGREED: agreed, **columns} for n, text in enumerate(texts)]
    return pd.DataFrame(rows)


def scrubbed(text, **settings):
    (proposal,) = scrub(frame(text), **settings).proposals
    return proposal.proposed


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        ("Dr. Okonkwo came. Then Okonkwo's colleague, Mrs. Petrović, asked Okonkwo.",
         "[NAME-1] came. Then [NAME-1]'s colleague, [NAME-2], asked [NAME-1]."),
        ("She came on 12 March 2024 and again on 3 May.", "She came in 2024 and again on [DATE-1]."),
        ("He was born on 12 March 1921.", "He was born on [DATE-1]."),  # a year that tells a great age
        ("My mother, aged 93, walked in.", "My mother, aged 90+, walked in."),
        ("My mother, aged ninety-three, walked in.", "My mother, aged 90+, walked in."),
        ("My mother, aged 71, walked in.", "My mother, aged 71, walked in."),
        ("Her pressure was 142/88 and her pulse 93.", "Her pressure was 142/88 and her pulse 93."),
        ("Write to nurse.k@ward.example.org or ring 0161 496 0123.", "Write to [EMAIL-1] or ring [PHONE-1]."),
    ],
)  # fmt: skip
def test_what_points_to_a_person_gives_way_to(text, proposed):
    assert scrubbed(text) == proposed


def test_a_name_on_the_roster_is_found_where_the_rules_see_a_word():
    assert scrubbed("then ottoline, ottoline's tea", roster=["Ottoline Baka"]) == "then [NAME-1], [NAME-1]'s tea"


def test_placeholders_are_numbered_anew_in_every_text():
    texts = scrub(frame("Dr. Okonkwo came.", "Mrs. Petrović came.")).proposals
    assert [text.proposed for text in texts] == ["[NAME-1] came."] * 2


@pytest.mark.parametrize("agreed", [False, None, float("nan"), pd.NA, "", "no", 1, "false"])
def test_whoever_did_not_agree_is_left_out(agreed):
    found = scrub(frame("We sat down.", agreed=agreed))
    assert (found.proposals, found.left_out) == ((), 1)


def test_without_the_column_nobody_agreed():
    found = scrub(frame("We sat down.").drop(columns=AGREED))
    assert (found.proposals, found.left_out) == ((), 1)
    assert repr(found) == "<Scrubbed 0 texts, 0 changes; 1 more without consent>"


@pytest.mark.parametrize("agreed", [True, "True", "true"])
def test_whoever_agreed_is_in_it_also_after_a_table_was_read_as_text(agreed):
    assert len(scrub(frame("We sat down.", agreed=agreed)).proposals) == 1


def test_a_learner_who_changed_their_mind_is_taken_at_their_newest_word():
    rows = pd.concat([frame("First."), frame("Second.", agreed=False, revision=2)])
    assert scrub(rows).proposals == ()


def test_the_newest_text_counts_and_an_empty_one_is_none():
    rows = pd.concat([frame("Second.", revision=2), frame("First.")])
    assert [text.original for text in scrub(rows).proposals] == ["Second."]
    assert scrub(pd.concat([frame("First."), frame(None, revision=2)])).proposals == ()


def test_a_frame_without_texts_is_refused():
    with pytest.raises(ValueError, match="question, text.*session, pseudonym"):
        scrub(pd.DataFrame({"session": [], "pseudonym": []}))


def test_nothing_shows_a_text_by_accident():
    found = scrub(frame("Mrs. Petrović told me something."))
    assert repr(found) == "<Scrubbed 1 text, 1 change>"
    assert "told me" not in repr(found.proposals) and "Petrović" not in repr(found.proposals)


def test_changes_are_counted_by_kind_and_by_finder():
    found = scrub(frame("Mrs. Petrović, petrovic@ward.example.org"), roster=["Petrović"])
    counts = found.counts()
    assert counts.loc["name", "roster"] == counts.loc["name", "rules"] == 1
    assert counts_by_kind(found.proposals)["name"] == 1


def test_an_identifier_that_is_half_covered_is_not_covered():
    text = "Mrs. Petrović sat down."
    known = pd.DataFrame({"pseudonym": "L-0SAMPLE0", "question": "q0", "start": [0, 5, 5], "end": [13, 13, 17]})
    assert covered(scrub(frame(text)), known).tolist() == [True, True, False]
    assert covered(scrub(frame(text, agreed=False)), known).all()  # what is not shared takes all of it along


@pytest.mark.parametrize("column", ["pseudonym", "question"])
def test_an_identifier_in_an_answer_that_was_not_scrubbed_is_refused(column):
    known = pd.DataFrame({"pseudonym": "L-0SAMPLE0", "question": "q0", "start": [0, 5], "end": [13, 13]})
    known.loc[1, column] = "another"
    with pytest.raises(ValueError, match=r"Only 1 of 2 identifiers is in an answer that was scrubbed"):
        covered(scrub(frame("Mrs. Petrović sat down.")), known)


def test_identifiers_of_other_answers_alone_are_refused_with_the_way_on_for_an_own_class():
    known = pd.DataFrame({"pseudonym": "L-17SAMPLE", "question": "q0", "start": [0], "end": [13]})
    with pytest.raises(ValueError, match=r"None of 1 identifier .* leave this cell out, and go on with open_review"):
        covered(scrub(frame("Mrs. Petrović sat down.")), known)


def test_a_frame_of_what_is_proposed_has_both_texts():
    shown = scrub(frame("Mrs. Petrović came.")).to_frame()
    assert shown[["text", "proposed"]].to_numpy().tolist() == [["Mrs. Petrović came.", "[NAME-1] came."]]


PIECES = st.lists(
    st.sampled_from(["Dr. Okonkwo", "we sat", "0161 496 0123", "🫁 漢字", "on 3 May 2024", ". ", " ", "\n"])
)


@given(pieces=PIECES)
def test_the_text_between_the_changes_stays_to_the_letter(pieces):
    text = " ".join(pieces)
    proposals = scrub(frame(text)).proposals
    assert len(proposals) == bool(text.strip())
    for proposal in proposals:
        assert "".join(words for words, _ in proposal.pieces()) == proposal.original == text
        spans = [(change.start, change.end) for change in proposal.changes]
        assert all(start < end for start, end in spans) and spans == sorted(spans)
        assert not any("Okonkwo" in words for words, change in proposal.pieces() if change is None)


def test_of_the_planted_identifiers_nearly_all_are_found():
    raw = read_csv(SAMPLE / "responses_raw.csv").assign(**{AGREED: True})
    planted = pd.read_csv(SAMPLE / "responses_raw_identifiers.csv", keep_default_na=False)
    texts = {(text.pseudonym, text.question): text for text in scrub(raw).proposals}
    found = [gone(texts[row.pseudonym, row.question], row.start, row.end) for row in planted.itertuples()]
    assert sum(found) / len(found) > 0.95
    assert covered(scrub(raw), planted).tolist() == found


def gone(text, start, end):
    """Whether every letter and digit of an identifier gives way."""
    letters = {at for at in range(start, end) if text.original[at].isalnum()}
    return letters <= {at for change in text.changes for at in range(change.start, change.end)}


def on_sample(name):
    return scrub(read_csv(SAMPLE / name).assign(research_use=True))


def test_proposals_on_the_sample_are_few_and_nearly_all_point_to_somebody():
    raw, known = on_sample("responses_raw.csv"), pd.read_csv(SAMPLE / "responses_raw_identifiers.csv")
    planted = {
        (row.pseudonym, row.question, at) for row in known.itertuples() for at in range(int(row.start), int(row.end))
    }
    changes = [(text, change) for text in raw.proposals for change in text.changes]
    right = [
        any((text.pseudonym, text.question, at) in planted for at in range(change.start, change.end))
        for text, change in changes
    ]
    assert sum(right) >= 0.95 * len(right)
    assert covered(raw, known).sum() >= 149
    assert sum(len(text.changes) for text in on_sample("responses.csv").proposals) <= 15


def test_texts_in_another_language_are_counted_as_not_checked():
    made = scrub(
        frame("La enfermera Eligia escuchó a mi madre.", "The nurse listened to Tuuli Harju."), roster=["Eligia"]
    )
    assert [text.checked for text in made.proposals] == [False, True]
    assert made.proposals[0].proposed == "La enfermera [NAME-1] escuchó a mi madre."  # the roster knows every language
    assert "1 not checked: not English" in repr(made)


@pytest.mark.parametrize("said", ["yes", "TRUE", " Yes ", "true"])
def test_a_yes_is_a_yes_however_a_table_writes_it(said):
    assert len(scrub(frame("We sat down.", agreed=said)).proposals) == 1


def test_a_word_that_is_neither_yes_nor_no_is_refused_and_not_taken_for_no():
    with pytest.raises(ValueError, match="Row 1, column research_use, says neither") as error:
        scrub(frame("We sat down.", agreed="My mother SECRETNAME"))
    assert "SECRET" not in str(error.value)
