"""Which answer a row is, and which of its rows is the newest."""

import pandas as pd
import pytest

from coprod_widgets.exports.frames import newest, with_study


def frame(*revisions, **columns):
    rows = {"session": "MONDAY", "pseudonym": "L-1", "question": "what_happened"}
    texts = [f"Text {number}." for number, _ in enumerate(revisions)]
    return pd.DataFrame(rows | {"revision": list(revisions), "text": texts} | columns)


@pytest.mark.parametrize("revisions", [("9", "10"), (9, 10), (9.0, 10.0)])
def test_the_tenth_revision_is_newer_than_the_ninth(revisions):
    assert newest(frame(*revisions))["text"].tolist() == ["Text 1."]
    assert newest(frame(*revisions[::-1]))["text"].tolist() == ["Text 0."]
    assert newest(frame(*revisions))["revision"].tolist() == [10]


@pytest.mark.parametrize("cell", ["", "1.0", "two", None, float("nan"), 1.5, 0, True, "-1"])
def test_what_is_no_number_of_a_revision_is_refused_with_its_row(cell):
    with pytest.raises(ValueError, match=r"Row 2, column revision"):
        newest(frame(*([str(1), cell] if isinstance(cell, str) else [1, cell])))


def test_numbers_and_text_in_one_column_are_refused_with_the_row():
    with pytest.raises(ValueError, match=r"Row 2, column revision: '10' is text"):
        newest(frame(9, "10"))


def test_a_frame_without_a_study_is_about_the_kits_own():
    assert with_study(frame(1)).columns[0] == "study"
    assert set(with_study(frame(1))["study"]) == {"paul_on_coproduction"}
    assert with_study(frame(1, 1, study=["home_care", None]))["study"].tolist() == [
        "home_care",
        "paul_on_coproduction",
    ]


def test_two_studies_that_share_a_key_are_two_answers():
    assert len(newest(frame(1, 1, study=["paul_on_coproduction", "home_care"]))) == 2


def test_the_same_row_twice_is_one_answer_and_two_texts_of_one_revision_are_refused():
    assert len(newest(frame(1, 1, text=["One.", "One."]))) == 1
    with pytest.raises(ValueError, match="Rows 1 and 2 are the same revision"):
        newest(frame(1, 1))


def test_the_two_rows_that_are_named_are_one_revision_of_one_answer():
    questions = ["what_happened", "patient_plan", "what_happened", "patient_plan"]
    with pytest.raises(ValueError, match="Rows 1 and 3 are the same revision"):
        newest(frame(1, 1, 1, 1, question=questions))


def test_the_newest_texts_stand_in_the_order_of_the_frame():
    two = pd.concat([frame(1, 3), frame(2, pseudonym="L-0"), frame(2)])
    assert newest(two)["text"].tolist() == ["Text 1.", "Text 0."]
