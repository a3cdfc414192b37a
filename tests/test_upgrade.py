"""A store and a page of commit 7e96019 go on with the kit as it is now."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import frozen
import pytest
import sqlalchemy as sa

from coprod_widgets import SelfStudyForm
from coprod_widgets.apps.learner import StoreBackend
from coprod_widgets.exports.csv_file import read_csv, write_csv
from coprod_widgets.store import tables
from coprod_widgets.store.backups import Backups
from coprod_widgets.store.codings import CodingStore
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.sessions import ClassSession
from coprod_widgets.store.study_versions import StudyVersions
from coprod_widgets.store.withdrawals import Withdrawals
from coprod_widgets.study.self_study import SelfStudy

DATA = Path(__file__).parent / "data"
HOME_CARE = SelfStudy.load(DATA / "home_care.en.yaml")
NIGHT_NURSE, IN_BOTH, ALONE, AT_HOME = "L-MXXQKFBF", "L-MNPZX45H", "L-Y43KWJRP", "L-1XPA7Z3D"
MONDAY, TUESDAY, CARING = "nursing-monday-qftcd4", "nursing-tuesday-dkd4wc", "home-care-course-77jre4"


@pytest.fixture
def old_address(address):
    """The address of a store as 7e96019 left it."""
    write_old_store(address)
    return address


@pytest.fixture
def old_store(old_address, clock):
    with ResponseStore(old_address, now=clock) as store:
        yield store


def write_old_store(address):
    if "://" not in address:
        with closing(sqlite3.connect(address)) as connection:
            connection.executescript((DATA / "store_7e96019.sqlite.sql").read_text())
        return
    engine = sa.create_engine(address, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql((DATA / "store_7e96019.postgresql.sql").read_text())


def test_a_store_of_7e96019_is_upgraded_with_all_its_answers(old_store):
    old_store.prepare()
    old_store.check()
    rows = list(old_store.rows(latest_only=False))
    assert len(rows) == 65
    night = [row for row in rows if row["pseudonym"] == NIGHT_NURSE and row["question"] == "what_happened"]
    assert [row["revision"] for row in night] == list(range(1, 13))


def test_an_upgraded_store_is_exported(old_store, tmp_path):
    old_store.prepare()
    rows = [row for row in old_store.rows() if row["research_use"]]
    write_csv(rows, tmp_path / "answers.csv", SelfStudy.load())
    frame = read_csv(tmp_path / "answers.csv")
    assert set(frame["pseudonym"]) == {NIGHT_NURSE, "L-TAN9ZT24", IN_BOTH, ALONE, AT_HOME}
    assert frame.loc[frame["pseudonym"] == "L-TAN9ZT24", "text"].str.contains("åäö and 日本語").any()


def test_an_upgraded_store_is_written_to(old_store):
    old_store.prepare()
    course = {"session": MONDAY, "study": SelfStudy.load()}
    saved = old_store.save(NIGHT_NURSE, "what_happened", "One more invented night.", base=12, **course)
    assert saved.number == 13
    held = old_store.response(NIGHT_NURSE, **course)
    assert held.answers["what_happened"].text == "One more invented night."
    assert held.state == "amended"
    assert held.choices["research"].given


def test_an_upgraded_store_keeps_sessions_codings_and_withdrawals(old_store):
    old_store.prepare()
    assert ClassSession.of(old_store, TUESDAY).phase == "closed"
    assert old_store.pseudonym_for_code("RE95-B9EE-0ZBG-J09T") == NIGHT_NURSE
    assert len(CodingStore(old_store).codings()) == 6
    assert {one.by for one in Withdrawals(old_store).all()} == {"learner", "instructor"}


def test_a_backup_of_7e96019_is_restored_and_written_to(sqlite_store, tmp_path):
    write_old_store(str(tmp_path / "old.sqlite3"))
    restored = Backups(sqlite_store).restore(tmp_path / "old.sqlite3")
    assert restored.learners == 9
    course = {"session": "self-paced", "study": SelfStudy.load()}
    assert sqlite_store.save(ALONE, "what_happened", "Written after it.", base=1, **course).number == 2


def test_the_fixtures_are_older_than_the_kit(old_store):
    with old_store.database.reading() as connection:
        assert connection.scalar(sa.select(tables.alembic_version.c.version_num)) == "0005"


# A page


class Page(SelfStudyForm):
    """A form that keeps what it sends to the page."""

    def send(self, content, buffers=None):
        self.heard = content

    def hear(self, message):
        self._handle_custom_msg(message, [])
        return self.heard


def test_the_messages_of_an_older_page_are_understood(sqlite_store):
    """What the page of 7e96019 sent while a learner wrote, agreed, handed in and deleted everything."""
    messages = json.loads((DATA / "messages_7e96019.json").read_text())
    page = Page(frozen.STUDY, backend=StoreBackend(sqlite_store, frozen.STUDY))
    replies = {message["id"]: page.hear(message) for message in messages}
    assert all(reply["ok"] for reply in replies.values())
    by_ask = {message["ask"]: replies[message["id"]] for message in messages}
    assert len(by_ask["revisions"]["revisions"]) == 2
    assert by_ask["identifiers"]["found"] and by_ask["hand_in"]["handed_in_at"]
    assert by_ask["delete"]["answers"] == 1


# What was asked


def test_the_wording_of_the_kits_first_version_is_filled_in_where_it_was_answered(old_store):
    old_store.prepare()
    wordings = StudyVersions(old_store).wordings()
    asked = {key: wordings.of("paul_on_coproduction", 1, "en", key) for key in frozen.STUDY.keys}
    assert asked == frozen.STUDY.wording
    assert wordings.of("home_care", 1, "en", "what_happened") is None


def test_a_filled_in_wording_counts_as_the_same(old_store):
    old_store.prepare()
    StudyVersions(old_store).record(frozen.STUDY)


def test_a_practice_session_of_7e96019_is_known_as_one(old_store):
    old_store.prepare()
    with old_store.database.reading() as connection:
        query = sa.select(*tables.sessions.c["title", "practice"])
        practice = {row.title: row.practice for row in connection.execute(query)}
    assert [title for title, is_one in practice.items() if is_one] == ["Practice session"]
    assert len(practice) == 5


def test_codings_of_7e96019_get_the_study_whose_words_they_hold(old_store):
    old_store.prepare()
    found = {(one.session, one.question, one.revision): one.study for one in CodingStore(old_store).codings()}
    assert found == {
        (MONDAY, "what_happened", 1): "paul_on_coproduction",
        (TUESDAY, "what_happened", 1): "paul_on_coproduction",
        ("self-paced", "what_happened", 2): "home_care",
        ("sample", "patient_carrying_out", 1): "paul_on_coproduction",
        (CARING, "who_helped", 1): "home_care",
    }
