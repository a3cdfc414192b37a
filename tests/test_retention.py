"""Answers are kept to the day that was promised, and not longer."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from coprod_widgets.errors import CoprodError
from coprod_widgets.store import tables
from coprod_widgets.store.codings import CodingStore
from coprod_widgets.store.retention import Retention
from coprod_widgets.store.withdrawals import Withdrawals, noted
from coprod_widgets.study.codebook import Coding

DAY = date(2026, 12, 31)
TEXT = "The porter knew the short way, and sang on it."


@pytest.fixture
def retention(store, clock):
    return Retention(store, now=clock)


@pytest.fixture
def write(store, study):
    """Write one answer as a learner of a session; their pseudonym."""

    def write(device, session, text=TEXT):
        learner = store.enrol(device)
        store.save(learner, "what_happened", text, base=0, session=session, study=study)
        return learner

    return write


def keep(retention, session, day=DAY):
    return retention.keep_until(session, day, title="Tuesday", study_key="paul_on_coproduction")


def after(clock, day=DAY):
    clock.time = datetime.combine(day, datetime.min.time(), tzinfo=UTC) + timedelta(days=1)


def left_in(store, *names):
    with store.database.reading() as connection:
        return [connection.scalar(sa.select(sa.func.count()).select_from(tables.metadata.tables[n])) for n in names]


def test_a_session_is_kept_to_the_end_of_its_last_day(retention, write, clock):
    assert retention.until("tuesday") is None
    assert keep(retention, "tuesday") is None
    assert retention.until("tuesday") == datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    write("a" * 32, "tuesday")
    clock.time = retention.until("tuesday")
    assert retention.due() == []
    after(clock)
    assert [one.session for one in retention.due()] == ["tuesday"]


def test_the_last_day_can_be_changed_and_the_earlier_promise_is_told(retention):
    keep(retention, "tuesday")
    assert keep(retention, "tuesday", date(2027, 1, 31)).date() == DAY
    assert retention.until("tuesday").date() == date(2027, 1, 31)


def test_a_day_that_is_past_is_refused_and_today_is_not(retention, clock):
    with pytest.raises(CoprodError, match="2026-09-13.*past"):
        keep(retention, "tuesday", date(2026, 9, 13))
    assert retention.until("tuesday") is None
    keep(retention, "tuesday", clock.time.date())


def test_a_purge_deletes_what_is_due_and_counts_it(retention, store, study, write, clock):
    learner, other = write("a" * 32, "tuesday"), write("b" * 32, "tuesday")
    store.save(other, "what_happened", TEXT + " Twice.", base=1, session="tuesday", study=study)
    store.save(other, "patient_plan", "We wrote it down.", base=0, session="tuesday", study=study)
    store.agree(other, "class", True, version=1, language="en", session="tuesday", study=study)
    CodingStore(store).add(
        Coding(coder="Ann", session="tuesday", pseudonym=other, question="what_happened", revision=2, start=0, end=10,
               words="The porter", theme="power")
    )  # fmt: skip
    keep(retention, "tuesday")
    after(clock)
    due = retention.due()
    assert retention.purge() == due
    (gone,) = due
    assert (gone.learners, gone.leaving, gone.answers, gone.revisions, gone.codings) == (2, 2, 3, 4, 1)
    assert left_in(store, "learner", "learner_key", "response", "revision", "consent", "coding") == [0] * 6
    assert {(one.pseudonym, one.by, one.at) for one in Withdrawals(store).all()} == {
        (learner, "purge", clock.time),
        (other, "purge", clock.time),
    }
    assert (retention.due(), retention.purge()) == ([], [])


def test_a_purge_leaves_other_sessions_and_whoever_wrote_there(retention, store, write, clock):
    both = write("a" * 32, "tuesday")
    assert write("a" * 32, "friday") == both
    friday = write("b" * 32, "friday")
    keep(retention, "tuesday")
    keep(retention, "friday", date(2027, 6, 30))
    after(clock)
    (gone,) = retention.purge()
    assert (gone.session, gone.learners, gone.leaving) == ("tuesday", 1, 0)
    assert {(row["pseudonym"], row["session"]) for row in store.rows()} == {(both, "friday"), (friday, "friday")}
    assert store.learner("a" * 32) == both
    assert Withdrawals(store).all() == []


def test_a_learner_of_two_sessions_that_are_due_leaves_with_the_second(retention, store, write, clock):
    learner = write("a" * 32, "tuesday")
    write("a" * 32, "friday")
    keep(retention, "tuesday")
    keep(retention, "friday")
    after(clock)
    retention.purge()
    assert [one.pseudonym for one in Withdrawals(store).all()] == [learner]
    assert left_in(store, "learner", "response") == [0, 0]


def test_a_session_without_a_last_day_is_never_purged(retention, store, write, clock):
    write("a" * 32, "self-paced")
    after(clock, date(2050, 1, 1))
    assert retention.purge() == []
    assert len(list(store.rows())) == 1


def test_purged_text_leaves_the_files(sqlite_store, study, clock, tmp_path):
    retention = Retention(sqlite_store, now=clock)
    for number in range(30):
        learner = sqlite_store.enrol(f"{number:032d}")
        for base in range(4):
            text = TEXT * (1 + 97 * (number % 5)) + str(base)
            sqlite_store.save(learner, "what_happened", text, base=base, session="tuesday", study=study)
    keep(retention, "tuesday")
    after(clock)
    assert retention.purge()[0].revisions == 120
    assert b"the short way" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert {note.what for note in noted(tmp_path / "responses.sqlite3")} == {"purge"}


def test_a_purge_asked_for_twice_at_once_deletes_once(retention, write, clock, store):
    from concurrent.futures import ThreadPoolExecutor

    write("a" * 32, "tuesday")
    keep(retention, "tuesday")
    after(clock)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: retention.purge(), range(2)))
    assert len(Withdrawals(store).all()) == 1
    assert 1 in map(len, done)


def test_a_clock_far_ahead_of_what_is_stored_is_doubted(retention, write, clock):
    assert retention.doubt() == ""
    write("a" * 32, "tuesday")
    clock.forward(90 * 86_400)
    assert retention.doubt() == ""
    clock.forward(400 * 86_400)
    assert "2028-01-17" in retention.doubt() and "2026-09-14" in retention.doubt()
    write("b" * 32, "tuesday")
    assert retention.doubt() == ""
