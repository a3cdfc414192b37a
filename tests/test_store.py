import errno
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coprod_widgets.errors import LearnerGone, ResumeRefused, SaveConflict, StoreError, TooMuchStored, WordingChanged
from coprod_widgets.store import compaction, database, database_errors, engine, tables
from coprod_widgets.store.migrations import upgrade
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.study_versions import StudyVersions

PHONE, LAPTOP = "phone-9f2c41d07be35a68", "laptop-51b3e0c7d92f4a86"
QUESTION, OTHER = "what_happened", "patient_plan"
FIRST = "The nurse sat down, asked what a good week looks like for us, and wrote that into the plan."
SECOND = FIRST + " We changed the insulin times together, so that they fit his night shifts."
WRONG, PASSWORD = "0000-0000-0000-0000", "hunter2"


@pytest.fixture
def course(study):
    """What every call about a response names."""
    return {"session": "SPRING-26", "study": study}


@pytest.fixture
def learner(store):
    return store.enrol(PHONE)


@pytest.fixture
def ordinary_account():
    """A folder of an account that file modes bind, while the test runs as that account: root they don't."""
    with tempfile.TemporaryDirectory(prefix="coprod-") as folder:
        if root := os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
            os.seteuid(65534)
        yield Path(folder)
        if root:
            os.seteuid(0)


def contents(store):
    """Every value in every table, as one text; but for what was asked, which is nobody's."""
    asked = tables.wordings
    with store.database.reading() as connection:
        rows = [
            row
            for table in tables.metadata.sorted_tables
            if table is not asked
            for row in connection.execute(sa.select(table))
        ]
    return "\n".join(str(value) for row in rows for value in row)


def raw_bytes(folder):
    return b"".join(file.read_bytes() for file in folder.iterdir())


def all_that_is_told(caught):
    """What a log would show of an exception, and what a debugger finds along its chain."""
    error, told = caught.value, "".join(traceback.format_exception(caught.value))
    while error is not None:
        told += f"{error!r} {error.args!r} {getattr(error, 'params', None)!r}"
        error = error.__cause__ or error.__context__
    return told


# Answers


def test_a_first_save_begins_the_response(store, learner, course, clock):
    saved = store.save(learner, QUESTION, FIRST, base=0, **course)
    response = store.response(learner, **course)
    assert (saved.number, saved.text, saved.saved_at) == (1, FIRST, clock.time)
    assert response.answers == {QUESTION: saved}
    assert (response.pseudonym, response.state, response.handed_in_at) == (learner, "in-progress", None)
    assert (saved.study_version, saved.language) == (course["study"].version, course["study"].language)


def test_a_second_answer_is_a_new_revision(store, learner, course, clock):
    first = store.save(learner, QUESTION, FIRST, base=0, **course)
    clock.forward(90)
    second = store.save(learner, QUESTION, SECOND, base=1, **course)
    assert store.revisions(learner, QUESTION, **course) == [second, first]
    assert store.response(learner, **course).answers == {QUESTION: second}
    assert second.saved_at - first.saved_at == timedelta(seconds=90)


def test_a_retried_save_is_not_a_new_revision(store, learner, course, clock):
    first = store.save(learner, QUESTION, FIRST, base=0, **course)
    clock.forward(5)
    assert store.save(learner, QUESTION, FIRST, base=0, **course) == first
    assert store.save(learner, QUESTION, FIRST, base=1, **course) == first
    assert store.revisions(learner, QUESTION, **course) == [first]


@pytest.mark.parametrize("base", [0, 1, 3])
def test_a_save_on_another_base_is_a_conflict_that_shows_the_latest(store, learner, course, base):
    store.save(learner, QUESTION, FIRST, base=0, **course)
    latest = store.save(learner, QUESTION, SECOND, base=1, **course)
    with pytest.raises(SaveConflict) as caught:
        store.save(learner, QUESTION, "She explained the scan on paper.", base=base, **course)
    assert caught.value.latest == latest
    assert store.response(learner, **course).answers == {QUESTION: latest}


def test_with_nothing_stored_any_base_will_do(store, learner, course):
    assert store.save(learner, QUESTION, FIRST, base=7, **course).number == 1


def test_sessions_are_kept_apart(store, learner, study):
    store.save(learner, QUESTION, FIRST, base=0, session="SPRING-26", study=study)
    assert store.response(learner, session="AUTUMN-26", study=study) is None
    assert store.revisions(learner, QUESTION, session="AUTUMN-26", study=study) == []
    assert store.save(learner, QUESTION, SECOND, base=0, session="AUTUMN-26", study=study).number == 1


def test_a_question_the_self_study_does_not_ask_is_refused_unquoted(store, learner, course):
    with pytest.raises(StoreError, match=QUESTION) as caught:
        store.save(learner, FIRST, FIRST, base=0, **course)
    assert FIRST not in str(caught.value)


@pytest.mark.parametrize("text", [FIRST + "\0", FIRST + "\ud83d", FIRST * 1200])
def test_a_text_that_cannot_be_stored_is_refused_unquoted(store, learner, course, text):
    with pytest.raises(ValueError, match=f"answer to '{QUESTION}'") as caught:
        store.save(learner, QUESTION, text, base=0, **course)
    assert "nurse" not in all_that_is_told(caught)
    assert store.response(learner, **course) is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_comes_back_to_the_letter(store, learner, course, text):
    base = len(store.revisions(learner, QUESTION, **course))
    store.save(learner, QUESTION, text, base=base, **course)
    assert store.response(learner, **course).answers[QUESTION].text == text


def test_the_longest_answer_comes_back_to_the_letter(store, learner, course):
    text = "Vården är vår 🤝\r\n".ljust(100_000, "å")
    store.save(learner, QUESTION, text, base=0, **course)
    assert store.response(learner, **course).answers[QUESTION].text == text


def test_the_place_is_remembered_before_anything_is_answered(store, learner, course):
    store.set_place(learner, "section-b", **course)
    response = store.response(learner, **course)
    assert (response.place, response.answers, response.state) == ("section-b", {}, "in-progress")


@pytest.mark.parametrize("place", ["b" * 65, "section\0b"])
def test_a_place_that_cannot_be_stored_is_refused(store, learner, course, place):
    with pytest.raises(ValueError, match="place"):
        store.set_place(learner, place, **course)


# Handing in


def test_a_response_is_completed_then_amended(store, learner, course, clock):
    store.save(learner, QUESTION, FIRST, base=0, **course)
    completed = store.hand_in(learner, **course)
    assert (completed.state, completed.handed_in_at) == ("completed", clock.time)
    clock.forward(60)
    store.save(learner, QUESTION, SECOND, base=1, **course)
    assert store.response(learner, **course).state == "amended"
    again = store.hand_in(learner, **course)
    assert (again.state, again.handed_in_at, again.answers[QUESTION].text) == ("amended", clock.time, SECOND)


def test_handing_in_twice_is_amended(store, learner, course):
    store.hand_in(learner, **course)
    assert store.hand_in(learner, **course).state == "amended"


def test_a_retried_save_amends_nothing(store, learner, course):
    store.save(learner, QUESTION, FIRST, base=0, **course)
    store.hand_in(learner, **course)
    store.save(learner, QUESTION, FIRST, base=0, **course)
    assert store.response(learner, **course).state == "completed"


def test_what_was_handed_in_is_there_for_another_kernel(store, address, learner, course):
    store.save(learner, QUESTION, FIRST, base=0, **course)
    handed_in = store.hand_in(learner, **course)
    with ResponseStore(address) as other:
        assert other.response(learner, **course) == handed_in


# Learners


def test_a_device_has_one_learner(store):
    assert store.learner(PHONE) is None
    learner = store.enrol(PHONE)
    assert re.fullmatch("L-[0-9A-HJKMNP-TV-Z]{8}", learner)
    assert store.enrol(PHONE) == store.learner(PHONE) == learner != store.enrol(LAPTOP)


def test_an_empty_device_key_is_nobody(store):
    assert store.learner("") is None
    with pytest.raises(ValueError, match="device key"):
        store.enrol("")
    with pytest.raises(ValueError, match="device key"):
        store.resume(WRONG, device_key="")


def test_a_device_enrolled_by_many_at_once_has_one_learner(store):
    with ThreadPoolExecutor(8) as pool:
        learners = set(pool.map(store.enrol, [PHONE] * 24))
    assert learners == {store.learner(PHONE)}
    assert contents(store).count("L-") == 1


def test_a_device_enrolled_by_another_kernel_meanwhile_has_its_learner(postgres_address, clock):
    with ResponseStore(postgres_address) as other:
        other.prepare()

        def now():  # called between looking for the device and adding it
            other.enrol(PHONE)
            return clock()

        learner = ResponseStore(postgres_address, now=now).enrol(PHONE)
    assert learner == other.learner(PHONE)


def test_a_learner_who_is_gone_is_told_so(store, course):
    gone = "L-00000000"
    for call in (
        lambda: store.save(gone, QUESTION, FIRST, base=0, **course),
        lambda: store.set_place(gone, "section-b", **course),
        lambda: store.hand_in(gone, **course),
        lambda: store.issue_resume_code(gone),
        lambda: store.delete(gone),
    ):
        with pytest.raises(LearnerGone):
            call()
    assert store.response(gone, **course) is None


def test_deleting_a_learner_leaves_a_withdrawal_only(store, learner, course, clock):
    store.save(learner, QUESTION, FIRST, base=0, **course)
    store.save(learner, QUESTION, SECOND, base=1, **course)
    store.save(learner, OTHER, "We agreed on one phone number.", base=0, **course)
    store.issue_resume_code(learner)
    deleted = store.delete(learner)
    assert (deleted.answers, deleted.revisions) == (2, 3)
    assert (store.learner(PHONE), store.response(learner, **course)) == (None, None)
    assert contents(store) == f"1\n{learner}\n{clock.time}\nlearner"  # the withdrawal


def test_a_withdrawal_says_who_deleted(store, learner, course):
    store.save(learner, QUESTION, FIRST, base=0, **course)
    store.delete(learner, by="instructor")
    assert contents(store).endswith("instructor")


def test_deleting_a_learner_leaves_the_others(store, learner, course):
    other = store.enrol(LAPTOP)
    kept = store.save(other, QUESTION, SECOND, base=0, **course)
    store.save(learner, QUESTION, FIRST, base=0, **course)
    store.delete(learner)
    assert store.response(other, **course).answers == {QUESTION: kept}


# Resume codes


def test_a_resume_code_links_another_device(store, learner):
    code = store.issue_resume_code(learner)
    assert re.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert store.resume(code, device_key=LAPTOP) == learner
    assert store.learner(LAPTOP) == store.learner(PHONE) == learner


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: f"  {code.replace('-', ' ')}\n",
        lambda code: code.replace("-", "\u2013"),
        lambda code: code.replace("0", "o").replace("1", "l"),
        lambda code: code.replace("0", "O").replace("1", "I"),
    ],
)
def test_a_resume_code_may_be_typed_carelessly(sqlite_store, typed):
    learner = sqlite_store.enrol(PHONE)
    codes = iter(lambda: sqlite_store.issue_resume_code(learner), None)
    code = next(code for code in codes if {"0", "1"} <= set(code))
    assert sqlite_store.resume(typed(code), device_key=LAPTOP) == learner


def test_a_new_resume_code_ends_the_old_one(store, learner):
    old, new = store.issue_resume_code(learner), store.issue_resume_code(learner)
    assert (store.is_code_of(old, learner), store.is_code_of(new.lower(), learner)) == (False, True)
    assert not store.is_code_of(new, store.enrol(LAPTOP))
    with pytest.raises(ResumeRefused):
        store.resume(old, device_key=LAPTOP)


def test_resuming_moves_a_device_from_its_former_learner(store, learner):
    former = store.enrol(LAPTOP)
    assert former != learner
    store.resume(store.issue_resume_code(learner), device_key=LAPTOP)
    assert store.learner(LAPTOP) == learner


def refused(store, code=WRONG):
    with pytest.raises(ResumeRefused) as caught:
        store.resume(code, device_key=LAPTOP)
    assert code not in str(caught.value)
    return caught.value.wait


def test_no_number_of_wrong_codes_locks_anybody_out(store, learner):
    code = store.issue_resume_code(learner)
    assert {refused(store, wrong) for wrong in (WRONG, "not a code") for _ in range(40)} == {0}
    assert store.resume(code, device_key=LAPTOP) == learner


def test_whose_code_it_is_can_be_asked(store, learner):
    code = store.issue_resume_code(learner)
    with pytest.raises(ResumeRefused):
        store.pseudonym_for_code(WRONG)
    assert store.pseudonym_for_code(code.lower()) == learner


# What one learner may store


def test_what_one_learner_stores_has_a_bound_and_what_is_stored_stays(store, learner, course, monkeypatch):
    monkeypatch.setattr("coprod_widgets.store.responses.MOST_TEXT", 100)
    elsewhere = course | {"session": "another"}
    store.save(learner, QUESTION, "x" * 60, base=0, **course)
    with pytest.raises(TooMuchStored):
        store.save(learner, QUESTION, "y" * 41, base=1, **course)
    store.save(learner, QUESTION, "y" * 40, base=0, **elsewhere)
    with pytest.raises(TooMuchStored):
        store.save(learner, OTHER, "z", base=0, **course)
    assert store.save(learner, QUESTION, "x" * 60, base=1, **course).number == 1  # sent again, stored already
    assert store.save(learner, QUESTION, "", base=1, **course).number == 2
    assert store.save(store.enrol(LAPTOP), QUESTION, "y", base=0, **course).number == 1
    assert store.response(learner, **elsewhere).answers[QUESTION].text == "y" * 40
    assert store.delete(learner).revisions == 3


def test_an_answer_that_was_removed_makes_room(store, learner, course, monkeypatch):
    monkeypatch.setattr("coprod_widgets.store.responses.MOST_TEXT", 100)
    store.save(learner, QUESTION, "x" * 60, base=0, **course)
    store.save(learner, OTHER, "y" * 30, base=0, **course)
    StudyVersions(store).remove_answer(learner, QUESTION, **course)
    assert store.save(learner, OTHER, "y" * 70, base=1, **course).number == 2
    with pytest.raises(TooMuchStored):
        store.save(learner, QUESTION, "z", base=0, **course)


def test_an_answer_has_so_many_revisions_and_no_more(store, learner, course, monkeypatch):
    monkeypatch.setattr("coprod_widgets.store.responses.MOST_REVISIONS", 3)
    for base in range(3):
        store.save(learner, QUESTION, str(base), base=base, **course)
    with pytest.raises(TooMuchStored):
        store.save(learner, QUESTION, "one more", base=3, **course)
    assert store.save(learner, QUESTION, "", base=3, **course).number == 4
    with pytest.raises(TooMuchStored):
        store.save(learner, QUESTION, "and another", base=4, **course)


def test_an_answer_that_is_deleted_again_and_again_is_not_begun_without_end(store, learner, course, monkeypatch):
    """Each deletion leaves a note for good, in the store and beside it."""
    monkeypatch.setattr("coprod_widgets.store.queries.MOST_REMOVALS", 2)
    for text in ("once", ""):
        store.save(learner, QUESTION, text, base=0, **course)
        assert StudyVersions(store).remove_answer(learner, QUESTION, **course).answers == 1
    for text in ("once more", ""):
        with pytest.raises(TooMuchStored):
            store.save(learner, QUESTION, text, base=0, **course)
    assert store.save(learner, OTHER, "elsewhere", base=0, **course).number == 1


def test_a_bound_on_choices_never_keeps_anybody_from_taking_one_back(store, learner, course, monkeypatch):
    monkeypatch.setattr("coprod_widgets.store.responses.MOST_CHOICES", 2)
    how = {"version": 1, "language": "en", **course}
    store.agree(learner, "class", True, **how)
    store.agree(learner, "research", True, **how)
    for _ in range(2):
        assert not store.agree(learner, "class", False, **how).given
    with pytest.raises(TooMuchStored):
        store.agree(learner, "class", True, **how)
    assert not store.response(learner, **course).choices["class"].given
    with store.database.reading() as connection:
        assert len(connection.execute(sa.select(tables.consents)).all()) == 3


def test_an_upgraded_store_knows_how_much_its_learners_have_stored(store, learner, course):
    store.save(learner, QUESTION, "x" * 60, base=0, **course)
    store.save(learner, QUESTION, "y" * 40, base=1, **course)
    with store.database._engine.execution_options(coprod_begin=database.MIGRATING).begin() as connection:
        command.downgrade(upgrade.config(connection), "0005")
    store.prepare()
    with store.database.reading() as connection:
        assert connection.scalar(sa.select(tables.responses.c.size)) == 100


# What is kept, and what is shown


def test_keys_and_codes_are_kept_as_digests_only(store, tmp_path, learner):
    code = store.issue_resume_code(learner)
    store.resume(code, device_key=LAPTOP)
    kept = contents(store) + raw_bytes(tmp_path).decode("latin-1")
    assert len(re.findall(r"\b[0-9a-f]{64}\b", kept)) >= 3
    assert not any(secret in kept for secret in (PHONE, LAPTOP, code, code.replace("-", "")))


@pytest.fixture
def compacted_each_time(monkeypatch):
    """Compact the file at every deletion, also when the last one is not a minute ago."""
    monkeypatch.setattr(database, "COMPACTED_EACH", 0)


def test_deleted_text_leaves_the_files(sqlite_store, tmp_path, course, compacted_each_time):
    chance = random.Random(1)  # lengths for which SQLite moves answers between pages and leaves bytes behind
    learners = {sqlite_store.enrol(f"{PHONE}-{number}"): f"Story of {number:02d}. " for number in range(12)}
    with sqlite_store.database.reading() as reader:  # an open connection keeps the log, as a busy class does
        reader.rollback()
        for number in range(300):
            learner, question = chance.choice(list(learners)), chance.choice(course["study"].keys)
            text = learners[learner] * chance.choice([1, 5, 50, 400, 3000]) + str(number)
            base = len(sqlite_store.revisions(learner, question, **course))
            sqlite_store.save(learner, question, text, base=base, **course)
        for learner, story in learners.items():
            assert story.encode() in raw_bytes(tmp_path)
            assert sqlite_store.delete(learner).left_the_file
            assert story.encode() not in raw_bytes(tmp_path)


def test_deleted_text_waits_for_a_reader_and_then_leaves_the_files(sqlite_store, tmp_path, course):
    learner = sqlite_store.enrol(PHONE)
    sqlite_store.save(learner, QUESTION, FIRST * 900, base=0, **course)
    with ThreadPoolExecutor(1) as pool:
        with sqlite_store.database.reading() as reader:
            reader.execute(sa.select(tables.learners)).all()  # from here on it sees the store as it was
            deleting = pool.submit(sqlite_store.delete, learner)
            while sqlite_store.learner(PHONE):
                pass
            assert FIRST.encode() in raw_bytes(tmp_path)
            assert not deleting.done()
        assert deleting.result().left_the_file
    assert FIRST.encode() not in raw_bytes(tmp_path)


def test_a_reader_who_stays_is_in_the_way_and_the_next_deletion_makes_up_for_it(
    sqlite_store, tmp_path, course, monkeypatch, compacted_each_time
):
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    learner, other = sqlite_store.enrol(PHONE), sqlite_store.enrol(LAPTOP)
    sqlite_store.save(learner, QUESTION, FIRST * 900, base=0, **course)
    with sqlite_store.database.reading() as reader:
        reader.execute(sa.select(tables.learners)).all()
        assert not sqlite_store.delete(learner).left_the_file
        with sqlite_store.database.reading() as another:  # so that the first one's end does not empty the log
            another.execute(sa.select(tables.learners)).all()
            reader.rollback()
    assert sqlite_store.delete(other).left_the_file
    assert FIRST.encode() not in raw_bytes(tmp_path)


def pages_without_rows(store):
    """How many pages of SQLite's file hold nothing: none once it was compacted."""
    with store.database.raw() as raw:
        return raw.execute("PRAGMA freelist_count").fetchone()[0]


def deleted_after_another(store, course, **by):
    """Delete a learner who wrote much, right after another deletion; whether the text is sure to have left the file."""
    assert store.delete(store.enrol(LAPTOP)).left_the_file
    learner = store.enrol(PHONE)
    store.save(learner, QUESTION, FIRST * 900, base=0, **course)
    return store.delete(learner, **by).left_the_file


def test_deletions_again_and_again_compact_the_file_once_and_prepare_makes_up_for_it(
    sqlite_store, tmp_path, course, monkeypatch
):
    assert not deleted_after_another(sqlite_store, course)
    assert FIRST.encode() not in raw_bytes(tmp_path)  # overwritten, though pages are still to be closed up
    sqlite_store.prepare()
    assert pages_without_rows(sqlite_store) > 0
    later = compaction.time.time() + database.COMPACTED_EACH
    monkeypatch.setattr(compaction.time, "time", lambda: later)
    sqlite_store.prepare()
    assert pages_without_rows(sqlite_store) == 0


def test_whoever_runs_the_store_has_the_file_compacted_at_each_deletion(sqlite_store, course):
    assert deleted_after_another(sqlite_store, course, by="instructor")
    assert pages_without_rows(sqlite_store) == 0


def test_no_learner_has_a_large_file_compacted_while_others_write_and_prepare_makes_up_for_it(
    sqlite_store, course, monkeypatch
):
    monkeypatch.setattr(database, "LARGEST_COMPACTED", 0)
    learner = sqlite_store.enrol(PHONE)
    sqlite_store.save(learner, QUESTION, FIRST * 900, base=0, **course)
    assert not sqlite_store.delete(learner).left_the_file
    assert pages_without_rows(sqlite_store) > 0
    sqlite_store.prepare()
    assert pages_without_rows(sqlite_store) == 0


def test_a_clock_that_was_put_back_puts_no_compaction_off(sqlite_store, course, monkeypatch):
    deleted_after_another(sqlite_store, course)
    earlier = compaction.time.time() - 3600
    monkeypatch.setattr(compaction.time, "time", lambda: earlier)
    sqlite_store.prepare()
    assert pages_without_rows(sqlite_store) == 0


# Deletes a learner of a large store within bounds like those of a kernel, and prints whether the text left the file.
BOUNDED = """
import resource, sys
from coprod_widgets.store.responses import ResponseStore
which, more = getattr(resource, sys.argv[3]), int(sys.argv[4])
with ResponseStore(sys.argv[1]) as store:
    with store.database.reading():  # whatever is loaded only once is loaded
        pass
    if which == resource.RLIMIT_DATA:
        lines = open("/proc/self/status").read().splitlines()
        more += 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmData"))
    resource.setrlimit(which, (more, more))
    print(store.delete(sys.argv[2]).left_the_file)
"""


@pytest.mark.parametrize(
    ("bound", "most", "left"),
    [("RLIMIT_DATA", 24_000_000, "True"), ("RLIMIT_FSIZE", 4_000_000, "False")],
    ids=["little memory", "no room for a copy"],
)
def test_a_learner_of_a_large_store_is_deleted_and_told_so(sqlite_store, tmp_path, course, bound, most, left):
    learner, other = sqlite_store.enrol(PHONE), sqlite_store.enrol(LAPTOP)
    sqlite_store.save(learner, QUESTION, FIRST, base=0, **course)
    sqlite_store.save(other, QUESTION, FIRST, base=0, **course)
    with sqlite_store.database.writing() as connection:
        found = connection.execute(
            sa.select(tables.responses).join(tables.learners).where(tables.learners.c.pseudonym == other)
        ).one()
        row = {
            "response_id": found.id,
            "question": OTHER,
            "text": "x" * 1_000_000,
            "study_version": 1,
            "language": "en",
            "saved_at": found.updated_at,
        }
        connection.execute(sa.insert(tables.revisions), [row | {"number": number} for number in range(50)])
    arguments = [tmp_path / "responses.sqlite3", learner, bound, str(most)]
    done = subprocess.run([sys.executable, "-c", BOUNDED, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == left
    assert sqlite_store.learner(PHONE) is None and sqlite_store.learner(LAPTOP) == other


def test_the_store_is_private_to_its_account(tmp_path, course):
    path = tmp_path / "coprod" / "responses.sqlite3"
    with ResponseStore(path) as store:
        store.prepare()
        with store.database.reading() as connection:
            connection.execute(sa.select(tables.learners))
            files = sorted(path.parent.iterdir())
            assert [file.name.removeprefix(path.name) for file in files] == ["", "-shm", "-wal"]
            assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_preparing_takes_rights_of_others_away(sqlite_store, tmp_path):
    path = tmp_path / "responses.sqlite3"
    path.chmod(0o664)
    sqlite_store.prepare()
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_an_address_the_store_is_in_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with ResponseStore() as store:
        store.prepare()
        assert str(tmp_path) in repr(store)
    assert [file.name for file in tmp_path.rglob("*.sqlite3")] == ["responses.sqlite3"]


def test_a_repr_shows_no_text(sqlite_store, course):
    saved = sqlite_store.save(sqlite_store.enrol(PHONE), QUESTION, FIRST, base=0, **course)
    response = sqlite_store.hand_in(sqlite_store.enrol(PHONE), **course)
    assert "nurse" not in repr(saved) + repr(response) + str(response)


@pytest.mark.parametrize("query", ["", "?password=hunter2", "?options=-c%20secret%3Dhunter2"])
def test_a_repr_shows_the_database_without_its_password(query):
    store = ResponseStore(f"postgresql://coprod:hunter2@db.example.org/answers{query}")
    assert repr(store) == "<ResponseStore postgresql+psycopg://coprod:***@db.example.org/answers>"


def test_times_are_aware_and_in_utc_to_the_microsecond(store, learner, course, clock):
    clock.time = datetime(2026, 9, 14, 10, 30, 0, 654321, tzinfo=timezone(timedelta(hours=2)))
    store.save(learner, QUESTION, FIRST, base=0, **course)
    [read] = store.revisions(learner, QUESTION, **course)
    assert read.saved_at == datetime(2026, 9, 14, 8, 30, 0, 654321, tzinfo=UTC)
    assert read.saved_at.utcoffset() == timedelta(0)


def test_rows_are_ordered_by_session_learner_and_time(store, study, clock):
    learners = sorted([store.enrol(PHONE), store.enrol(LAPTOP)])
    for session in ("b", "B", "A"):
        for learner, question in zip(learners[::-1] * 2, [QUESTION] * 2 + [OTHER] * 2, strict=True):
            clock.forward(1)
            store.save(learner, question, FIRST, base=0, session=session, study=study)
    found = [(row["session"], row["pseudonym"], row["question"]) for row in store.rows()]
    assert found == [(s, who, q) for s in ("A", "B", "b") for who in learners for q in (QUESTION, OTHER)]


def test_rows_hold_the_latest_of_each_answer_unless_told(store, learner, course, clock):
    store.save(learner, QUESTION, FIRST, base=0, **course)
    store.save(learner, QUESTION, SECOND, base=1, **course)
    [latest] = store.rows()
    begin, end = ["session", "pseudonym", "study", "question"], ["revision", "state", "saved_at", "text"]
    agreed = ["class_use", "research_use", "consent_version", "consent_language", "consent_at"]
    asked = ["lead", "prompt", "part", "actor", "aspect"]
    assert list(latest) == [*agreed, *asked, *begin, "language", "study_version", *end]
    assert (latest["study"], latest["text"], latest["saved_at"]) == (course["study"].key, SECOND, clock.time)
    assert [row["revision"] for row in store.rows(latest_only=False)] == [1, 2]


# Opening and failing


@pytest.mark.parametrize(
    "url",
    [
        "mysql://coprod:hunter2@db/answers",
        "postgresql+asyncpg://coprod:hunter2@db/answers",
        "postgresql://coprod:hunter2@db:port/answers",
        "postgresql://coprod:hun@ter2@db/answers",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///responses.sqlite3?mode=ro",
        "://hunter2",
        "",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_unquoted(url):
    with pytest.raises(StoreError, match=re.escape(engine.ADDRESSES)) as caught:
        ResponseStore(url).prepare()
    assert not re.search("hunter2|ter2@|hun@", all_that_is_told(caught))


def test_a_missing_driver_is_named():
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from coprod_widgets.store.responses import ResponseStore\n"
        "ResponseStore(sys.argv[1])"  # from Python 3.13 on a traceback shows the program's own lines
    )
    command = [sys.executable, "-c", program, f"postgresql://coprod:{PASSWORD}@db/answers"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "pip install 'coprod-widgets[postgres]'" in done.stderr.splitlines()[-1]
    assert PASSWORD not in done.stderr


def test_a_server_that_does_not_answer_is_said_plainly(tmp_path):
    with pytest.raises(StoreError, match=re.escape(database_errors.UNREACHABLE)) as caught:
        ResponseStore(f"postgresql://coprod:{PASSWORD}@/answers?host={tmp_path}").prepare()
    assert PASSWORD not in all_that_is_told(caught)


def test_a_database_that_cannot_hold_every_letter_is_refused(postgres_address):
    url = sa.make_url(postgres_address)
    latin = url.set(database=f"{url.database}_latin")
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {latin.database} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        with pytest.raises(StoreError, match="UTF8"):
            ResponseStore(latin.render_as_string(hide_password=False)).prepare()
        connection.exec_driver_sql(f"DROP DATABASE {latin.database}")


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Minutes of the course team. " * 40)
    with pytest.raises(StoreError, match=f"notes.txt {database_errors.REASONS['SQLITE_NOTADB']}"):
        ResponseStore(path).prepare()
    assert path.read_text() == "Minutes of the course team. " * 40


def test_a_folder_is_no_store(tmp_path):
    with pytest.raises(StoreError, match=re.escape(str(tmp_path))):
        ResponseStore(tmp_path).prepare()


def test_a_folder_that_cannot_be_written_is_said_plainly(ordinary_account):
    ordinary_account.chmod(0o500)
    with pytest.raises(StoreError, match=os.strerror(errno.EACCES)):
        ResponseStore(ordinary_account / "coprod" / "responses.sqlite3").prepare()


def test_another_programs_database_is_left_alone(address):
    store = ResponseStore(address)
    if not address.startswith("postgresql"):
        Path(address).touch()
    with store.database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (id INTEGER PRIMARY KEY)")
    with pytest.raises(StoreError, match="another program"):
        store.prepare()
    with store.database.reading() as connection:
        assert sa.inspect(connection).get_table_names() == ["invoices"]


def test_another_programs_database_is_no_store_though_it_counts_its_versions_as_ours_does(postgres_address):
    with ResponseStore(postgres_address) as store:
        with store.database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE invoices (id INTEGER PRIMARY KEY)")
            connection.exec_driver_sql(f"CREATE TABLE alembic_version AS SELECT '{tables.HEAD}' AS version_num")
        for look in (store.prepare, store.check):
            with pytest.raises(StoreError, match="another program"):
                look()


def test_a_store_that_is_up_to_date_is_prepared_without_alembic(tmp_path, prepared_file):
    program = (
        "import sys; from coprod_widgets.store.responses import ResponseStore\n"
        "with ResponseStore(sys.argv[1]) as store: store.prepare()\n"
        "print('alembic' in sys.modules)"
    )
    for path, loads in ((tmp_path / "new.sqlite3", "True\n"), (prepared_file, "False\n")):
        done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
        assert done.stdout == loads


def test_a_store_of_a_newer_kit_is_left_alone(store, learner):
    with store.database.writing() as connection:
        connection.execute(sa.update(tables.alembic_version).values(version_num="9999"))
    with pytest.raises(StoreError, match="newer"):
        store.prepare()
    with pytest.raises(StoreError, match="newer"):
        store.check()
    assert store.learner(PHONE) == learner


def test_a_store_that_was_not_prepared_is_told_so(address, course):
    store = ResponseStore(address)
    if not address.startswith("postgresql"):
        Path(address).touch()
    for call in (store.check, lambda: store.enrol(PHONE), store.rows):
        with pytest.raises(StoreError, match=r"prepare\(\)"):
            call()


def test_a_check_leaves_nothing(store):
    store.check()
    assert contents(store) == ""


def test_preparing_twice_changes_nothing(store, learner, course):
    saved = store.save(learner, QUESTION, FIRST, base=0, **course)
    store.prepare()
    assert store.response(learner, **course).answers == {QUESTION: saved}


def test_a_store_that_went_missing_is_told_and_not_begun_anew(sqlite_store, tmp_path, course):
    learner = sqlite_store.enrol(PHONE)
    (tmp_path / "responses.sqlite3").rename(tmp_path / "elsewhere.sqlite3")
    with pytest.raises(StoreError, match=database_errors.REASONS["SQLITE_CANTOPEN"]):
        sqlite_store.save(learner, QUESTION, FIRST, base=0, **course)
    assert not (tmp_path / "responses.sqlite3").exists()


def test_a_read_only_store_is_told_so(ordinary_account, course):
    path = ordinary_account / "responses.sqlite3"
    with ResponseStore(path) as store:
        store.prepare()
        learner = store.enrol(PHONE)
        path.chmod(0o400)
        for call in (
            store.prepare,
            store.check,
            lambda: store.save(learner, QUESTION, FIRST, base=0, **course),
        ):
            with pytest.raises(StoreError, match=database_errors.REASONS["SQLITE_READONLY"]):
                call()
        assert store.learner(PHONE) == learner


def test_a_read_only_server_is_told_so(postgres_address):
    ResponseStore(postgres_address).prepare()
    with pytest.raises(StoreError, match=database_errors.REASONS["25006"]):
        ResponseStore(f"{postgres_address}&options=-c%20default_transaction_read_only%3Don").check()


def test_a_commit_waits_until_it_is_on_the_disk(sqlite_store, product_pragmas, monkeypatch):
    monkeypatch.setattr(engine, "PRAGMAS", product_pragmas)
    with sqlite_store.database.raw() as raw:
        assert raw.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_a_full_disk_is_told_and_loses_nothing(sqlite_store, course):
    learner = sqlite_store.enrol(PHONE)
    saved = sqlite_store.save(learner, QUESTION, FIRST, base=0, **course)
    with closing(sqlite3.connect(sqlite_store.database.shown)) as connection:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
    engine = sqlite_store.database._engine
    sa.event.listen(engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(StoreError, match=database_errors.FULL) as caught:
        sqlite_store.save(learner, QUESTION, SECOND * 500, base=1, **course)
    assert "night shifts" not in all_that_is_told(caught)
    assert sqlite_store.revisions(learner, QUESTION, **course) == [saved]


# Opens a store on a disk that has no room for the index to its log.
FULL_DISK = """
import resource, sys
from coprod_widgets.store.responses import ResponseStore
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    ResponseStore(sys.argv[1]).check()
except Exception as error:
    print(error)
"""


def test_a_disk_without_room_for_the_index_to_the_log_is_said_to_be_full(sqlite_store, tmp_path):
    arguments = [sys.executable, "-c", FULL_DISK, tmp_path / "responses.sqlite3"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout == f"The store {tmp_path / 'responses.sqlite3'} {database_errors.FULL}.\n"


def test_a_check_notices_a_nearly_full_disk(sqlite_store, monkeypatch):
    monkeypatch.setattr(database, "LEAST_FREE", 2**63)
    with pytest.raises(StoreError, match=database_errors.FULL):
        sqlite_store.check()


def test_a_store_held_by_another_program_is_told_so_and_still_read(sqlite_store, monkeypatch, course):
    learner = sqlite_store.enrol(PHONE)
    saved = sqlite_store.save(learner, QUESTION, FIRST, base=0, **course)
    monkeypatch.setattr(database, "PATIENCE", 0.01)
    with sqlite_store.database.writing() as other:
        other.execute(sa.delete(tables.revisions))
        assert sqlite_store.response(learner, **course).answers == {QUESTION: saved}
        with pytest.raises(StoreError, match=database_errors.HELD) as caught:
            sqlite_store.save(learner, QUESTION, SECOND, base=1, **course)
        assert "nurse" not in all_that_is_told(caught)


def test_a_locked_row_is_told_so_and_still_read(postgres_address, course):
    store = ResponseStore(f"{postgres_address}&options=-c%20lock_timeout%3D20ms")
    store.prepare()
    learner = store.enrol(PHONE)
    with store.database.writing() as other:
        other.execute(sa.update(tables.learners).values(pseudonym=learner))
        assert store.learner(PHONE) == learner
        with pytest.raises(StoreError, match=database_errors.HELD):
            store.save(learner, QUESTION, FIRST, base=0, **course)


def test_a_damaged_table_never_quotes_an_answer(store, learner, course):
    with store.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE revision RENAME COLUMN text TO words")
    with pytest.raises(StoreError) as caught:
        store.save(learner, QUESTION, FIRST, base=0, **course)
    assert "nurse" not in all_that_is_told(caught)


# Many at once


KERNEL = """
import sys
from coprod_widgets.study.self_study import SelfStudy
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.study_versions import StudyVersions

address, learner = sys.argv[1:]
study = SelfStudy.load()
with ResponseStore(address) as store:
    print("ready", flush=True)
    input()
    if learner in "01":
        store.prepare()
    print("prepared", flush=True)
    input()
    pseudonym = store.enrol(f"device of learner {learner}")
    for base in range(25):
        text = f"Learner {learner}, thought {base}"
        store.save(pseudonym, "what_happened", text, base=base, session="SPRING-26", study=study)
"""


def test_eight_kernels_that_write_at_once_lose_nothing(address):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    kernels = [subprocess.Popen([sys.executable, "-c", KERNEL, address, str(n)], **pipes) for n in range(8)]
    for said in ("ready\n", "prepared\n"):
        assert [kernel.stdout.readline() for kernel in kernels] == [said] * 8
        for kernel in kernels:
            print(file=kernel.stdin, flush=True)
    for kernel in kernels:
        kernel.communicate(timeout=60)
    assert [kernel.returncode for kernel in kernels] == [0] * 8
    texts = sorted(row["text"] for row in ResponseStore(address).rows(latest_only=False))
    assert texts == sorted(f"Learner {n}, thought {base}" for n in range(8) for base in range(25))


def test_threads_share_a_store(store, learner, course, study):
    def answer(question):
        return store.save(learner, question, f"{question}: {FIRST}", base=0, **course).number

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(answer, study.keys)) == {1}
    assert store.response(learner, **course).answers.keys() == set(study.keys)


# Tables


def test_the_migrations_end_where_the_kit_expects():
    assert ScriptDirectory.from_config(upgrade.config()).get_current_head() == tables.HEAD


def test_the_migrations_make_the_tables_the_store_uses(store):
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def test_every_constraint_has_the_name_the_store_knows(store):
    known = {str(part.name) for table in tables.metadata.sorted_tables for part in table.constraints}
    with store.database.reading() as connection:
        look, made = sa.inspect(connection), set()
        for name in tables.metadata.tables:
            made.add(look.get_pk_constraint(name)["name"])
            for listed in (look.get_unique_constraints, look.get_foreign_keys, look.get_check_constraints):
                made |= {constraint["name"] for constraint in listed(name)}
    assert made == known


def test_a_kernel_loads_neither_alembic_nor_pandas():
    program = "import sys, coprod_widgets.store.responses; print({'alembic', 'pandas', 'psycopg'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# What was asked


def reworded(study, **changed):
    """The self-study with other words for its first question."""
    section, *rest = study.sections
    question, *others = section.questions
    first = replace(section, questions=(replace(question, **changed), *others))
    return replace(study, sections=(first, *rest))


def test_the_wording_is_kept_with_the_first_answer(store, learner, course, study):
    store.save(learner, QUESTION, FIRST, base=0, **course)
    (row,) = store.rows()
    asked = study.wording[QUESTION]
    assert (row["lead"], row["prompt"], row["part"]) == (asked.lead, asked.prompt, asked.part)
    assert store.response(learner, **course).asked == {QUESTION: asked}


@pytest.mark.parametrize("changed", [{"prompt": "What went wrong?"}, {"part": "Your part"}, {"actor": "patient"}])
def test_other_words_under_the_same_version_are_refused_with_what_to_do(store, learner, course, study, changed):
    store.save(learner, QUESTION, FIRST, base=0, **course)
    other = reworded(study, **changed)
    for use in (StudyVersions(store).record, StudyVersions(store).compare):
        with pytest.raises(WordingChanged, match=rf"{QUESTION}.*raise version to 2"):
            use(other)
    with pytest.raises(WordingChanged), ResponseStore(store.database.address) as opened:
        opened.save(learner, OTHER, SECOND, base=0, session="SPRING-26", study=other)
    StudyVersions(store).record(replace(other, version=2))


def test_a_hint_a_number_and_spaces_are_no_words_of_a_question(store, study):
    StudyVersions(store).record(study)
    spaced = reworded(study, prompt=f" {study.questions[0].prompt} ", hint="Another hint.", number="7")
    StudyVersions(store).record(replace(spaced, title="Another title", minutes=7))


def test_another_language_has_words_of_its_own(store, study):
    StudyVersions(store).record(study)
    swedish = replace(reworded(study, prompt="Vad hände?"), language="sv")
    StudyVersions(store).record(swedish)
    assert StudyVersions(store).wordings().of(study.key, 1, "sv", QUESTION).prompt == "Vad hände?"
    assert StudyVersions(store).wordings().of(study.key, 1, "da", QUESTION).prompt == study.wording[QUESTION].prompt


def test_each_answer_keeps_the_words_of_the_version_it_was_given_to(store, learner, course, study):
    store.save(learner, QUESTION, FIRST, base=0, **course)
    newer = replace(reworded(study, prompt="What went well?"), version=2)
    store.save(learner, QUESTION, SECOND, base=1, session="SPRING-26", study=newer)
    asked = [row["prompt"] for row in store.rows(latest_only=False)]
    assert asked == ["What happened?", "What went well?"]


def test_a_page_of_an_earlier_version_saves_under_that_version(store, learner, course, study):
    StudyVersions(store).record(study)
    newer = replace(reworded(study, prompt="What went well?"), version=2)
    StudyVersions(store).record(newer)
    new = {"session": "SPRING-26", "study": newer}
    assert store.save(learner, QUESTION, FIRST, base=0, version=1, **new).study_version == 1
    assert store.save(learner, OTHER, FIRST, base=0, version=7, **new).study_version == 2


def shortened(study):
    """The next version, which no longer asks the first question."""
    section, *rest = study.sections
    return replace(study, version=2, sections=(replace(section, questions=section.questions[1:]), *rest))


def test_an_answer_whose_question_is_gone_is_counted_and_can_be_deleted(store, learner, course, study):
    store.save(learner, QUESTION, FIRST, base=0, **course)
    store.save(learner, QUESTION, SECOND, base=1, **course)
    store.save(learner, OTHER, "The plan.", base=0, **course)
    shorter = shortened(study)
    assert StudyVersions(store).unasked(shorter) == {QUESTION: 1} and StudyVersions(store).unasked(study) == {}
    gone = StudyVersions(store).remove_answer(learner, QUESTION, session="SPRING-26", study=shorter)
    assert (gone.answers, gone.revisions, gone.left_the_file) == (1, 2, True)
    assert [row["text"] for row in store.rows(latest_only=False)] == ["The plan."]
    assert FIRST not in contents(store)


def test_a_question_that_no_version_asked_is_refused(store, learner, course):
    with pytest.raises(StoreError, match="no such question"):
        store.save(learner, "what_else", FIRST, base=0, **course)
