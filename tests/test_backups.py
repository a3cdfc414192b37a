"""A backup brings back everything but what was withdrawn, to the byte."""

import os
import random
import re
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from threading import Event
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coprod_widgets.errors import CoprodError, FileError, ResumeRefused, SaveConflict, StoreError
from coprod_widgets.store import backup_file, database
from coprod_widgets.store.backups import Backups
from coprod_widgets.store.handed_out import HandedOutFiles
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.retention import Retention
from coprod_widgets.store.sessions import ClassSession, Sessions
from coprod_widgets.store.study_versions import StudyVersions
from coprod_widgets.store.tables import removed_answers
from coprod_widgets.store.withdrawals import Withdrawals, noted

TEXT = "The ward clerk kept a list of who likes the window."
WORDING = {"version": 1, "language": "en"}


@pytest.fixture
def course(study):
    return {"session": "SPRING-26", "study": study}


@pytest.fixture
def write(sqlite_store, course):
    def write(device, text=TEXT):
        learner = sqlite_store.enrol(device)
        base = len(sqlite_store.revisions(learner, "what_happened", **course))
        sqlite_store.save(learner, "what_happened", text, base=base, **course)
        return learner

    return write


@pytest.fixture
def backups(sqlite_store, clock):
    return Backups(sqlite_store, now=clock)


@pytest.fixture
def backup(tmp_path):
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "monday.sqlite3"


@pytest.fixture
def store_file(tmp_path):
    return tmp_path / "responses.sqlite3"


def lost(store_file):
    """What a broken disk leaves: not the store, but the notes beside it if `notes` were elsewhere."""
    for file in store_file.parent.glob(f"{store_file.name}*"):
        if not file.name.endswith(".withdrawn"):
            file.unlink()


def raw_bytes(folder):
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def texts(store):
    return sorted(row["text"] for row in store.rows(latest_only=False))


def test_a_backup_is_a_whole_private_store_of_its_own(sqlite_store, write, backups, backup):
    write("a" * 32), write("a" * 32, TEXT + " Twice."), write("b" * 32)
    assert backups.back_up(backup) == 2
    assert [file.name for file in backup.parent.iterdir()] == [backup.name]
    assert backup.stat().st_mode & 0o777 == 0o600
    with ResponseStore(backup) as other:
        assert texts(other) == texts(sqlite_store)


def test_a_backup_is_never_overwritten(write, backups, backup):
    backup.write_text("Last year's.")
    with pytest.raises(CoprodError, match=re.escape(str(backup))):
        backups.back_up(backup)
    assert backup.read_text() == "Last year's."


def test_a_backup_that_cannot_be_finished_leaves_nothing(write, backups, backup):
    with pytest.raises(FileError, match=re.escape(str(backup.parent / "no such folder" / "monday.sqlite3"))):
        backups.back_up(backup.parent / "no such folder" / "monday.sqlite3")
    assert list(backup.parent.iterdir()) == []


def test_a_backup_can_be_made_while_learners_write(sqlite_store, write, backups, tmp_path):
    (tmp_path / "backups").mkdir()
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, f"{n % 8:032d}", f"{TEXT} {n}") for n in range(60)]
        counts = [backups.back_up(tmp_path / "backups" / f"{n}.sqlite3") for n in range(4)]
    # Two texts of one learner at once may be a conflict, which is not about backups.
    assert {type(one.exception()) for one in writing} <= {type(None), SaveConflict}
    assert counts == sorted(counts) and backups.back_up(tmp_path / "backups" / "last.sqlite3") == 8
    for n in range(4):
        with closing(sqlite3.connect(tmp_path / "backups" / f"{n}.sqlite3")) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_no_byte_of_a_deleted_text_is_in_the_store_or_a_later_backup(
    sqlite_store, course, backups, tmp_path, monkeypatch
):
    # So that deletions within a minute compact the file, each of them.
    monkeypatch.setattr(database, "COMPACTED_EACH", 0)
    chance = random.Random(7)
    stories = {sqlite_store.enrol(f"{n:032d}"): f"Story of the {n:02d}th bed. " for n in range(12)}
    (tmp_path / "backups").mkdir()
    with sqlite_store.database.reading() as open_connection:  # keeps the log, as a busy class does
        open_connection.rollback()
        for number in range(240):
            learner, question = chance.choice(list(stories)), chance.choice(course["study"].keys)
            text = stories[learner] * chance.choice([1, 7, 60, 500, 3500]) + str(number)
            base = len(sqlite_store.revisions(learner, question, **course))
            sqlite_store.save(learner, question, text, base=base, **course)
        for number, (learner, story) in enumerate(stories.items()):
            assert story.encode() in raw_bytes(tmp_path)
            sqlite_store.delete(learner)
            backups.back_up(tmp_path / "backups" / f"{number}.sqlite3")
            assert story.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
            assert story.encode() not in (tmp_path / "backups" / f"{number}.sqlite3").read_bytes()


def test_a_lost_store_comes_back_from_its_backup(sqlite_store, write, backups, backup, course, store_file):
    learner = write("a" * 32)
    sqlite_store.agree(learner, "class", True, **WORDING, **course)
    code = sqlite_store.issue_resume_code(learner)
    before = list(sqlite_store.rows())
    backups.back_up(backup)
    lost(store_file)
    restored = backups.restore(backup)
    assert (restored.learners, restored.again, restored.purged) == (1, 0, ())
    assert list(sqlite_store.rows()) == before
    assert sqlite_store.resume(code, device_key="b" * 32) == learner
    assert store_file.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in store_file.parent.iterdir()) == ["backups", store_file.name]


def test_a_store_that_holds_answers_is_not_replaced_unless_told(sqlite_store, write, backups, backup):
    write("a" * 32)
    backups.back_up(backup)
    write("a" * 32, TEXT + " Twice.")
    with pytest.raises(StoreError, match="holds 1 learner,.*--overwrite"):
        backups.restore(backup)
    assert len(texts(sqlite_store)) == 2
    backups.restore(backup, overwrite=True)
    assert texts(sqlite_store) == [TEXT]


@pytest.mark.parametrize("by", ["learner", "instructor"])
def test_whoever_withdrew_since_is_not_in_the_restored_store(sqlite_store, write, backups, backup, tmp_path, by):
    gone, kept = write("a" * 32, "Bed nineteen's story. " * 800), write("b" * 32)
    backups.back_up(backup)
    sqlite_store.delete(gone, by=by)
    restored = backups.restore(backup, overwrite=True)
    assert (restored.learners, restored.again) == (1, 1)
    assert {row["pseudonym"] for row in sqlite_store.rows()} == {kept}
    assert [(one.pseudonym, one.by) for one in Withdrawals(sqlite_store).all()] == [(gone, by)]
    assert b"Bed nineteen" in backup.read_bytes()
    backup.unlink()
    assert b"Bed nineteen" not in raw_bytes(tmp_path)


def test_a_withdrawal_is_known_beside_a_store_that_was_lost(sqlite_store, write, backups, backup, store_file):
    gone = write("a" * 32)
    backups.back_up(backup)
    sqlite_store.delete(gone)
    lost(store_file)
    assert backups.restore(backup).again == 1
    assert texts(sqlite_store) == []
    assert [note.pseudonym for note in noted(store_file)] == [gone]


def test_a_withdrawal_is_known_beside_a_backup_that_is_taken_elsewhere(
    sqlite_store, write, backups, backup, store_file
):
    gone = write("a" * 32)
    backups.back_up(backup)
    sqlite_store.delete(gone)
    shutil.copy(f"{store_file}.withdrawn", f"{backup}.withdrawn")
    with ResponseStore(backup.parent / "elsewhere" / "responses.sqlite3") as elsewhere:
        assert Backups(elsewhere).restore(backup).again == 1
        assert texts(elsewhere) == []
        assert [note.pseudonym for note in noted(backup.parent / "elsewhere" / "responses.sqlite3")] == [gone]


def test_notes_that_were_kept_with_the_backups_by_the_stores_name_are_read(
    sqlite_store, write, backups, backup, store_file
):
    """As README says: the store and its folder are lost, and the notes lie beside the backup."""
    gone = write("a" * 32)
    backups.back_up(backup)
    sqlite_store.delete(gone)
    shutil.copy(beside(store_file), backup.parent)
    with ResponseStore(backup.parent.parent / "new" / "class.sqlite3") as new:
        assert Backups(new).restore(backup).again == 1
        assert texts(new) == []


def test_notes_of_another_store_in_the_folder_are_about_nobody_here(sqlite_store, write, backups, backup):
    write("a" * 32)
    backups.back_up(backup)
    (backup.parent / "other.sqlite3.withdrawn").write_bytes(NOTE)
    assert backups.restore(backup, overwrite=True).again == 0
    assert Withdrawals(sqlite_store).all() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", ["monday.sqlite3.withdrawn", "other.withdrawn"])
def test_notes_of_another_account_are_named_and_not_followed(sqlite_store, write, backups, backup, name):
    learner = write("a" * 32)
    backups.back_up(backup)
    (backup.parent / name).write_bytes(NOTE.replace(b"L-7F3K9Q2M", learner.encode()))
    os.chown(backup.parent / name, 65534, 65534)
    with pytest.raises(FileError, match=rf"{re.escape(name)} belongs to another account"):
        backups.restore(backup, overwrite=True)
    assert texts(sqlite_store) == [TEXT]


def test_notes_that_are_longer_than_any_are_refused_before_they_are_read(store_file):
    with beside(store_file).open("wb") as notes:
        notes.truncate(3 << 30)  # of nothing, on a disk that has no room for it
    with pytest.raises(FileError, match=re.escape(str(beside(store_file)))):
        noted(store_file, skip=True)


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_use_taken_back_since_stays_taken_back(
    sqlite_store, write, backups, backup, course, store_file, clock, is_lost
):
    learner, other = write("a" * 32), write("b" * 32)
    for who in (learner, other):
        sqlite_store.agree(who, "research", True, **WORDING, **course)
    backups.back_up(backup)
    clock.forward(60)
    sqlite_store.agree(learner, "research", False, **WORDING, **course)
    if is_lost:
        lost(store_file)
    backups.restore(backup, overwrite=True)
    assert {row["pseudonym"]: row["research_use"] for row in sqlite_store.rows()} == {learner: False, other: True}


def test_a_use_agreed_to_again_since_is_agreed_to(sqlite_store, write, backups, backup, course, clock):
    learner = write("a" * 32)
    backups.back_up(backup)
    for choice in (True, False, True):
        clock.forward(60)
        sqlite_store.agree(learner, "class", choice, **WORDING, **course)
    backups.restore(backup, overwrite=True)
    assert [row["class_use"] for row in sqlite_store.rows()] == [True]


@pytest.fixture
def until(sqlite_store, clock, course):
    """Keep the session until the end of a day."""

    def until(day):
        retention = Retention(sqlite_store, now=clock)
        retention.keep_until("SPRING-26", day, title="Spring", study_key=course["study"].key)
        return retention

    return until


def test_what_was_purged_since_stays_purged(sqlite_store, write, backups, backup, clock, until):
    write("a" * 32)
    backups.back_up(backup)
    retention = until(date(2026, 9, 30))
    clock.time = datetime(2026, 10, 1, tzinfo=UTC)
    retention.purge()
    assert backups.restore(backup).again == 1
    assert texts(sqlite_store) == []


def test_a_session_whose_day_is_past_does_not_come_back(sqlite_store, write, backups, backup, clock, until, store_file):
    write("a" * 32)
    until(date(2026, 9, 30))
    backups.back_up(backup)
    lost(store_file)
    clock.time = datetime(2026, 10, 1, tzinfo=UTC)
    assert [one.session for one in backups.restore(backup).purged] == ["SPRING-26"]
    assert texts(sqlite_store) == []


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_restore_by_a_clock_that_may_be_wrong_purges_nothing_until_told(
    sqlite_store, write, backups, backup, clock, until, store_file, is_lost
):
    write("a" * 32)
    until(date(2026, 12, 31))
    backups.back_up(backup)
    if is_lost:
        lost(store_file)
    clock.time = datetime(2030, 1, 1, tzinfo=UTC)
    with pytest.raises(CoprodError, match=r"2030-01-01.*2026-09-14.*SPRING-26.*--clock-is-right"):
        backups.restore(backup, overwrite=True)
    assert texts(sqlite_store) == ([] if is_lost else [TEXT]) and not beside(store_file).exists()
    assert [one.session for one in backups.restore(backup, overwrite=True, clock_is_right=True).purged] == ["SPRING-26"]


def test_what_the_store_knows_vouches_for_the_clock_in_a_restore(sqlite_store, write, backups, backup, clock, until):
    write("a" * 32)
    until(date(2026, 12, 31))
    backups.back_up(backup)
    clock.time = datetime(2027, 1, 31, tzinfo=UTC)
    write("b" * 32)
    assert [one.session for one in backups.restore(backup, overwrite=True).purged] == ["SPRING-26"]


def test_the_day_that_was_promised_last_counts(sqlite_store, write, backups, backup, clock, until):
    write("a" * 32)
    until(date(2026, 9, 30))
    backups.back_up(backup)
    until(date(2026, 12, 31))
    clock.time = datetime(2026, 10, 1, tzinfo=UTC)
    assert backups.restore(backup, overwrite=True).purged == ()
    assert texts(sqlite_store) == [TEXT]


def test_a_session_that_is_still_known_keeps_its_phases_of_now(sqlite_store, study, backups, backup):
    """What an instructor has closed since does not open again, and a part that moved since is where it went."""
    lesson = ClassSession.open(study, sqlite_store, title="Tuesday").moved(sqlite_store, "writing")
    lesson.moved(sqlite_store, "sharing", section=study.section("a"))
    lesson.moved(sqlite_store, "sharing", section=study.section("b"))
    backups.back_up(backup)
    lesson.moved(sqlite_store, "closed", section=study.section("b"))
    lesson.moved(sqlite_store, "writing", section=study.section("a"))
    backups.restore(backup, overwrite=True)
    found = Sessions(sqlite_store).phases(lesson.name)
    assert (found.session, found.sections) == ("writing", {"relationship_and_action": "closed"})


def test_a_lost_session_comes_back_with_its_phases(sqlite_store, study, backups, backup, store_file):
    lesson = ClassSession.open(study, sqlite_store, title="Tuesday")
    lesson.moved(sqlite_store, "closed", section=study.section("b"))
    before = Sessions(sqlite_store).phases(lesson.name)
    backups.back_up(backup)
    lost(store_file)
    backups.restore(backup)
    assert Sessions(sqlite_store).phases(lesson.name) == before


def test_files_handed_out_since_are_still_known(sqlite_store, write, backups, backup, clock):
    learner = write("a" * 32)
    HandedOutFiles(sqlite_store, now=clock).add("monday.csv", [learner])
    backups.back_up(backup)
    HandedOutFiles(sqlite_store, now=clock).add("friday.csv", [learner, learner])
    sqlite_store.delete(learner)
    backups.restore(backup, overwrite=True)
    (gone,) = Withdrawals(sqlite_store).all()
    assert [one.what for one in gone.files] == ["monday.csv", "friday.csv"]


def test_a_file_that_was_copied_by_hand_can_be_restored(sqlite_store, write, backups, backup, store_file):
    write("a" * 32)
    shutil.copy(store_file, backup)
    lost(store_file)
    assert backups.restore(backup).learners == 1
    assert texts(sqlite_store) == [TEXT]


@pytest.mark.parametrize("content", [b"", b"Minutes of the course team. " * 40])
def test_a_file_that_is_no_backup_changes_nothing(sqlite_store, write, backups, backup, content):
    write("a" * 32)
    backup.write_bytes(content)
    with pytest.raises(CoprodError, match=r"monday\.sqlite3 .*coprod backup"):
        backups.restore(backup, overwrite=True)
    assert texts(sqlite_store) == [TEXT]


def test_a_missing_backup_is_told(backups, backup):
    with pytest.raises(CoprodError, match=r"monday\.sqlite3"):
        backups.restore(backup)


def test_readers_see_the_old_store_or_the_new_one(sqlite_store, write, backups, backup):
    for n in range(20):
        write(f"{n:032d}", TEXT * 50)
    backups.back_up(backup)
    for n in range(20):
        write(f"{n:032d}", TEXT * 50 + " Later.")
    seen, begun, ended = [], Event(), Event()

    def read():
        while not ended.is_set():
            seen.append(len(texts(sqlite_store)))
            begun.set()

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        assert begun.wait(30)
        try:
            backups.restore(backup, overwrite=True)
        finally:
            ended.set()
        reading.result()
    assert set(seen) <= {20, 40} and seen[0] == 40 and len(texts(sqlite_store)) == 20


def test_postgresql_is_told_which_program_does_it(postgres_address, backup):
    with ResponseStore(postgres_address) as store:
        store.prepare()
        with pytest.raises(CoprodError, match=r"pg_dump --format=custom --file=\S*monday.sqlite3 postgresql://"):
            Backups(store).back_up(backup)
        with pytest.raises(CoprodError, match="pg_restore"):
            Backups(store).restore(backup)


NOTE = b"2026-09-14T08:30:00+00:00\tlearner\tL-7F3K9Q2M"
ANSWER = NOTE.replace(b"learner", b"answer") + b'\t["self-paced", "self_study", "what_happened"]'
BAD_NOTES = {
    "cut short": NOTE[:-3],
    "made up": b"2026-09-14T08:30:00+00:00\tsomebody\tL-00000000",
    "no time": b"yesterday\tlearner\tL-7F3K9Q2M",
    "before the first moment": NOTE.replace(b"2026-09-14T08:30:00+00:00", b"0001-01-01T00:00:00+23:59"),
    "after the last moment": NOTE.replace(b"2026-09-14T08:30:00+00:00", b"9999-12-31T23:00:00-23:00"),
    "no zone": NOTE.replace(b"+00:00", b""),
    "quoted": b'"' + NOTE + b'"',
    "another encoding": NOTE.decode().encode("utf-16"),
    "not UTF-8": NOTE + b"\xff",
    "more than it says": NOTE + b'\t["self-paced", "self_study", "what_happened"]',
    "no answer named": NOTE.replace(b"learner", b"answer"),
    "an answer cut short": ANSWER[:-2],
    "half an answer": ANSWER.replace(b', "what_happened"', b""),
    "an answer without a question": ANSWER.replace(b"what_happened", b""),
    "an answer and more": ANSWER + b"\tL-7F3K9Q2M",
    "half a character": ANSWER.replace(b"what_happened", b"\\ud800"),
    "a NUL": ANSWER.replace(b"what_happened", b"\\u0000"),
    "lists without end": ANSWER.partition(b"[")[0] + b"[" * 100_000,
}


def beside(file):
    return file.with_name(f"{file.name}.withdrawn")


@pytest.mark.parametrize("bad", BAD_NOTES.values(), ids=BAD_NOTES)
def test_a_note_that_cannot_be_read_is_named_and_passed_over_only_when_told(store_file, bad):
    beside(store_file).write_bytes(NOTE + b"\n" + bad + b"\n")
    with pytest.raises(FileError, match=rf"{re.escape(str(beside(store_file)))}, line 2 "):
        noted(store_file)
    assert [note.pseudonym for note in noted(store_file, skip=True)] == ["L-7F3K9Q2M"]


@pytest.mark.parametrize("kept", [b"\xef\xbb\xbf" + NOTE + b"\n", NOTE + b" \t\r\n\r\n", b"\n" + NOTE])
def test_what_an_editor_adds_to_a_note_changes_nothing(store_file, kept):
    beside(store_file).write_bytes(kept)
    assert [note.pseudonym for note in noted(store_file)] == ["L-7F3K9Q2M"]


def test_a_note_after_one_that_was_cut_short_stands_on_a_line_of_its_own(sqlite_store, write, store_file):
    first, second = write("a" * 32), write("b" * 32)
    sqlite_store.delete(first)
    beside(store_file).write_bytes(beside(store_file).read_bytes()[:-3])
    sqlite_store.delete(second)
    assert [note.pseudonym for note in noted(store_file, skip=True)] == [second]


def test_a_bad_note_stops_a_restore_before_anything_is_changed(sqlite_store, write, backups, backup, store_file):
    write("a" * 32)
    backups.back_up(backup)
    write("a" * 32, TEXT + " Twice.")
    for file in (store_file, backup):
        beside(file).write_bytes(NOTE[:-3])
        with pytest.raises(FileError, match=re.escape(f"{beside(file)}, line 1 ")):
            backups.restore(backup, overwrite=True)
        assert len(texts(sqlite_store)) == 2
        beside(file).unlink()


def test_a_restore_goes_on_past_a_bad_note_when_told(sqlite_store, write, backups, backup, store_file):
    write("a" * 32)
    backups.back_up(backup)
    beside(store_file).write_bytes(NOTE[:-3])
    assert backups.restore(backup, overwrite=True, skip_unreadable=True).learners == 1


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_use_taken_back_after_the_clock_was_put_back_stays_taken_back(
    sqlite_store, write, backups, backup, course, store_file, clock, is_lost
):
    learner = write("a" * 32)
    clock.forward(3600)
    sqlite_store.agree(learner, "research", True, **WORDING, **course)
    backups.back_up(backup)
    clock.forward(-3600)
    sqlite_store.agree(learner, "research", False, **WORDING, **course)
    if is_lost:
        lost(store_file)
    backups.restore(backup, overwrite=True)
    assert [row["research_use"] for row in sqlite_store.rows()] == [False]


def test_a_use_agreed_to_again_counts_after_the_clock_was_put_back(sqlite_store, write, backups, backup, course, clock):
    learner = write("a" * 32)
    sqlite_store.agree(learner, "research", True, **WORDING, **course)
    backups.back_up(backup)
    for choice in (False, True):
        clock.forward(-3600)
        sqlite_store.agree(learner, "research", choice, **WORDING, **course)
    backups.restore(backup, overwrite=True)
    assert [row["research_use"] for row in sqlite_store.rows()] == [True]


def test_a_no_that_only_a_backup_knows_wins_over_a_yes_that_only_the_store_knows(
    sqlite_store, write, backups, backup, course, store_file
):
    learner = write("a" * 32)
    early = backup.with_name("early.sqlite3")
    backups.back_up(early)
    sqlite_store.agree(learner, "research", False, **WORDING, **course)
    backups.back_up(backup)
    lost(store_file)
    beside(store_file).unlink()
    backups.restore(early)
    sqlite_store.agree(learner, "research", True, **WORDING, **course)
    backups.restore(backup, overwrite=True)
    assert [row["research_use"] for row in sqlite_store.rows()] == [False]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("agree"), st.booleans()),
        st.tuples(st.just("clock"), st.integers(-100_000, 100_000)),
        st.tuples(st.sampled_from(["backup", "restore", "lose"]), st.integers(0, 3)),
    ),
    max_size=14,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whoever_said_no_last_has_not_agreed_whatever_the_clock_did(
    prepared_file, tmp_path_factory, clock, study, steps
):
    folder = tmp_path_factory.mktemp("steps")
    file, course, said = folder / "responses.sqlite3", {"session": "s", "study": study}, None
    shutil.copy(prepared_file, file)
    with ResponseStore(file, now=clock) as store:
        learner = store.enrol("a" * 32)
        store.save(learner, "what_happened", TEXT, base=0, **course)
        backups, made = Backups(store, now=clock), []
        for number, (step, value) in enumerate([("backup", 0), *steps]):
            clock.forward(0.000001)
            if step == "agree":
                store.agree(learner, "research", said := value, **WORDING, **course)
            elif step == "clock":
                clock.forward(value)
            elif step == "backup":
                backups.back_up(folder / f"{number}.backup")
                made.append(folder / f"{number}.backup")
            else:
                if step == "lose":
                    lost(file)
                backups.restore(made[value % len(made)], overwrite=True)
                (agreed,) = [row["research_use"] for row in store.rows()]
                assert not (agreed and said is not True)
                assert agreed or step == "lose" or said is not True or "lose" in {name for name, _ in steps[:number]}


def test_a_backup_of_an_older_store_is_the_store_as_it_is(tmp_path, backup):
    from alembic import command

    from coprod_widgets.store.migrations import upgrade

    with ResponseStore(tmp_path / "old.sqlite3") as store:
        (tmp_path / "old.sqlite3").touch(mode=0o600)
        with store.database.writing() as connection:
            command.upgrade(upgrade.config(connection), "0003")
        with pytest.raises(StoreError, match=r"earlier version.*coprod backup.*coprod doctor"):
            store.check()
        Backups(store).back_up(backup)
        with closing(sqlite3.connect(backup)) as raw:
            assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("0003",)]
        store.prepare()
        Backups(store).restore(backup)
        store.check()


def test_whoever_writes_during_a_restore_waits_and_is_stored_or_told(sqlite_store, write, backups, backup, course):
    """No text is acknowledged that the restore then takes away."""
    learner = write("a" * 32)
    backups.back_up(backup)
    acknowledged, ended = [], Event()

    def save():
        number = 1
        while not ended.is_set():
            edition, text = sqlite_store.edition(), f"{TEXT} {len(acknowledged)}"
            try:
                number = sqlite_store.save(learner, "what_happened", text, base=number, **course).number
            except SaveConflict as conflict:
                number = conflict.latest.number
                continue
            acknowledged.append((edition, text))

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(save)
        try:
            for _ in range(4):
                count = len(acknowledged)
                while len(acknowledged) < count + 3:
                    assert not writing.done()
                backups.restore(backup, overwrite=True)
        finally:
            ended.set()
        writing.result()
    there, now = set(texts(sqlite_store)), sqlite_store.edition()
    assert {text for edition, text in acknowledged if edition == now} <= there
    assert len({edition for edition, _ in acknowledged}) >= 4


def test_a_restored_store_has_another_edition_and_a_text_that_is_saved_leaves_it(sqlite_store, write, backups, backup):
    write("a" * 32)
    before = sqlite_store.edition()
    backups.back_up(backup)
    write("a" * 32, TEXT + " Twice.")
    assert sqlite_store.edition() == before
    backups.restore(backup, overwrite=True)
    assert sqlite_store.edition() != before


@pytest.fixture
def answers(sqlite_store, study, clock):
    """A learner with two answers, and what writes and deletes the first."""
    learner, alone = sqlite_store.enrol("0" * 32), {"session": "self-paced", "study": study}
    sqlite_store.save(learner, "patient_plan", "Told once.", base=0, **alone)

    def write(text):
        sqlite_store.save(learner, "what_happened", text, base=0, **alone)

    def delete():
        StudyVersions(sqlite_store, now=clock).remove_answer(learner, "what_happened", **alone)

    return write, delete


@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize("seconds", [60, -3600], ids=["the clock goes on", "the clock is put back"])
def test_an_answer_that_its_learner_deleted_does_not_come_back(
    sqlite_store, answers, clock, backups, backup, store_file, seconds, is_lost
):
    write, delete = answers
    write("Told once.")
    backups.back_up(backup)
    clock.forward(seconds)
    delete()
    if is_lost:
        lost(store_file)
    for _ in range(2):
        backups.restore(backup, overwrite=True)
        assert [row["question"] for row in sqlite_store.rows()] == ["patient_plan"]


@pytest.mark.parametrize("is_lost", [False, True])
def test_an_answer_that_was_written_again_after_it_was_deleted_comes_back(
    sqlite_store, answers, clock, backups, backup, store_file, is_lost
):
    write, delete = answers
    write("Told once.")
    clock.forward(3600)
    delete()
    clock.forward(-7200)
    write("Told anew.")
    backups.back_up(backup)
    if is_lost:
        lost(store_file)
    backups.restore(backup, overwrite=True)
    assert texts(sqlite_store) == ["Told anew.", "Told once."]


def test_an_answer_that_was_written_after_a_restore_stays_through_the_next(
    sqlite_store, answers, backups, backup, tmp_path
):
    write, delete = answers
    backups.back_up(backup)
    write("Told once."), delete()
    backups.restore(backup, overwrite=True)
    write("Told anew.")
    backups.back_up(tmp_path / "tuesday.sqlite3")
    backups.restore(tmp_path / "tuesday.sqlite3", overwrite=True)
    assert texts(sqlite_store) == ["Told anew.", "Told once."]


def test_nothing_is_kept_of_the_answers_of_a_learner_who_was_deleted_after_them(sqlite_store, answers, backups, backup):
    write, delete = answers
    write("Told once.")
    backups.back_up(backup)
    delete()
    sqlite_store.delete(sqlite_store.enrol("0" * 32))
    backups.restore(backup, overwrite=True)
    with sqlite_store.database.reading() as connection:
        assert connection.execute(sa.select(removed_answers)).all() == []


def test_words_that_were_asked_since_are_known_after_a_restore(sqlite_store, study, tmp_path):
    Backups(sqlite_store).back_up(tmp_path / "monday.sqlite3")
    StudyVersions(sqlite_store).record(study)
    Backups(sqlite_store).restore(tmp_path / "monday.sqlite3", overwrite=True)
    assert StudyVersions(sqlite_store).wordings().of(study.key, study.version, "en", "what_happened") is not None


def doctored(backup, *statements):
    """Change a backup as somebody could who has its file."""
    with closing(sqlite3.connect(backup)) as raw:
        for statement in statements:
            raw.execute(statement)
        raw.commit()


ROW = "INSERT INTO session(name, title, study_key, created_at, retain_until)"
DOCTORED = {
    "an endless view": [
        "DROP TABLE joined",
        "CREATE VIEW joined AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c) "
        "SELECT id, 'a' AS session, hex(randomblob(1000)) AS digest FROM c",
    ],
    "a trigger": ["CREATE TRIGGER back BEFORE DELETE ON learner BEGIN SELECT RAISE(IGNORE); END"],
    "a computed column": ["ALTER TABLE revision ADD more TEXT AS (text || text)"],
    "a virtual table": ["CREATE VIRTUAL TABLE more USING fts4(text)"],
    "a table less": ["DROP TABLE moderation"],
    "a column less": ["ALTER TABLE session DROP COLUMN practice"],
    "no version": ["DELETE FROM alembic_version"],
    "two versions": ["INSERT INTO alembic_version VALUES ('0003')"],
    "an older version than its tables": ["UPDATE alembic_version SET version_num = '0001'"],
    "a text for a time": ["UPDATE revision SET saved_at = 'Dear Anna'"],
    "a text for a last day": [f"{ROW} VALUES ('n', 't', 'k', '2026-01-01 00:00:00.000000', 'Dear Anna')"],
    "a moment that no clock has": [f"{ROW} VALUES ('n', 't', 'k', '9999-12-31 23:59:59.000000', NULL)"],
    "a text for a number": ["UPDATE revision SET number = 'Dear Anna'"],
    "a fraction for a number": ["UPDATE revision SET number = 1.5"],
    "bytes for a text": ["UPDATE revision SET text = x'ff00fe'"],
    "a text that is not UTF-8": ["UPDATE revision SET text = CAST(x'ff41fe' AS TEXT)"],
    "a learner of nobody": ["PRAGMA foreign_keys = OFF", "UPDATE response SET learner_id = 99"],
    "a pseudonym of two lines": [
        "INSERT INTO withdrawal(pseudonym, at, by) VALUES "
        "('L-7F3K9Q2M' || char(10) || 'Dear Anna', '2026-01-01 00:00:00.000000', 'learner')"
    ],
}


@pytest.mark.parametrize("statements", DOCTORED.values(), ids=DOCTORED)
def test_a_backup_that_holds_what_no_store_does_is_named_and_changes_nothing(
    sqlite_store, write, backups, backup, statements, tmp_path
):
    write("a" * 32)
    backups.back_up(backup)
    doctored(backup, *statements)
    write("a" * 32, TEXT + " Twice.")
    with pytest.raises(CoprodError) as caught:
        backups.restore(backup, overwrite=True)
    assert str(caught.value).startswith(f"{backup} is damaged") and "Anna" not in str(caught.value)
    assert len(texts(sqlite_store)) == 2 and not beside(tmp_path / "responses.sqlite3").exists()
    assert not list(tmp_path.glob(".*"))


def test_nothing_holds_writers_up_while_a_backup_is_read(sqlite_store, write, backups, backup, monkeypatch):
    write("a" * 32)
    backups.back_up(backup)
    read = backup_file._checked

    def meanwhile(table, row):
        if table.name == "revision":
            write("b" * 32)
        return read(table, row)

    monkeypatch.setattr(database, "PATIENCE", 0)
    monkeypatch.setattr(backup_file, "_checked", meanwhile)
    backups.restore(backup, overwrite=True)
    assert texts(sqlite_store) == [TEXT]


@pytest.mark.parametrize(
    "damage", ["UPDATE revision SET saved_at = 'Dear Anna'", "UPDATE revision SET text = CAST(x'ff41fe' AS TEXT)"]
)
def test_a_store_with_a_damaged_value_is_said_to_be_damaged(sqlite_store, write, store_file, damage):
    write("a" * 32)
    doctored(store_file, damage)
    with pytest.raises(StoreError, match=rf"{re.escape(str(store_file))} is damaged.*coprod restore") as caught:
        sqlite_store.rows()
    assert "Anna" not in str(caught.value)


def test_a_resume_code_that_was_replaced_since_stays_replaced(sqlite_store, write, backups, backup):
    learner = write("a" * 32)
    old = sqlite_store.issue_resume_code(learner)
    backups.back_up(backup)
    new = sqlite_store.issue_resume_code(learner)
    sqlite_store.resume(new, device_key="b" * 32)
    backups.restore(backup, overwrite=True)
    with pytest.raises(ResumeRefused):
        sqlite_store.pseudonym_for_code(old)
    assert (
        sqlite_store.pseudonym_for_code(new)
        == sqlite_store.learner("a" * 32)
        == sqlite_store.learner("b" * 32)
        == learner
    )


def test_a_device_that_went_to_another_learner_since_stays_with_them(sqlite_store, write, backups, backup):
    first, second = write("a" * 32), write("b" * 32)
    code = sqlite_store.issue_resume_code(second)
    backups.back_up(backup)
    sqlite_store.resume(code, device_key="a" * 32)
    write("c" * 32)
    backups.restore(backup, overwrite=True)
    assert sqlite_store.learner("a" * 32) == second and sqlite_store.learner("c" * 32) is None
    assert {row["pseudonym"] for row in sqlite_store.rows()} == {first, second}


@pytest.mark.parametrize("is_lost", [False, True])
def test_what_was_purged_stays_purged_when_its_session_gets_a_later_day(
    sqlite_store, write, backups, backup, clock, until, study, store_file, is_lost
):
    """Of a learner who has answers in another session, and so does not leave."""
    learner = write("a" * 32)
    sqlite_store.save(learner, "what_happened", "Elsewhere.", base=0, session="AUTUMN-26", study=study)
    retention = until(date(2026, 9, 30))
    backups.back_up(backup)
    clock.time = datetime(2026, 10, 1, tzinfo=UTC)
    retention.purge()
    until(date(2026, 12, 31))
    if is_lost:
        lost(store_file)
        clock.time = datetime(2026, 9, 29, tzinfo=UTC)
    backups.restore(backup, overwrite=True)
    assert texts(sqlite_store) == ["Elsewhere."]


def test_what_was_written_after_a_purge_comes_back(sqlite_store, write, backups, backup, clock, until, study):
    learner = write("a" * 32)
    sqlite_store.save(learner, "what_happened", "Elsewhere.", base=0, session="AUTUMN-26", study=study)
    retention = until(date(2026, 9, 30))
    clock.time = datetime(2026, 10, 1, tzinfo=UTC)
    retention.purge()
    until(date(2026, 12, 31))
    write("a" * 32, "Told anew.")
    backups.back_up(backup)
    backups.restore(backup, overwrite=True)
    assert texts(sqlite_store) == ["Elsewhere.", "Told anew."]


def test_a_use_taken_back_stays_so_over_two_restores_though_the_notes_were_lost(
    sqlite_store, write, backups, backup, course, store_file
):
    early = backup.with_name("early.sqlite3")
    backups.back_up(early)
    learner = write("a" * 32)
    sqlite_store.agree(learner, "research", True, **WORDING, **course)
    backups.back_up(backup)
    sqlite_store.agree(learner, "research", False, **WORDING, **course)
    beside(store_file).unlink()
    for file in (early, backup):
        backups.restore(file, overwrite=True)
    assert [row["research_use"] for row in sqlite_store.rows()] == [False]


@pytest.mark.parametrize("way", ["itself", "link"])
def test_a_store_is_no_backup_of_itself(sqlite_store, write, backups, backup, store_file, way):
    write("a" * 32)
    backup.symlink_to(store_file)
    with pytest.raises(FileError, match="the store itself"):
        backups.restore(store_file if way == "itself" else backup, overwrite=True)
    assert texts(sqlite_store) == [TEXT]


def test_a_backup_without_room_for_it_is_refused_before_the_disk_is_full(
    sqlite_store, write, backups, backup, monkeypatch
):
    write("a" * 32)
    backups.back_up(backup)
    left = backup.stat().st_size - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=left))
    with pytest.raises(FileError, match=r"monday\.sqlite3 is larger than the room"):
        backups.restore(backup, overwrite=True)
    assert texts(sqlite_store) == [TEXT]


@pytest.fixture
def forged(tmp_path):
    """Make a log that, beside a copy of a store, says that everybody wrote and agreed to something else."""

    def forged(backup):
        copy = tmp_path / "forged"
        shutil.copy(backup, copy)
        with closing(sqlite3.connect(copy)) as raw:
            raw.executescript(
                "PRAGMA journal_mode = WAL; UPDATE consent SET given = 1; UPDATE revision SET text = 'No.'"
            )
            return beside_sqlite(copy).read_bytes()

    return forged


def beside_sqlite(file):
    return file.with_name(f"{file.name}-wal")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_log_that_another_account_puts_beside_a_backup_is_not_read(
    sqlite_store, write, backups, backup, course, forged, monkeypatch, when
):
    sqlite_store.agree(write("a" * 32), "research", False, **WORDING, **course)
    backups.back_up(backup)
    log = forged(backup)

    def put(*_):
        beside_sqlite(backup).write_bytes(log)
        os.chown(beside_sqlite(backup), 65534, 65534)

    if when == "before":
        put()
        with pytest.raises(FileError, match=r"monday\.sqlite3-wal belongs to another account"):
            backups.restore(backup, overwrite=True)
    else:
        how = backup_file._uri_query
        monkeypatch.setattr(backup_file, "_uri_query", lambda path: (how(path), put())[0])
        backups.restore(backup, overwrite=True)
    assert [(row["text"], row["research_use"]) for row in sqlite_store.rows()] == [(TEXT, False)]


def test_no_backup_is_written_beside_a_log_that_an_earlier_store_left(sqlite_store, write, backups, backup, forged):
    write("a" * 32)
    backups.back_up(backup)
    beside_sqlite(backup).write_bytes(forged(backup))
    backup.unlink()
    with pytest.raises(FileError, match=r"monday\.sqlite3-wal would be taken for a part"):
        backups.back_up(backup)
    assert not backup.exists()
