"""The wall: what reaches it, what is shown, what is new, and that every click can be taken back."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coprod_widgets.errors import AnswerGone, CoprodError, SessionClosed, WallConflict
from coprod_widgets.store import tables
from coprod_widgets.store.backups import Backups
from coprod_widgets.store.sessions import ClassSession
from coprod_widgets.store.wall import Wall
from coprod_widgets.study.self_study import SelfStudy

TEXT, NEWER = "She asked what he was afraid of.", "She asked what he was afraid of, and sat down."
WORDING = {"version": 1, "language": "en"}


class Class:
    """A session with its learners, each by a number."""

    def __init__(self, store, study):
        self.store, self.study = store, study
        self.session = ClassSession.open(study, store, title="Tuesday")
        self.course = {"session": self.session.name, "study": study}
        self.learners = {}

    def write(self, number, text=TEXT, question="what_happened"):
        learner = self.learners.setdefault(number, self.store.enrol(f"{number:032x}"))
        base = len(self.store.revisions(learner, question, **self.course))
        self.store.save(learner, question, text, base=base, **self.course)
        return learner

    def agree(self, number, given=True):
        self.store.agree(self.learners[number], "class", given, **WORDING, **self.course)

    def delete(self, number):
        self.store.delete(self.learners.pop(number))

    def wall(self, by="instructor"):
        return Wall(self.store, self.session.name, self.study, by)


@pytest.fixture
def room(store, study):
    return Class(store, study)


@pytest.fixture
def wall(room):
    room.write(1)
    room.agree(1)
    return room.wall()


def cards(wall):
    return wall.changes("")["cards"]


def only(wall):
    (card,) = cards(wall)
    return card


def do(wall, action, value=None, card=None):
    card = card or only(wall)
    value = card["number"] if action == "show" else value
    return wall.act(card["id"], action, value, version=card["version"])


def texts(wall):
    return [one["text"] for one in wall.shown()]


def trail(room):
    with room.store.database.reading() as connection:
        return connection.execute(sa.select(tables.moderations).order_by(tables.moderations.c.id)).all()


def test_an_answer_reaches_the_wall_only_when_its_learner_agreed(room):
    room.write(1)
    wall = room.wall()
    assert cards(wall) == []
    room.agree(1)
    assert (only(wall)["text"], only(wall)["shown"]) == (TEXT, False)
    assert texts(wall) == []


def test_consent_taken_back_and_deletion_reach_the_wall_with_the_next_call(room):
    for number in (1, 2):
        room.write(number)
        room.agree(number)
    wall = room.wall()
    told = wall.changes("")
    for card in told["cards"]:
        do(wall, "show", card=card)
    room.agree(1, False)
    room.delete(2)
    after = wall.changes(told["cursor"])
    assert sorted(after["gone"]) == sorted(card["id"] for card in told["cards"])
    assert (after["cards"], after["whole"], texts(wall), cards(wall)) == ([], False, [], [])


def test_who_agrees_again_is_not_on_a_screen_again_by_that(room, wall):
    do(wall, "show")
    room.agree(1, False)
    room.agree(1)
    assert (only(wall)["shown"], texts(wall)) == (False, [])
    do(wall, "show")
    assert texts(wall) == [TEXT]


def test_an_answer_that_is_emptied_leaves_the_wall(room, wall):
    do(wall, "show")
    room.write(1, "  ")
    assert (cards(wall), texts(wall)) == ([], [])


def test_words_for_roles_and_other_sessions_stay_off_the_wall(room, wall, study):
    room.write(1, "nurse", question="role_professional")
    other = Class(room.store, study)
    other.write(1, "Another class.")
    other.agree(1)
    assert only(wall)["text"] == TEXT


def test_only_what_was_shown_is_shown_and_hiding_takes_it_back(wall):
    assert do(wall, "show")["shown"]
    assert texts(wall) == [TEXT]
    assert not do(wall, "hide")["shown"]
    assert texts(wall) == []


def test_an_answer_that_is_changed_leaves_the_screen_until_it_is_looked_at_again(room, wall):
    seen = do(wall, "show")
    room.write(1, NEWER)
    card = only(wall)
    assert (card["shown"], card["changed"], card["text"], texts(wall)) == (False, True, NEWER, [])
    with pytest.raises(WallConflict) as caught:
        do(wall, "show", card=seen)
    assert (caught.value.latest, texts(wall)) == (card, [])
    do(wall, "show", card=card)
    assert texts(wall) == [NEWER]


def test_an_edited_answer_keeps_its_original_and_says_that_it_was_edited(room, wall):
    do(wall, "show")
    card = do(wall, "edit", "She asked, and [the nurse] sat down.")
    assert (card["text"], card["edited"]) == (TEXT, "She asked, and [the nurse] sat down.")
    assert [(one["text"], one["edited"]) for one in wall.shown()] == [("She asked, and [the nurse] sat down.", True)]
    room.write(1, NEWER)
    assert (only(wall)["edited"], texts(wall)) == (None, [])
    do(wall, "show")
    assert [(one["text"], one["edited"]) for one in wall.shown()] == [(NEWER, False)]


@pytest.mark.parametrize("back", ["unedit", "undo"])
def test_what_was_edited_out_does_not_come_back_onto_the_screen_by_itself(wall, back):
    do(wall, "show")
    do(wall, "edit", "She asked.")
    card = wall.undo() if back == "undo" else do(wall, "unedit")
    assert (card["edited"], card["shown"], texts(wall)) == (None, False, [])


def test_themes_and_flags_stay_with_the_answer_when_it_changes(room, wall):
    do(wall, "flag")
    do(wall, "theme", " Trust ")
    room.write(1, NEWER)
    assert (only(wall)["flagged"], only(wall)["theme"]) == (True, "Trust")
    do(wall, "unflag")
    do(wall, "theme", "")
    assert (only(wall)["flagged"], only(wall)["theme"]) == (False, "")


@pytest.mark.parametrize(
    "action, value", [("rank", None), ("edit", ""), ("edit", 7), ("edit", "\x00"), ("theme", "x" * 101)]
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(room, wall, action, value):
    before = only(wall)
    with pytest.raises(CoprodError):
        do(wall, action, value)
    assert (only(wall), trail(room)) == (before, [])


def test_an_answer_that_is_gone_cannot_be_shown(room, wall):
    card = only(wall)
    room.agree(1, False)
    with pytest.raises(AnswerGone):
        do(wall, "show", card=card)
    assert texts(wall) == []


def test_two_instructors_lose_no_click(room, wall):
    other = room.wall("second")
    seen = only(wall)
    assert only(other) == seen
    do(wall, "show", card=seen)
    assert do(other, "show", card=seen)["shown"]  # the same click is no conflict
    with pytest.raises(WallConflict) as caught:
        do(other, "theme", "Trust", card=seen)
    assert caught.value.latest == only(wall)
    assert not do(other, "hide", card=seen)["shown"]  # hiding never is
    assert only(wall) == only(other)


def test_undo_takes_back_the_newest_action_then_the_one_before(room, wall):
    start = {key: value for key, value in only(wall).items() if key != "version"}
    do(wall, "flag")
    do(wall, "show")
    assert wall.last() == {"id": only(wall)["id"], "action": "show", "shows": False}
    assert (wall.undo()["shown"], wall.undo()["flagged"], wall.undo()) == (False, False, None)
    assert wall.last() is None
    assert {key: value for key, value in only(wall).items() if key != "version"} == start
    assert [(row.action, row.undone) for row in trail(room)] == [
        ("flag", True), ("show", True), ("undo", True), ("undo", True)
    ]  # fmt: skip


def test_undo_is_ones_own_and_leaves_what_another_has_changed_since(room, wall):
    other = room.wall("second")
    do(wall, "theme", "Trust")
    do(other, "theme", "Time")
    do(wall, "flag")
    assert other.undo()["theme"] == "Trust"
    assert not wall.undo()["flagged"]
    do(other, "theme", "Time")
    assert wall.undo()["theme"] == "Time"


def test_everything_is_there_after_a_restart(room, wall):
    do(wall, "show")
    do(wall, "theme", "Trust")
    assert room.wall().changes("")["cards"] == cards(wall)
    assert room.wall().shown() == wall.shown()
    room.wall().undo()
    assert only(wall)["theme"] == ""


def test_the_trail_says_who_did_what_and_goes_with_its_learner(room, wall):
    do(wall, "edit", "She asked.")
    (row,) = trail(room)
    assert (row.action, row.by, row.before["edited"], row.after["edited"]) == ("edit", "instructor", None, "She asked.")
    room.delete(1)
    assert trail(room) == []


def test_no_name_and_no_pseudonym_leaves_the_wall(room, wall):
    do(wall, "show")
    told = json.dumps([wall.changes(""), wall.shown(), wall.canvas(), repr(wall)])
    assert room.learners[1] not in told
    assert set(wall.shown()[0]) == {"id", "question", "text", "edited"}


def test_a_row_number_that_is_given_again_belongs_to_another_answer(sqlite_store, study):
    room = Class(sqlite_store, study)
    room.write(1)
    room.agree(1)
    wall = room.wall()
    seen = only(wall)
    do(wall, "show", card=seen)
    room.delete(1)
    room.write(2, "Somebody else's story.")
    room.agree(2)
    assert (only(wall)["id"] != seen["id"], only(wall)["shown"], texts(wall)) == (True, False, [])


def test_a_strange_cursor_gives_everything(room, wall):
    for cursor in ("", "x", "a.b", room.wall().changes("")["cursor"], "9" * 5000):
        assert wall.changes(cursor)["whole"] and len(wall.changes(cursor)["cards"]) == 1


def test_the_counts_and_the_phase_come_along(room, wall):
    room.write(2)
    room.store.hand_in(room.learners[2], **room.course)
    room.session.moved(room.store, "sharing")
    told = wall.changes("")
    assert told["phase"] == "sharing"
    assert told["counts"] == {"joined": 2, "writing": 2, "handed_in": 1, "agreed": 1}


def test_the_canvas_counts_and_names_the_gaps_and_has_shown_texts_only(room, wall):
    room.write(1, "She drew it.", question="professional_plan")
    canvas = wall.canvas()
    assert (canvas["learners"], canvas["cells"]["professional"]["plan"]) == (1, 1)
    assert canvas["excerpts"]["professional"]["plan"] == []
    assert ["patient", "carrying_out"] in canvas["gaps"] and ["professional", "plan"] not in canvas["gaps"]
    (card,) = (card for card in cards(wall) if card["question"] == "professional_plan")
    do(wall, "show", card=card)
    (excerpt,) = wall.canvas()["excerpts"]["professional"]["plan"]
    assert excerpt["text"] == "She drew it."


def test_the_canvas_tells_what_is_not_asked_from_what_nobody_wrote(sqlite_store):
    study = SelfStudy.load(Path(__file__).parent / "data" / "home_care.en.yaml")
    cells = Class(sqlite_store, study).wall().canvas()["cells"]
    assert cells["patient"] == {"relationship": None, "plan": 0, "carrying_out": None}
    assert cells["professional"] == {"relationship": None, "plan": None, "carrying_out": 0}


def test_a_closed_session_is_still_moderated(room, wall):
    room.session.closed(room.store)
    with pytest.raises(SessionClosed):
        room.write(1, NEWER)
    do(wall, "show")
    assert texts(wall) == [TEXT]


STEPS = st.one_of(
    st.tuples(st.just("write"), st.integers(1, 3), st.sampled_from(["", TEXT, NEWER, "Ana sat down."])),
    st.tuples(st.just("agree"), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("delete"), st.integers(1, 3)),
    st.tuples(st.just("act"), st.sampled_from(["show", "hide", "edit", "unedit", "flag", "theme"]), st.integers(0, 5)),
    st.tuples(st.just("undo"), st.integers(0, 1)),
    st.tuples(st.just("look"),),
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(STEPS, max_size=30))
def test_whatever_happens_successive_changes_are_everything_and_nothing_hidden_is_shown(sqlite_store, study, steps):
    with sqlite_store.database.writing() as connection:
        connection.execute(sa.delete(tables.learners))
    room = Class(sqlite_store, study)
    walls, held, cursor = [room.wall(), room.wall("second")], {}, ""
    may_be_shown = {}  # by learner: the text that an instructor showed of their newest revision

    def look(cursor):
        told = walls[0].changes(cursor)
        if told["whole"]:
            held.clear()
        for id in told["gone"]:
            held.pop(id, None)
        held.update({card["id"]: card for card in told["cards"]})
        assert held == {card["id"]: card for card in cards(walls[1])} == {card["id"]: card for card in cards(walls[0])}
        return told["cursor"]

    for step, *values in steps:
        if step == "write":
            room.write(*values)
        elif step == "agree" and values[0] in room.learners:
            room.agree(*values)
        elif step == "delete" and values[0] in room.learners:
            room.delete(*values)
        elif step == "act" and (there := cards(walls[values[1] % 2])):
            wall, card = walls[values[1] % 2], there[values[1] % len(there)]
            do(wall, values[0], "She asked." if values[0] == "edit" else "Trust", card=card)
        elif step == "undo":
            walls[values[0]].undo()
        elif step == "look":
            cursor = look(cursor)
        may_be_shown = {
            card["id"]: card["text"] if card["edited"] is None else card["edited"]
            for card in cards(room.wall())
            if card["shown"]
        }
        for wall in walls:
            assert {one["id"]: one["text"] for one in wall.shown()} == may_be_shown
        newest = {
            row["text"]
            for row in sqlite_store.rows()
            if row["session"] == room.session.name and row["class_use"] and row["text"].strip()
        }
        assert set(may_be_shown.values()) <= newest | {"She asked."}
    look(cursor)


def test_looking_when_nothing_is_new_reads_no_text(room):
    for number in range(1, 21):
        room.write(number)
        room.agree(number)
    wall, read = room.wall(), []
    cursor = wall.changes("")["cursor"]

    def note(connection, cursor, statement, *_):
        read.append(statement)

    engine = room.store.database._engine
    sa.event.listen(engine, "before_cursor_execute", note)
    wall.changes(cursor)
    assert read and not any("revision" in one for one in read)
    room.write(3, NEWER)
    read.clear()
    assert [card["text"] for card in wall.changes(cursor)["cards"]] == [NEWER]
    assert sum("revision" in one for one in read) == 1
    sa.event.remove(engine, "before_cursor_execute", note)


def test_after_a_restore_nothing_is_on_a_screen_until_it_is_shown_again(sqlite_store, study, tmp_path):
    room = Class(sqlite_store, study)
    room.write(1)
    room.agree(1)
    do(room.wall(), "show")
    Backups(sqlite_store).back_up(tmp_path / "backup.sqlite3")
    do(room.wall(), "hide")
    Backups(sqlite_store).restore(tmp_path / "backup.sqlite3", overwrite=True)
    assert (only(room.wall())["shown"], texts(room.wall())) == (False, [])
