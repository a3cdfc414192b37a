"""What learners agree to, from the choice to the row beside each answer."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coprod_widgets.errors import LearnerGone
from coprod_widgets.store import tables
from coprod_widgets.store.consents import Consent
from coprod_widgets.store.withdrawals import noted
from coprod_widgets.study.self_study import USES

PHONE, LAPTOP = "phone-9f2c41d07be35a68", "laptop-51b3e0c7d92f4a86"
WORDING = {"version": 3, "language": "en"}


@pytest.fixture
def course(study):
    return {"session": "SPRING-26", "study": study}


@pytest.fixture
def learner(store, course):
    learner = store.enrol(PHONE)
    store.save(learner, "what_happened", "She drew the valve on a napkin.", base=0, **course)
    return learner


def agreed(store, name="class_use"):
    return [row[name] for row in store.rows()]


def test_before_a_choice_nothing_is_agreed_to(store, learner, course):
    assert store.response(learner, **course).choices == {}
    (row,) = store.rows()
    assert (row["class_use"], row["research_use"]) == (False, False)
    assert (row["consent_version"], row["consent_language"], row["consent_at"]) == (0, "", None)


@pytest.mark.parametrize("use", USES)
def test_each_use_is_a_choice_of_its_own_with_wording_and_time(store, learner, course, clock, use):
    choice = store.agree(learner, use, True, **WORDING, **course)
    assert choice == Consent(use=use, given=True, version=3, language="en", at=clock.time)
    assert store.response(learner, **course).choices == {use: choice}
    (row,) = store.rows()
    assert [row[f"{one}_use"] for one in USES] == [one == use for one in USES]
    assert (row["consent_version"], row["consent_language"], row["consent_at"]) == (3, "en", clock.time)


def test_a_choice_taken_back_counts_at_once_and_both_are_kept(store, learner, course, clock):
    store.agree(learner, "class", True, **WORDING, **course)
    clock.forward(60)
    store.agree(learner, "class", False, **WORDING, **course)
    assert agreed(store) == [False]
    with store.database.reading() as connection:
        kept = connection.execute(sa.select(tables.consents).order_by(tables.consents.c.id)).all()
    assert [row.given for row in kept] == [True, False]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choices=st.lists(st.tuples(st.sampled_from(USES), st.booleans())))
def test_of_any_choices_the_last_of_each_use_counts(sqlite_store, study, choices):
    course = {"session": "SPRING-26", "study": study}
    learner = sqlite_store.enrol(f"{PHONE}{len(list(sqlite_store.rows()))}")
    sqlite_store.save(learner, "what_happened", "We agreed on one number.", base=0, **course)
    for use, given_ in choices:
        sqlite_store.agree(learner, use, given_, **WORDING, **course)
    last = dict(choices)
    (row,) = [row for row in sqlite_store.rows() if row["pseudonym"] == learner]
    assert {use: row[f"{use}_use"] for use in USES} == {use: last.get(use, False) for use in USES}


def test_choices_count_for_their_own_learner_and_session_only(store, learner, course, study):
    other = store.enrol(LAPTOP)
    for who, session in ((other, "SPRING-26"), (learner, "AUTUMN-26")):
        store.save(who, "what_happened", "He knew her by name.", base=0, session=session, study=study)
    store.agree(learner, "class", True, **WORDING, **course)
    found = {(row["pseudonym"], row["session"]): row["class_use"] for row in store.rows()}
    assert found == {(learner, "SPRING-26"): True, (other, "SPRING-26"): False, (learner, "AUTUMN-26"): False}


def test_one_may_choose_before_writing(store, course):
    learner = store.enrol(PHONE)
    store.agree(learner, "research", True, **WORDING, **course)
    store.save(learner, "what_happened", "She waited.", base=0, **course)
    assert agreed(store, "research_use") == [True]


def test_a_use_that_nobody_was_asked_about_is_refused(store, learner, course):
    with pytest.raises(ValueError, match="class.*research"):
        store.agree(learner, "advertising", True, **WORDING, **course)
    assert store.response(learner, **course).choices == {}


def test_somebody_deleted_agrees_to_nothing(store, learner, course):
    store.delete(learner)
    with pytest.raises(LearnerGone):
        store.agree(learner, "class", True, **WORDING, **course)


def test_choices_go_with_their_learner(store, learner, course):
    store.agree(learner, "class", True, **WORDING, **course)
    store.delete(learner)
    with store.database.reading() as connection:
        assert connection.execute(sa.select(tables.consents)).all() == []


def test_what_is_taken_back_is_noted_beside_the_store_too(sqlite_store, course, clock, tmp_path):
    learner = sqlite_store.enrol(PHONE)
    sqlite_store.agree(learner, "class", True, **WORDING, **course)
    sqlite_store.agree(learner, "class", False, **WORDING, **course)
    sqlite_store.delete(learner)
    notes = noted(tmp_path / "responses.sqlite3")
    assert [(note.what, note.pseudonym, note.at) for note in notes] == [
        ("class", learner, clock.time),
        ("learner", learner, clock.time),
    ]
    assert (tmp_path / "responses.sqlite3.withdrawn").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "odd", [{"version": True}, {"version": 0}, {"version": "1"}, {"language": "<script>"}, {"language": "e\0"}], ids=str
)
def test_a_choice_on_a_wording_that_cannot_be_one_is_not_stored(store, learner, course, odd):
    with pytest.raises(ValueError, match="wording"):
        store.agree(learner, "class", True, **(WORDING | odd), **course)
    assert agreed(store) == [False]
