"""What the companion notebooks call."""

import json
from pathlib import Path

import pandas as pd
import pytest

from coprod_widgets import analysis
from coprod_widgets.analysis import figures
from coprod_widgets.apps.demo import rehearse
from coprod_widgets.apps.lessons import InventedTexts, check, read_store, show_texts, show_words
from coprod_widgets.deidentify.scrub import scrub
from coprod_widgets.errors import SelfStudyError, StoreError
from coprod_widgets.exports.csv_file import read_csv, write_csv
from coprod_widgets.store.sessions import ClassSession
from coprod_widgets.widgets.text_table import TextTable

CHECK = """
key: check_lesson
version: 1
language: en
title: "Check yourself"
lead: "Write before you compare."
minutes: 5
readings_title: "Reading"
readings: []
self_study_title: "Check yourself"
sections:
  - key: check
    letter: a
    title: "One question"
    questions:
      - key: who_was_left_out
        prompt: "Who could not have done this?"
        compare: "Whoever has no phone, no time or no interpreter."
credits: []
"""


def test_a_check_asks_its_questions_without_roles_and_offers_a_way_to_compare(tmp_path, monkeypatch):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "lesson.en.yaml").write_text(CHECK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    study = check("lesson").self_study
    assert (study.roles, study.keys) == ((), ("who_was_left_out",))
    assert study.questions[0].compare.startswith("Whoever has no phone")


def test_a_missing_check_is_told_by_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SelfStudyError, match="checks/lesson.en.yaml"):
        check("lesson")


def filled(store, study):
    for session, text in (("monday", "=1 nurse, two wards"), ("tuesday", "She rang me back.")):
        agreeing(store, study, "class", session, text)


def agreeing(store, study, use, session, text):
    """A learner who wrote one answer and agreed to one use, or to none."""
    learner = store.enrol(f"{session}{use}".ljust(32, "0"))
    store.save(learner, "what_happened", text, base=0, session=session, study=study)
    if use:
        store.agree(learner, use, True, version=1, language="en", session=session, study=study)
    return learner


def test_answers_in_a_store_are_the_frame_that_their_export_gives(sqlite_store, study, tmp_path):
    filled(sqlite_store, study)
    write_csv(sqlite_store.rows(), tmp_path / "all.csv", study)
    pd.testing.assert_frame_equal(read_store(sqlite_store), read_csv(tmp_path / "all.csv"))


def test_answers_of_one_session_can_be_read_from_this_computers_store(sqlite_store, study, tmp_path, monkeypatch):
    filled(sqlite_store, study)
    monkeypatch.setenv("COPROD_STORE", str(tmp_path / "responses.sqlite3"))
    assert list(read_store(session="tuesday")["text"]) == ["She rang me back."]
    with pytest.raises(StoreError, match="'monday', 'tuesday'"):
        read_store(session="sunday")


def test_a_session_is_found_by_its_title_or_code_too(sqlite_store, study):
    session = ClassSession.open(study, sqlite_store, title="Nursing, Monday")
    agreeing(sqlite_store, study, "class", session.name, "She rang me back.")
    for wanted in (session.name, session.code, session.code.lower(), "nursing,  monday"):
        assert list(read_store(sqlite_store, session=wanted)["text"]) == ["She rang me back."]


def test_a_title_that_two_sessions_have_is_refused_with_their_names(sqlite_store, study):
    two = [ClassSession.open(study, sqlite_store, title="Nursing") for _ in range(2)]
    with pytest.raises(StoreError, match=f"{two[0].name}.*{two[1].name}"):
        read_store(sqlite_store, session="Nursing")


def test_a_practice_session_and_the_sample_are_nobodys_own_class(sqlite_store, study):
    filled(sqlite_store, study)
    agreeing(sqlite_store, study, "class", "sample", "Invented.")
    session = ClassSession.open(study, sqlite_store, title="Practice session")
    assert list(rehearse(sqlite_store, session, study, learners=2))
    with pytest.warns(UserWarning, match="Practice session, sample"):
        assert set(read_store(sqlite_store)["session"]) == {"monday", "tuesday"}
    assert set(read_store(sqlite_store, session="Practice session")["session"]) == {session.name}


def test_a_class_whose_title_says_practice_is_somebodys_own(sqlite_store, study):
    session = ClassSession.open(study, sqlite_store, title="General practice, autumn")
    agreeing(sqlite_store, study, "class", session.name, "She rang me back.")
    assert len(read_store(sqlite_store)) == 1


def test_only_answers_whose_learners_agreed_are_read_and_the_others_are_counted(sqlite_store, study):
    for use in ("class", "research", ""):
        agreeing(sqlite_store, study, use, "monday", f"Agreed: {use}")
    with pytest.warns(UserWarning, match=r"\b1\b"):
        assert set(read_store(sqlite_store)["text"]) == {"Agreed: class", "Agreed: research"}
    for use in ("class", "research"):
        with pytest.warns(UserWarning, match=rf"\b{use}\b.*\b2\b"):
            assert list(read_store(sqlite_store, use=use)["text"]) == [f"Agreed: {use}"]
    with pytest.raises(ValueError, match="'advertising'.*class.*research"):
        read_store(sqlite_store, use="advertising")


def test_an_answer_whose_learner_changed_their_mind_is_not_read_again(sqlite_store, study):
    learner = agreeing(sqlite_store, study, "class", "monday", "She rang me back.")
    assert len(read_store(sqlite_store)) == 1
    sqlite_store.agree(learner, "class", False, version=1, language="en", session="monday", study=study)
    with pytest.warns(UserWarning, match=r"\b1\b"):
        assert read_store(sqlite_store).empty


SAMPLES = Path(__file__).parents[1] / "sample_data"
WRITTEN = pd.DataFrame({"session": ["sample", "sample"], "text": ["<b>She</b> waited & asked.", "I walked."]})


def test_invented_texts_are_ordinary_output_and_never_markup():
    shown = InventedTexts(WRITTEN[["text"]])
    assert '<td style="text-align: left">&lt;b&gt;She&lt;/b&gt; waited &amp; asked.</td>' in shown._repr_html_()
    assert repr(shown) == "<b>She</b> waited & asked.\n\nI walked."


@pytest.mark.parametrize("name", ["responses.csv", "responses_raw.csv"])
def test_only_the_samples_own_words_are_ordinary_output_whatever_they_are_labelled(name):
    sample = read_csv(SAMPLES / name)[["session", "pseudonym", "text"]]
    assert isinstance(show_texts(sample), InventedTexts)
    proposed = scrub(read_csv(SAMPLES / name).assign(research_use=True)).to_frame()
    assert isinstance(show_texts(proposed[["session", "text", "proposed"]]), InventedTexts)
    one_real = sample.head(5).copy()
    one_real.loc[3, "text"] = "Sister Ogbonnaya held my hand while they told us, and she cried too."
    assert isinstance(show_texts(one_real), TextTable)


def test_words_of_a_class_are_sent_when_shown_and_are_in_no_state_or_repr():
    sample = read_csv(SAMPLES / "responses.csv")
    words = analysis.contrast(sample["text"].head(50), sample["text"].tail(50))
    figure, longest = figures.contrast(words, "one", "other"), max(words["word"], key=len)
    assert show_words(words, sample) is words and show_words(figure, sample) is figure
    real = sample.assign(session="TUESDAY")
    for shown, ask in ((show_words(words, real), "rows"), (show_words(figure, real), "picture")):
        shown.send = sent = [].append
        kept = json.dumps([shown.get_state(), shown._repr_mimebundle_(), repr(shown)], default=repr)
        assert figure.alt not in kept and longest not in kept
        shown._handle_custom_msg({"ask": ask}, [])
        assert (longest if ask == "rows" else figure.alt) in json.dumps(sent.__self__, ensure_ascii=False)


@pytest.mark.parametrize("texts", [WRITTEN, WRITTEN.assign(session=["sample", "TUESDAY"]), WRITTEN[["text"]]])
def test_texts_of_a_class_are_sent_when_shown_and_are_in_no_state_or_repr(texts):
    table = show_texts(texts)
    assert isinstance(table, TextTable)
    assert "waited" not in json.dumps(table.get_state(), default=repr) + json.dumps(
        table._repr_mimebundle_(), default=repr
    )
    sent = []
    table.send = sent.append
    table._handle_custom_msg({"ask": "rows"}, [])
    assert sent == [{"rows": [["<b>She</b> waited & asked."], ["I walked."]]}]


def test_an_empty_cell_is_shown_as_an_empty_text():
    texts = pd.DataFrame({"session": "sample", "text": ["We sat.", None, float("nan")]})
    invented = InventedTexts(texts)
    assert "nan" not in repr(invented).lower() and "nan" not in invented._repr_html_().lower()
    assert show_texts(texts.assign(session="MONDAY"))._rows == [["We sat."], [""], [""]]
