"""The desk joined with the store: frames in, codings in the store, a frame out."""

from pathlib import Path

import pandas as pd
import pytest
from frozen import STUDY

from coprod_widgets import ResponseStore
from coprod_widgets.apps.coding import CODED, open_coding, read_codings
from coprod_widgets.errors import StoreError
from coprod_widgets.store.codings import CodingStore
from coprod_widgets.store.settings import STORE
from coprod_widgets.study.codebook import Coding

SAMPLES = Path(__file__).parent.parent / "sample_data"
PLAIN = {"start": 0, "end": 3, "words": "She", "theme": "power", "memo": ""}
ASK = {"session": "SPRING-26", "pseudonym": "L-0SAMPLE0", "question": "what_happened", "revision": 2, **PLAIN}


def responses(*more):
    columns = ["session", "pseudonym", "question", "revision", "language", "text"]
    rows = [
        ("SPRING-26", "L-0SAMPLE0", "role_patient", 1, "en", " father "),
        ("SPRING-26", "L-0SAMPLE0", "role_professional", 1, "en", None),
        ("SPRING-26", "L-0SAMPLE0", "what_happened", 1, "en", "She drew the lung."),
        ("SPRING-26", "L-0SAMPLE0", "what_happened", 2, "en", "She drew the lung, twice."),
        ("SPRING-26", "L-0SAMPLE0", "patient_plan", 1, "en", "I asked for the small needle."),
        ("SPRING-26", "L-0SAMPLE0", "what_helped_most", 1, "en", "The tea."),
        ("SPRING-26", "L-0SAMPLE0", "patient_carrying_out", 1, "en", float("nan")),
        ("SPRING-26", "L-0SAMPLE0", "professional_plan", 1, "en", "   "),
    ]
    return pd.DataFrame([*rows, *more], columns=columns)


def themes():
    return pd.DataFrame({"theme": ["power"], "name": ["Power"], "meaning": ["Who decides."], "include": [float("nan")]})


def texts(desk):
    return desk.handle({"ask": "texts", "at": 0})["texts"]


def test_the_newest_text_of_each_answer_is_coded_under_its_question(sqlite_store):
    happened, plan, other = texts(open_coding(responses(), themes(), coder="Maud", store=sqlite_store, study=STUDY))
    assert (happened["text"], happened["revision"]) == ("She drew the lung, twice.", 2)
    assert (happened["prompt"], happened["part"], happened["language"]) == ("What happened?", "", "en")
    assert plan["part"] == "The patient-person, planning"
    assert (other["prompt"], other["roles"]) == ("what_helped_most", {"patient": "father"})


def test_only_the_questions_asked_for_are_coded(sqlite_store):
    for questions in (["patient_plan"], "patient_plan"):
        desk = open_coding(responses(), themes(), coder="Maud", store=sqlite_store, questions=questions)
        assert [text["question"] for text in texts(desk)] == ["patient_plan"]
    with pytest.raises(ValueError, match=r"patient_plna.*\bpatient_plan\b"):
        open_coding(responses(), themes(), coder="Maud", store=sqlite_store, questions=["patient_plna"])


def test_a_frame_without_a_column_is_told_which(sqlite_store):
    with pytest.raises(ValueError, match="responses.*revision"):
        open_coding(responses().drop(columns="revision"), themes(), coder="Maud", store=sqlite_store)
    with pytest.raises(ValueError, match="themes.*name"):
        open_coding(responses(), themes().drop(columns="name"), coder="Maud", store=sqlite_store)


def test_codings_are_kept_in_the_store_a_learners_form_writes_to(tmp_path, monkeypatch):
    monkeypatch.setenv(STORE, str(tmp_path / "new.sqlite3"))
    open_coding(responses(), themes(), coder="Maud").handle({"ask": "add", **ASK})
    open_coding(responses(), themes(), coder="Ines").handle({"ask": "add", **ASK})
    assert [coding.words for coding in CodingStore(tmp_path / "new.sqlite3").codings("Maud")] == ["She"]
    assert len(read_codings()) == 2


@pytest.mark.parametrize("kind", [ResponseStore, CodingStore])
def test_codings_come_back_as_a_frame(tmp_path, kind):
    store = kind(tmp_path / "responses.sqlite3")
    store.prepare()
    desk = open_coding(responses(), themes(), coder="Maud", store=store)
    desk.handle({"ask": "add", **ASK, "memo": "Twice 🫁"})
    frame = read_codings(store, "Maud")
    assert tuple(frame.columns) == CODED
    row = frame.iloc[0]
    assert (row["coder"], row["pseudonym"], row["question"], row["theme"]) == (
        "Maud",
        "L-0SAMPLE0",
        "what_happened",
        "power",
    )
    assert (row["start"], row["end"], row["words"], row["memo"]) == (0, 3, "She", "Twice 🫁")
    assert row["time"].tzinfo is not None
    assert read_codings(store, "Ines").dtypes.equals(frame.dtypes)


def test_a_store_that_was_given_is_not_set_up_unasked(tmp_path):
    with pytest.raises(StoreError, match="missing"):
        open_coding(responses(), themes(), coder="Maud", store=ResponseStore(tmp_path / "none.sqlite3"))


def test_the_sample_answers_can_be_coded_with_the_sample_codebook(sqlite_store):
    frames = [pd.read_csv(SAMPLES / name) for name in ("responses.csv", "themes.csv")]
    desk = open_coding(*frames, coder="Maud", store=sqlite_store)
    assert len(desk.themes) == 12
    assert desk.handle({"ask": "hello"})["texts"] > 500


def sample_coding(**changed):
    where = {"pseudonym": "L-0SAMPLE0", "question": "what_happened", "revision": 2}
    return Coding(**{"coder": "Maud", "session": "sample", **where, **PLAIN} | changed)


def test_codings_of_the_sample_are_not_among_those_of_ones_own_class(sqlite_store):
    store = CodingStore(sqlite_store)
    store.add(sample_coding())
    store.add(sample_coding(session="SPRING-26"))
    with pytest.warns(UserWarning, match="1 coding"):
        assert list(read_codings(store)["session"]) == ["SPRING-26"]
    sample = responses().assign(session="sample")
    assert list(read_codings(store, responses=sample)["session"]) == ["sample"]


def test_codings_of_other_answers_are_refused(sqlite_store):
    CodingStore(sqlite_store).add(sample_coding())
    with pytest.raises(ValueError, match="None of 1 coding"):
        read_codings(sqlite_store, responses=responses())
