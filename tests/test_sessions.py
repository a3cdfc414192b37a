"""A class's session: its code, its phases, its end, and how often one may guess a code."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from coprod_widgets.errors import CoprodError, JoinRefused, SessionClosed, StoreError
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.retention import Retention
from coprod_widgets.store.sessions import FREE_FAILURES, LETTERS, PHASES, RESERVED, ClassSession, Sessions

PHONE, TEXT = "0f" * 16, "She asked what he was afraid of, and sat down."


@pytest.fixture
def rooms(store, clock):
    return Sessions(store, now=clock)


@pytest.fixture
def tuesday(store, study):
    return ClassSession.open(study, store, title="Nursing 2, Tuesday")


@pytest.fixture
def course(tuesday, study):
    return {"session": tuesday.name, "study": study}


def refused(rooms, code, *, first=False):
    with pytest.raises(JoinRefused) as caught:
        rooms.join(code, first=first)
    return caught.value.wait


def test_a_new_session_is_found_by_its_name_and_by_its_code(store, tuesday, study):
    assert (tuesday.title, tuesday.study_key, tuesday.language) == ("Nursing 2, Tuesday", study.key, "en")
    assert (tuesday.phase, tuesday.closed_at, tuesday.retain_until) == ("joining", None, None)
    assert tuesday.name.startswith("nursing-2-tuesday-")
    spoken = tuesday.code.replace("-", " ").lower()
    assert [ClassSession.of(store, one) for one in (tuesday.name, tuesday.code, spoken)] == [tuesday] * 3
    with pytest.raises(StoreError, match="coprod session list"):
        ClassSession.of(store, "AAA-AAA")


def test_a_code_has_no_letter_that_is_taken_for_another(store, study):
    opened = [ClassSession.open(study, store, title="Tuesday") for _ in range(20)]
    assert set("".join(one.code for one in opened)) <= {*LETTERS, "-"}
    assert not set("0O1IL2Z5S6G8BUVM") & set(LETTERS)
    assert len({one.code for one in opened}) == len({one.name for one in opened}) == 20


def test_several_sessions_stand_in_one_store_the_newest_first(store, study, tuesday):
    friday = ClassSession.open(study, store, title="Friday")
    assert ClassSession.all(store) == [friday, tuesday]


@pytest.mark.parametrize("title", ["", "  ", "x" * 121, "Tuesday\N{RIGHT-TO-LEFT OVERRIDE}yadirF", *RESERVED])
def test_a_title_that_would_mislead_is_refused(store, study, title):
    with pytest.raises(CoprodError):
        ClassSession.open(study, store, title=title)
    assert ClassSession.all(store) == []


def test_a_title_in_another_script_still_makes_a_name(store, study):
    assert ClassSession.open(study, store, title="火曜日").name.startswith("火曜日-")
    assert ClassSession.open(study, store, title="!!!").name.startswith("session-")


def test_a_session_moves_through_its_phases_and_may_be_opened_again(store, tuesday):
    for phase in PHASES:
        tuesday = tuesday.moved(store, phase)
        assert (tuesday.phase, ClassSession.of(store, tuesday.code)) == (phase, tuesday)
    assert tuesday.closed_at is not None
    again = tuesday.closed(store)
    assert again.closed_at == tuesday.closed_at
    assert tuesday.moved(store, "writing").closed_at is None
    with pytest.raises(CoprodError, match=f"'lunch'.*{', '.join(PHASES)}"):
        tuesday.moved(store, "lunch")


def test_a_clock_runs_from_now_gets_more_and_is_stopped_by_hand_or_by_another_phase(store, rooms, tuesday, clock):
    def until(**asked):
        return (rooms.time(tuesday.name, **asked).until - clock.time).total_seconds()

    assert tuesday.until is None
    assert until(minutes=15) == 900
    clock.forward(60)
    assert until(minutes=1, more=True) == 900
    clock.forward(1000)
    assert until(minutes=2, more=True) == 120  # more than nothing, not more of what is over
    assert rooms.time(tuesday.name, 0).until is None
    assert tuesday.timed(store, 5).until is not None
    assert tuesday.moved(store, "sharing").until is None


@pytest.mark.parametrize("minutes", [-1, 241, 10**9])
def test_a_clock_that_nobody_can_mean_is_refused(store, tuesday, minutes):
    with pytest.raises(CoprodError, match=r"\b1 to 240\b"):
        tuesday.timed(store, minutes)


def test_a_closed_session_takes_no_text_and_gives_back_what_it_has(store, tuesday, course):
    learner = store.enrol(PHONE)
    store.save(learner, "what_happened", TEXT, base=0, **course)
    tuesday.closed(store)
    for write in (
        lambda: store.save(learner, "what_happened", "Something else.", base=1, **course),
        lambda: store.save(learner, "resources_and_supports", "A chair.", base=0, **course),
        lambda: store.save(store.enrol("a5" * 16), "what_happened", "Too late.", base=0, **course),
        lambda: store.hand_in(learner, **course),
    ):
        with pytest.raises(SessionClosed):
            write()
    assert store.response(learner, **course).answers["what_happened"].text == TEXT
    assert len(list(store.rows(latest_only=False))) == 1


def test_a_save_whose_answer_was_lost_is_acknowledged_after_the_end_too(store, tuesday, course):
    learner = store.enrol(PHONE)
    kept = store.save(learner, "what_happened", TEXT, base=0, **course)
    tuesday.closed(store)
    assert store.save(learner, "what_happened", TEXT, base=0, **course) == kept


def test_one_may_take_back_consent_and_delete_after_the_end(store, tuesday, course):
    learner = store.enrol(PHONE)
    store.save(learner, "what_happened", TEXT, base=0, **course)
    tuesday.closed(store)
    assert not store.agree(learner, "class", False, version=1, language="en", **course).given
    assert store.delete(learner).answers == 1


@pytest.mark.parametrize(("question", "part"), [("what_happened", None), ("professional_plan", "b")])
def test_nothing_is_stored_once_close_has_returned(address, study, question, part):
    """However many are just writing: a save is acknowledged before the end of the session, or part, or refused."""
    with ResponseStore(address) as store:
        store.prepare()
        tuesday = ClassSession.open(study, store, title="Tuesday")
        learners = [store.enrol(f"{number:032x}") for number in range(6)]

        def write(learner):
            for base in range(100):
                try:
                    store.save(learner, question, f"{base}", base=base, session=tuesday.name, study=study)
                except SessionClosed:
                    return base
            return 100

        with ThreadPoolExecutor(6) as pool:
            writing = [pool.submit(write, learner) for learner in learners]
            tuesday.moved(store, "closed", section=part and study.section(part))
            at_the_end = len(list(store.rows(latest_only=False)))
            acknowledged = sum(one.result() for one in writing)
        assert at_the_end == acknowledged == len(list(store.rows(latest_only=False)))


def test_wrong_codes_are_counted_in_all_kernels_together_and_have_to_wait(address, rooms, tuesday, clock):
    other = Sessions(ResponseStore(address), now=clock)
    assert [refused(room, "AAA-AAA") for room in (rooms, other) * (FREE_FAILURES // 2)] == [0.0] * FREE_FAILURES
    assert 0 < refused(rooms, tuesday.code) <= 60
    clock.forward(61)
    assert rooms.join(tuesday.code, first=False) == tuesday


def test_one_who_guesses_cannot_lock_out_a_class_of_sixty(rooms, tuesday):
    for _ in range(FREE_FAILURES + 5):
        refused(rooms, "AAA-AAA")
    assert [rooms.join(tuesday.code, first=True).name for _ in range(60)] == [tuesday.name] * 60


def test_a_class_that_mistypes_is_not_locked_out(rooms, tuesday):
    for number in range(40):
        refused(rooms, f"QQQ{number:03}")
    assert rooms.join(tuesday.code.lower(), first=False) == tuesday


@pytest.mark.parametrize("code", ["", "-", "\x00", "x" * 100_000, "' OR 1=1 --", "\ud800"])
def test_anything_can_be_typed_as_a_code(rooms, code):
    assert refused(rooms, code, first=True) == 0.0


def test_the_self_paced_session_has_no_code_to_be_guessed(store, rooms, clock):
    Retention(store, now=clock).keep_until("self-paced", date(2027, 1, 31), title="On your own", study_key="x")
    assert ClassSession.all(store) == []
    refused(rooms, "", first=True)
    with pytest.raises(StoreError):
        ClassSession.of(store, "self-paced")


def test_a_session_can_promise_its_last_day(store, study, clock):
    kept = ClassSession.open(study, store, title="Tuesday", keep_until=date(2099, 1, 31))
    assert kept.retain_until == datetime(2099, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert Retention(store, now=clock).until(kept.name) == kept.retain_until
    with pytest.raises(CoprodError, match="past"):
        ClassSession.open(study, store, title="Tuesday", keep_until=date(2020, 1, 31))


def test_a_browser_is_counted_no_more_once_its_learner_is_deleted(store, rooms, tuesday, study):
    from coprod_widgets.store.wall import Wall

    friday = ClassSession.open(study, store, title="Friday")
    learner = store.enrol(PHONE)
    for device in (PHONE, "a5" * 16):
        for session in (tuesday, friday):
            rooms.count_device(session.name, device)
    store.delete(learner, by="instructor")
    assert [Wall(store, one.name, study).counts()["counts"]["joined"] for one in (tuesday, friday)] == [1, 1]


def test_each_browser_is_counted_once(store, rooms, tuesday, study):
    from coprod_widgets.store.wall import Wall

    for device in (PHONE, "a5" * 16, PHONE):
        rooms.count_device(tuesday.name, device)
    assert Wall(store, tuesday.name, study).changes("")["counts"]["joined"] == 2
