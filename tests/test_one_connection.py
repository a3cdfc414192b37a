"""Whatever a page asks is done over one connection to the database, and in one transaction where it writes."""

from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from coprod_widgets.apps.learner import StoreBackend
from coprod_widgets.apps.teaching import ClassWall
from coprod_widgets.errors import StoreError
from coprod_widgets.store import tables
from coprod_widgets.store.database import translate_database_errors
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.sessions import ClassSession
from coprod_widgets.widgets.backends.form import ClassInfo
from coprod_widgets.widgets.form import SelfStudyForm
from coprod_widgets.widgets.wall import ResponseWall

DEVICE = "0f" * 16


@contextmanager
def connections(store):
    """How often a connection was opened within the block."""
    opened = []
    engine = store.database._engine
    sa.event.listen(engine, "connect", lambda *_: opened.append(1))
    yield opened


@pytest.fixture
def lesson(store, study):
    return ClassSession.open(study, store, title="Tuesday")


@pytest.fixture
def form(store, study, lesson):
    info = ClassInfo(name=lesson.name, title=lesson.title)
    return SelfStudyForm(study, backend=StoreBackend(store, study, session=lesson.name, course=info))


@pytest.fixture
def asked(form, store):
    """What the page is told, and how many connections that took."""

    def ask(what, **more):
        message = {"id": "1", "ask": what, "course": form.backend.course.name, "device": DEVICE, **more}
        with connections(store) as opened:
            reply = form._reply(message)
        return reply, len(opened)

    return ask


def test_each_message_of_a_learners_page_opens_one_connection(asked):
    save = {"question": "what_happened", "text": "She drew it.", "base": 0}
    agree = {"use": "class", "given": True, "known": True, "language": "en", "version": 1}
    asks = [
        ("hello", {}), ("save", save), ("save", {**save, "base": 1, "text": "She drew it for me."}), ("hello", {}),
        ("agree", agree), ("place", {"place": "a"}), ("revisions", {"question": "what_happened"}), ("classmates", {}),
        ("hand_in", {"answers": {"what_happened": "She drew it for me."}}), ("ping", {}),
    ]  # fmt: skip
    for what, more in asks:
        reply, opened = asked(what, **more)
        assert reply["ok"] and opened == 1, what


def test_each_message_of_a_wall_opens_one_connection(asked, store, study, lesson):
    asked("save", question="what_happened", text="She drew it.", base=0)
    asked("agree", use="class", given=True, known=True, language="en", version=1)
    wall = ResponseWall(ClassWall(store, lesson, study), study)

    def ask(what, **more):
        with connections(store) as opened:
            reply = wall._reply({"id": "page-1", "ask": what, "covered": False, **more})
        assert reply["ok"], (what, reply)
        assert len(opened) == 1, what
        return reply

    (card,) = ask("changes", cursor="")["heads"]
    wall._reply({"id": "page-1", "ask": "texts", "ids": [card["id"]], "covered": False})
    shown = ask("act", card=card["id"], action="show", number=card["number"], version=card["version"])
    ask("act", card=card["id"], action="flag", version=shown["card"]["version"])
    for what, more in [("undo", {}), ("canvas", {}), ("time", {"minutes": 5}), ("move", {"phase": "discussion"})]:
        ask(what, **more)


def test_a_message_that_fails_half_way_has_changed_nothing(asked, store, monkeypatch):
    enrol = store.enrol

    def then_fails(device):
        enrol(device)
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store, "enrol", then_fails)
    reply, _ = asked("save", question="what_happened", text="She drew it.", base=0)
    assert reply["problem"] == "store"
    with store.database.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.learners)) == 0


def test_what_is_read_before_a_write_holds_nobody_up(sqlite_store):
    first = sqlite_store.database
    with first.transaction():
        with first.reading() as connection:
            connection.execute(sa.select(tables.learners)).all()
        ResponseStore(first.address).enrol("a" * 32)  # meanwhile somebody else writes
        sqlite_store.enrol("b" * 32)
    assert sqlite_store.learner("b" * 32)


def test_a_commit_that_fails_is_told_as_any_other_failure_and_stores_nothing(sqlite_store):
    database = sqlite_store.database
    with pytest.raises(StoreError, match="The store"), database.transaction():
        sqlite_store.enrol("c" * 32)
        with database.writing() as connection:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # noticed at the commit, and not before
            orphan = {"learner_id": 999, "kind": "device", "digest": "0" * 64, "created_at": sqlite_store._now()}
            connection.execute(sa.insert(tables.keys).values(orphan))
    assert sqlite_store.learner("c" * 32) is None


def test_what_is_handed_in_is_read_back_as_others_see_it(asked, store, study, lesson, monkeypatch):
    asked("save", question="what_happened", text="She drew it.", base=0)
    seen, response = [], store.response

    def read_back(pseudonym, **more):
        with ResponseStore(store.database.address) as other:  # another connection sees what is committed
            seen.append(other.response(pseudonym, **more).state)
        return response(pseudonym, **more)

    monkeypatch.setattr(store, "response", read_back)
    reply, opened = asked("hand_in", answers={"what_happened": "She drew it."})
    assert reply["ok"] and opened == 1 and seen == ["in-progress", "completed"]


def test_who_hands_in_what_is_not_stored_is_refused_while_somebody_else_writes(sqlite_store, study):
    form = SelfStudyForm(study, backend=StoreBackend(sqlite_store, study))
    mine = {"id": "1", "device": DEVICE, "question": "what_happened", "text": "She drew it.", "base": 0}
    assert form._reply({**mine, "ask": "save"})["ok"]
    with sqlite_store.database.writing():
        reply = form._reply({**mine, "ask": "hand_in", "answers": {}})
    assert (reply["ok"], reply["problem"]) == (False, "mismatch")


def test_a_choice_reads_no_text_while_others_wait_to_write(asked, store):
    asked("save", question="what_happened", text="She drew it.", base=0)
    said = []
    sa.event.listen(store.database._engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    reply, _ = asked("agree", use="class", given=True, known=True, language="en", version=1)
    assert reply["choices"]["class"]["given"]
    assert said and not [one for one in said if "revision.text" in one]


def test_a_write_is_not_called_stored_where_something_in_its_transaction_failed(store):
    with pytest.raises(StoreError, match="nothing was stored"), store.database.transaction(writes=True):
        store.enrol("d" * 32)
        with pytest.raises(StoreError):
            failing_read(store)
    assert store.learner("d" * 32) is None


@translate_database_errors
def failing_read(store):
    with store.database.reading() as connection:
        connection.exec_driver_sql("SELECT * FROM nothing")


def break_commit(database, at):
    """Let the commit of this transaction fail, and no statement before it; on SQLite."""
    with database.writing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        orphan = {"learner_id": 999, "kind": "device", "digest": "0" * 64, "created_at": at}
        connection.execute(sa.insert(tables.keys).values(orphan))


def test_a_wording_is_known_only_once_it_is_committed(sqlite_store, study):
    learner = sqlite_store.enrol("a" * 32)
    saved = {"question": "what_happened", "text": "She drew it.", "base": 0, "session": "self-paced", "study": study}
    with pytest.raises(StoreError), sqlite_store.database.transaction(writes=True):
        sqlite_store.save(learner, **saved)
        break_commit(sqlite_store.database, sqlite_store._now())
    sqlite_store.save(learner, **saved)
    kept = sqlite_store.response(learner, session="self-paced", study=study)
    assert kept.asked["what_happened"].prompt == study.question("what_happened").prompt


def test_a_wall_does_not_go_on_showing_what_was_not_committed(sqlite_store, study):
    lesson = ClassSession.open(study, sqlite_store, title="Tuesday")
    given = {"session": lesson.name, "study": study}
    learner = sqlite_store.enrol("a" * 32)
    sqlite_store.save(learner, "what_happened", "She drew it.", base=0, **given)
    sqlite_store.agree(learner, "class", True, version=1, language="en", **given)
    wall = ClassWall(sqlite_store, lesson, study)
    (card,) = wall.changes("")["cards"]
    with pytest.raises(StoreError), wall.transaction(writes=True):
        assert wall.act(card["id"], "flag", version=card["version"])["flagged"]
        break_commit(sqlite_store.database, sqlite_store._now())
    sqlite_store.set_place(learner, "a", **given)  # as many changes as there would have been
    assert [one["flagged"] for one in wall.changes("")["cards"]] == [False]


def test_the_forms_value_is_what_was_committed(sqlite_store, study, monkeypatch):
    form = SelfStudyForm(study, backend=StoreBackend(sqlite_store, study))
    message = {"id": "1", "ask": "save", "device": DEVICE, "question": "what_happened", "text": "Lost.", "base": 0}
    save = sqlite_store.save

    def save_without_commit(*args, **more):
        saved = save(*args, **more)
        break_commit(sqlite_store.database, sqlite_store._now())
        return saved

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_store, "save", save_without_commit)
        assert form._reply(message)["problem"] == "store"
    assert form.value == {}
    assert form._reply(message)["ok"] and form.value == {"what_happened": "Lost."}
