"""Codings in the store: kept once each, never overwritten, and gone with their learner."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coprod_widgets.errors import CodingGone, LearnerGone, MemoConflict, StoreError
from coprod_widgets.store import database, tables
from coprod_widgets.store.codings import CodingStore
from coprod_widgets.store.migrations import upgrade
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.tables import UtcTime
from coprod_widgets.study.codebook import Coding

PHONE = "phone-9f2c41d07be35a68"
TEXT = "She drew the lung on an envelope 🫁, and 漢字 beside it."
WORDS = "envelope 🫁, and 漢字"
MEMO = "A drawing that the patient kept: quilting"
QUESTION, SESSION = "what_happened", "SPRING-26"


def coding(**changed):
    start = TEXT.index(WORDS)
    where = {"session": SESSION, "pseudonym": "L-0SAMPLE0", "question": QUESTION, "revision": 2}
    which = {"coder": "Maud", "theme": "tools_and_papers", "start": start, "end": start + len(WORDS)}
    return Coding(**{**where, **which, "words": WORDS, **changed})


@pytest.fixture
def kept(store, clock):
    return CodingStore(store, now=clock)


def raw_bytes(folder):
    return b"".join(file.read_bytes() for file in folder.iterdir())


# Adding and removing


def test_a_coding_comes_back_to_the_letter(kept, clock):
    added = kept.add(coding(memo=MEMO))
    assert added == coding(memo=MEMO, created_at=clock.time, updated_at=clock.time)
    assert kept.codings() == [added]
    assert TEXT[added.start : added.end] == added.words


def test_adding_twice_is_one_coding_and_overwrites_nothing(kept, clock):
    first = kept.add(coding(memo=MEMO))
    clock.forward(60)
    assert kept.add(coding(memo="")) == kept.add(coding(memo="Another")) == first
    assert kept.codings() == [first]


def test_adding_at_the_same_moment_is_one_coding(kept):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(kept.add, [coding()] * 24))) == 1
    assert len(kept.codings()) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"coder": "Ines"},
        {"session": "AUTUMN-26"},
        {"pseudonym": "L-0OTHER00"},
        {"question": "patient_plan"},
        {"revision": 3},
        {"start": 0, "end": len(WORDS)},
        {"end": TEXT.index(WORDS) + len("envelope"), "words": "envelope"},
        {"theme": "knows_own_life"},
    ],
    ids=str,
)
def test_another_coder_text_place_or_theme_is_another_coding(kept, changed):
    kept.add(coding())
    kept.add(coding(**changed))
    assert len(kept.codings()) == 2
    kept.remove(coding(**changed))
    assert [replace(one, created_at=None, updated_at=None) for one in kept.codings()] == [coding()]


def test_removing_twice_is_harmless(kept):
    kept.add(coding())
    kept.remove(coding())
    kept.remove(coding())
    assert kept.codings() == []


def test_codings_can_be_asked_for_by_coder_and_session(kept):
    for coder, session in (("Maud", "SPRING-26"), ("Ines", "SPRING-26"), ("Maud", "AUTUMN-26")):
        kept.add(coding(coder=coder, session=session))
    assert [(one.session, one.coder) for one in kept.codings()] == [
        ("AUTUMN-26", "Maud"),
        ("SPRING-26", "Ines"),
        ("SPRING-26", "Maud"),
    ]
    assert [one.session for one in kept.codings("Maud")] == ["AUTUMN-26", "SPRING-26"]
    assert [one.coder for one in kept.codings(session="SPRING-26")] == ["Ines", "Maud"]
    assert kept.codings("maud") == []
    assert kept.coders() == ["Ines", "Maud"]


# Memos


def test_a_memo_is_changed_and_only_its_time_with_it(kept, clock):
    added = kept.add(coding())
    clock.forward(30)
    changed = kept.set_memo(added, MEMO, base="")
    assert changed == replace(added, memo=MEMO, updated_at=clock.time)
    assert kept.codings() == [changed]


def test_a_retried_memo_is_no_conflict(kept):
    kept.add(coding())
    assert kept.set_memo(coding(), MEMO, base="").memo == kept.set_memo(coding(), MEMO, base="").memo == MEMO


def test_a_memo_on_another_base_is_a_conflict_that_shows_the_latest(kept):
    kept.add(coding(memo=MEMO))
    with pytest.raises(MemoConflict) as caught:
        kept.set_memo(coding(), "Written in another window", base="")
    assert (caught.value.latest, "quilting" in str(caught.value)) == (MEMO, False)
    assert [one.memo for one in kept.codings()] == [MEMO]


def test_the_memo_of_a_removed_coding_says_so(kept):
    with pytest.raises(CodingGone):
        kept.set_memo(coding(), MEMO, base="")


# What is refused


@pytest.mark.parametrize("name", ["coder", "session", "pseudonym", "question", "theme"])
@pytest.mark.parametrize("wrong", ["", "  ", "n" * 201, "night\0shift", "night\ud83d"], ids=ascii)
def test_a_name_that_cannot_be_stored_is_refused(name, wrong):
    with pytest.raises(ValueError, match=name):
        coding(**{name: wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"memo": MEMO + "\0"},
        {"memo": MEMO + "\ud83d"},
        {"memo": MEMO * 300},
        {"words": "quilting\0", "start": 0, "end": 9},
        {"words": "quilting " * 12_000, "start": 0, "end": 108_000},
        {"words": "", "start": 3, "end": 3},
        {"words": "quilting", "start": 3, "end": 10},
        {"start": -1, "end": len(WORDS) - 1},
        {"revision": 0},
    ],
)
def test_what_cannot_be_stored_is_refused_unquoted(kept, wrong):
    with pytest.raises(ValueError) as caught:
        kept.add(coding(**wrong))
    assert "quilting" not in str(caught.value)


@pytest.mark.parametrize("memo", [MEMO + "\0", MEMO + "\ud83d", MEMO * 300])
def test_a_memo_that_cannot_be_stored_is_refused_unquoted(kept, memo):
    kept.add(coding())
    with pytest.raises(ValueError, match="memo") as caught:
        kept.set_memo(coding(), memo, base="")
    assert "quilting" not in str(caught.value)
    assert [one.memo for one in kept.codings()] == [""]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
    memo=st.text("ab\n'é🫁"),
)
def test_any_excerpt_and_memo_come_back_to_the_letter(kept, words, memo):
    kept.add(coding(words=words, memo=memo, start=7, end=7 + len(words), coder="Ines"))
    [read] = kept.codings("Ines")
    kept.remove(read)
    assert (read.words, read.memo) == (words, memo)


def test_a_repr_shows_neither_excerpt_nor_memo(kept):
    added = kept.add(coding(memo=MEMO))
    assert "envelope" not in repr(added) and "quilting" not in repr(added)
    assert "hunter2" not in repr(CodingStore("postgresql://coprod:hunter2@db.example.org/answers"))


def test_a_damaged_table_never_quotes_an_excerpt(kept):
    with kept.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE coding RENAME COLUMN words TO spoken")
    with pytest.raises(StoreError) as caught:
        kept.add(coding())
    assert "envelope" not in f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"


# With the learner


def test_deleting_a_learner_deletes_their_codings_and_counts_nothing_new(store, kept, study):
    learner = store.enrol(PHONE)
    store.save(learner, QUESTION, TEXT, base=0, session=SESSION, study=study)
    kept.add(coding(pseudonym=learner, revision=1, memo=MEMO))
    kept.add(coding(pseudonym=learner, revision=1, coder="Ines"))
    other = kept.add(coding())
    deleted = store.delete(learner)
    assert (deleted.answers, deleted.revisions) == (1, 1)
    assert kept.codings() == [other]


def test_a_learner_who_cannot_be_deleted_keeps_every_coding(store, kept):
    kept.add(coding())
    with pytest.raises(LearnerGone):
        store.delete("L-0SAMPLE0")
    assert len(kept.codings()) == 1


def test_deleted_excerpts_and_memos_leave_the_files(sqlite_store, tmp_path, clock):
    kept = CodingStore(sqlite_store, now=clock)
    learner = sqlite_store.enrol(PHONE)
    with sqlite_store.database.reading() as reader:  # an open connection keeps the log, as a busy class does
        reader.rollback()
        for number in range(200):
            words = f"Story of the envelope {number}. " * (1 + number % 7)
            one = coding(pseudonym=learner, words=words, start=number, end=number + len(words), memo=f"{MEMO} {number}")
            kept.set_memo(kept.add(one), f"{one.memo} twice", base=one.memo)
        for told in (b"Story of the envelope", b"quilting", learner.encode()):
            assert told in raw_bytes(tmp_path)
        sqlite_store.delete(learner)
        for told in (b"Story of the envelope", b"quilting"):
            assert told not in raw_bytes(tmp_path)


def test_what_a_learner_deleted_does_not_come_back_from_an_open_page(store, kept):
    learner = store.enrol(PHONE)
    assert kept.learners() == {learner}
    kept.add(coding(pseudonym=learner), living=True)
    store.delete(learner)
    with pytest.raises(LearnerGone):
        kept.add(coding(pseudonym=learner), living=True)
    assert kept.codings() == []


def test_an_answer_of_another_stores_learner_can_be_coded(kept):
    kept.add(coding(pseudonym="L-0EXPORT0"))
    assert [one.pseudonym for one in kept.codings()] == ["L-0EXPORT0"]


# The database


FIRST = {
    "learner": {"pseudonym": "L-0FIRST00"},
    "response": {"learner_id": 1, "session": SESSION, "state": "in-progress", "place": ""},
    "revision": {
        "response_id": 1,
        "question": QUESTION,
        "number": 1,
        "text": TEXT,
        "study_version": 1,
        "language": "en",
    },
}
"""What the first version stored: the tables of today have more in them."""


def first_version(connection, study):
    """A store as the first version left it, with one answer."""
    command.upgrade(upgrade.config(connection), "0001")
    at = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
    for name, row in FIRST.items():
        times = ["saved_at"] if name == "revision" else ["created_at", "updated_at"][: 1 + (name == "response")]
        asked = {"revision": {"question": QUESTION}, "response": {"study_key": study.key}}.get(name, {})
        whole = {"id": 1, **row, **asked, **dict.fromkeys(times, at)}
        kinds = [sa.column(column, UtcTime if column in times else None) for column in whole]
        connection.execute(sa.insert(sa.table(name, *kinds)).values(**whole))


def test_a_store_of_the_first_version_keeps_its_answers_and_takes_codings(address, study):
    with ResponseStore(address) as store:
        if "://" not in address:
            store.database.file.touch(0o600)
        with store.database._engine.execution_options(coprod_begin=database.MIGRATING).begin() as connection:
            first_version(connection, study)
        with pytest.raises(StoreError, match=re.escape(database.OLDER)):
            store.check()
        kept, learner = CodingStore(address), FIRST["learner"]["pseudonym"]
        kept.prepare()
        kept.add(coding(pseudonym=learner, revision=1))
        (saved,) = store.revisions(learner, QUESTION, session=SESSION, study=study)
        assert (saved.number, saved.text) == (1, TEXT)
        store.delete(learner)
        assert kept.codings() == []


def test_a_coding_store_has_the_database_of_its_response_store_or_its_own_address(sqlite_store, tmp_path):
    CodingStore(tmp_path / "responses.sqlite3").add(coding())
    assert len(CodingStore(sqlite_store).codings()) == 1


def test_a_coding_store_without_an_address_is_in_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    CodingStore().prepare()
    assert [file.name for file in tmp_path.rglob("*.sqlite3")] == ["responses.sqlite3"]


def test_an_unprepared_store_is_told_so(tmp_path):
    with closing(sqlite3.connect(tmp_path / "empty.sqlite3")):
        pass
    with pytest.raises(StoreError, match=re.escape(database.NOT_PREPARED)):
        CodingStore(tmp_path / "empty.sqlite3").codings()


def test_the_columns_are_those_of_a_coding():
    assert {column.name for column in tables.codings.c} - {"id"} == set(Coding.__dataclass_fields__)
    assert isinstance(tables.codings.c.words.type, sa.Text)
