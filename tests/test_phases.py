"""A section in a phase of its own: what it stores and shows, and how the class comes together again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from coprod_widgets.apps.learner import StoreBackend
from coprod_widgets.errors import CoprodError, SessionClosed
from coprod_widgets.store import tables
from coprod_widgets.store.phases import SECTION_PHASES, Phases
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.sessions import PHASES, ClassSession, Sessions
from coprod_widgets.store.wall import Wall
from coprod_widgets.widgets.backends.form import ClassInfo

A, B, C = "a_time_it_worked", "relationship_and_action", "what_helped"
IN_A, IN_B, IN_C = "what_happened", "professional_plan", "resources_and_supports"
ANA, BEN = "0f" * 16, "a5" * 16


@pytest.fixture
def lesson(store, study):
    return ClassSession.open(study, store, title="Tuesday").moved(store, "writing")


@pytest.fixture
def move(store, study, lesson):
    """Move a section, or the class, and say which sections are apart then."""

    def move(phase, section=None):
        lesson.moved(store, phase, section=None if section is None else study.section(section))
        found = Sessions(store).phases(lesson.name)
        return {"phase": found.session, "sections": found.sections}

    return move


@pytest.fixture
def write(store, study, lesson):
    course = {"session": lesson.name, "study": study}

    def write(question, text="She sat down.", base=0, device=ANA):
        return store.save(store.enrol(device), question, text, base=base, **course)

    return write


def test_a_section_moves_by_itself_and_back_to_its_class(move):
    assert move("closed", "b") == {"phase": "writing", "sections": {B: "closed"}}
    assert move("sharing", C) == {"phase": "writing", "sections": {B: "closed", C: "sharing"}}
    assert move("discussion", "b")["sections"] == {C: "sharing", B: "discussion"}
    assert move("writing", "b")["sections"] == {C: "sharing"}


@pytest.mark.parametrize("phase", PHASES)
def test_a_class_that_moves_is_together_again(move, phase):
    move("sharing", "b")
    assert move(phase) == {"phase": phase, "sections": {}}


def test_a_section_writes_with_a_class_that_still_joins(move):
    move("joining")
    assert move("closed", "b")["sections"] == {B: "closed"}
    assert move("writing", "b")["sections"] == {}


def test_in_a_closed_session_no_section_is_open(move, store, lesson):
    move("closed")
    for phase in SECTION_PHASES[:-1]:
        with pytest.raises(CoprodError, match="closed"):
            move(phase, "b")
    assert move("closed", "b") == {"phase": "closed", "sections": {}}


def test_a_wrong_phase_or_section_is_told_what_there_is(move):
    for phase in ("joining", "lunch"):
        with pytest.raises(CoprodError, match=rf"'{phase}'.*\bb\b.*{', '.join(SECTION_PHASES)}"):
            move(phase, "b")
    for section in ("e", "", "x" * 500, IN_B):
        with pytest.raises(CoprodError, match=rf"\ba\b.*{A}.*\bb\b.*{B}") as refused:
            move("sharing", section)
        assert len(str(refused.value)) < 250
    assert move("writing")["sections"] == {}


def test_one_session_s_sections_are_none_of_another_s(move, store, study):
    other = ClassSession.open(study, store, title="Friday")
    move("closed", "b")
    assert Sessions(store).phases(other.name) == Phases(session="joining")
    other.moved(store, "sharing")
    assert move("closed", "c")["sections"] == {B: "closed", C: "closed"}


def test_a_closed_section_takes_no_text_while_the_others_do(move, write, store, study, lesson):
    kept = write(IN_B)
    move("closed", "b")
    for late in (lambda: write(IN_B, "More.", base=1), lambda: write(IN_B, device=BEN)):
        with pytest.raises(SessionClosed) as refused:
            late()
        assert refused.value.section == B
    assert write(IN_B) == kept  # an answer that was lost on its way back
    assert write(IN_C).number == 1
    assert store.hand_in(store.enrol(ANA), session=lesson.name, study=study).answers[IN_B] == kept
    move("writing", "b")
    assert write(IN_B, "More.", base=1).number == 2


def test_a_closed_session_closes_its_open_sections_too(move, write):
    move("sharing", "b")
    move("closed")
    with pytest.raises(SessionClosed) as refused:
        write(IN_B)
    assert refused.value.section == ""


def test_a_role_is_written_on_the_first_section_s_page(study, move, write):
    assert study.section_of("role_professional") == study.sections[0]
    move("closed", "a")
    with pytest.raises(SessionClosed):
        write("role_professional", "nurse")


def test_two_who_move_the_same_section_at_once_leave_one_phase(address, study):
    with ResponseStore(address) as store:
        store.prepare()
        lesson = ClassSession.open(study, store, title="Tuesday")
        with ThreadPoolExecutor(4) as pool:
            moves = [
                pool.submit(lesson.moved, store, phase, section=study.section("b")) for phase in SECTION_PHASES * 3
            ]
            assert [one.exception() for one in moves] == [None] * 12
        with store.database.reading() as connection:
            kept = connection.scalars(sa.select(tables.section_phases.c.section)).all()
        assert kept in ([], [B])


@pytest.mark.parametrize("phase", SECTION_PHASES)
def test_classmates_are_read_where_a_section_shares_and_only_after_ones_own(move, write, store, study, lesson, phase):
    for question in (IN_B, IN_C):
        write(question, device=BEN)
    agreed = {"version": 2, "language": "en", "session": lesson.name, "study": study}
    store.agree(store.enrol(BEN), "class", True, **agreed)
    wall = Wall(store, lesson.name, study)
    for card in wall.changes("")["cards"]:
        wall.act(card["id"], "show", card["number"], version=card["version"])
    backend = StoreBackend(store, study, session=lesson.name, course=ClassInfo(name=lesson.name))
    write(IN_C, device=ANA)
    move(phase, "b")
    assert backend.classmates(ANA) == []  # c is not read yet, and b not answered
    move("sharing")
    write(IN_B, device=ANA)
    assert [one.question for one in backend.classmates(ANA)] == [IN_B, IN_C]
    move("writing")
    move(phase, "b")
    assert [one.question for one in backend.classmates(ANA)] == ([] if phase == "writing" else [IN_B])


def test_every_wall_is_told_which_sections_are_apart(move, store, study, lesson):
    wall, other = Wall(store, lesson.name, study), Wall(store, lesson.name, study)
    cursor = other.changes("")["cursor"]
    move("discussion", "b")
    assert wall.counts()["sections"] == other.changes(cursor)["sections"] == {B: "discussion"}


def test_a_key_goes_before_a_letter(study):
    odd = replace(study, sections=(study.sections[0], replace(study.sections[1], key="a")))
    assert odd.section("a") is odd.sections[1] and odd.section("b") is odd.sections[1]
