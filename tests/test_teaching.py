"""What the instructor's notebook calls."""

from dataclasses import replace

import pytest

from coprod_widgets.apps.teaching import (
    ADDRESS,
    backend,
    class_link,
    find_class,
    join_panel,
    latest_class,
    open_class,
    wall,
)
from coprod_widgets.errors import CoprodError, WordingChanged
from coprod_widgets.serving import lab
from coprod_widgets.store.sessions import ClassSession, Sessions
from coprod_widgets.store.settings import STORE
from coprod_widgets.store.study_versions import StudyVersions


@pytest.fixture
def lesson(sqlite_store):
    return open_class("Nursing 2", store=sqlite_store)


def test_running_the_cell_again_finds_the_same_class(sqlite_store, lesson):
    assert open_class("  Nursing  2 ", store=sqlite_store) == lesson
    assert find_class(lesson.code, store=sqlite_store) == lesson
    assert open_class("Nursing 3", store=sqlite_store) != lesson
    assert len(ClassSession.all(sqlite_store)) == 2


def test_the_projector_follows_the_class_that_was_opened_last(sqlite_store, lesson):
    assert latest_class(store=sqlite_store) == lesson
    later = open_class("Nursing 3", store=sqlite_store)
    assert latest_class(store=sqlite_store) == later


def test_before_a_class_is_opened_the_projector_says_what_to_do(sqlite_store):
    with pytest.raises(CoprodError, match="teach/session.ipynb"):
        latest_class(store=sqlite_store)


def test_a_closed_class_is_not_opened_again_by_its_title(sqlite_store, lesson):
    lesson.closed(sqlite_store)
    with pytest.warns(UserWarning, match=f"find_class\\('{lesson.name}'\\)"):
        later = open_class("Nursing 2", store=sqlite_store)
    assert later.name != lesson.name
    assert open_class("Nursing 2", store=sqlite_store) == latest_class(store=sqlite_store) == later
    assert latest_class(store=sqlite_store).name == later.closed(sqlite_store).name


def test_a_practice_session_is_followed_only_where_there_is_no_class(sqlite_store, study):
    def practice(title):
        name = ClassSession.open(study, sqlite_store, title=title).name
        Sessions(sqlite_store).mark_practice(name)
        return name

    rehearsal = practice("Rehearsal")
    assert latest_class(store=sqlite_store).name == rehearsal
    lesson = open_class("Nursing 2", store=sqlite_store)
    practice("Rehearsal again")
    assert latest_class(store=sqlite_store) == lesson


@pytest.mark.parametrize("show", [wall, join_panel, backend])
def test_other_words_under_the_same_version_are_on_no_wall(sqlite_store, study, lesson, show):
    StudyVersions(sqlite_store).record(study)
    first, *others = study.sections
    question = replace(first.questions[0], prompt="What went wrong?")
    other = replace(study, sections=(replace(first, questions=(question, *first.questions[1:])), *others))
    with pytest.raises(WordingChanged, match="raise version to 2"):
        show(lesson, study=other, store=sqlite_store)


def test_the_day_that_learners_are_told_can_be_set_while_the_class_writes(sqlite_store, lesson):
    assert open_class("Nursing 2", keep_until="2099-06-30", store=sqlite_store).name == lesson.name
    assert f"{find_class(lesson.name, store=sqlite_store).retain_until:%Y-%m-%d}" == "2099-06-30"
    with pytest.raises(ValueError, match="isoformat"):
        open_class("Nursing 2", keep_until="30 June", store=sqlite_store)


def test_a_session_says_whom_its_learners_can_turn_to(sqlite_store, lesson, study):
    told = "Student health:  036-10 10 10"
    again = open_class(lesson.title, support=told, store=sqlite_store)
    assert (again.name, again.support) == (lesson.name, "Student health: 036-10 10 10")
    assert open_class(lesson.title, store=sqlite_store).support == again.support  # a restart keeps it
    assert open_class("Thursday", support=told, store=sqlite_store).support == again.support
    assert open_class(lesson.title, support="", store=sqlite_store).support is None
    for wrong in ("x" * 201, "ring \u202e me"):
        with pytest.raises(CoprodError, match="support"):
            open_class(lesson.title, support=wrong, store=sqlite_store)


def test_the_notebook_uses_the_store_and_the_address_that_coprod_teach_named(tmp_path, lesson, monkeypatch):
    monkeypatch.setenv(STORE, str(tmp_path / "responses.sqlite3"))
    monkeypatch.setenv(ADDRESS, "https://192.0.2.7:8866/")
    assert find_class(lesson.name) == lesson
    assert class_link(lesson) == f"https://192.0.2.7:8866/?session={lesson.code}"
    assert class_link(lesson, address="http://learn.example") == f"http://learn.example/?session={lesson.code}"
    assert lab.ADDRESS == ADDRESS


def test_a_keeper_moves_its_class_and_tells_where_it_is(sqlite_store, lesson):
    kept = backend(lesson, store=sqlite_store)
    kept.move("sharing")
    assert find_class(lesson.name, store=sqlite_store).phase == "sharing"
    counts = {"joined": 0, "writing": 0, "handed_in": 0, "agreed": 0}
    assert kept.counts() == {"phase": "sharing", "sections": {}, "left": None, "counts": counts}


def test_a_keeper_moves_one_section_of_its_own_self_study(sqlite_store, lesson):
    kept = backend(lesson, store=sqlite_store)
    kept.move("sharing", "what_helped")
    assert (kept.counts()["phase"], kept.counts()["sections"]) == ("joining", {"what_helped": "sharing"})
    with pytest.raises(CoprodError, match="'what_hurt'.*what_helped"):
        kept.move("sharing", "what_hurt")


def test_a_wall_on_another_self_study_is_refused(sqlite_store, lesson, study):
    with pytest.raises(ValueError, match="another"):
        backend(lesson, study=replace(study, key="another"), store=sqlite_store)


def played(widget, ask, **content):
    """The widget's reply to what its page asks."""
    heard = []
    widget.send = lambda content, buffers=None: heard.append(content)
    widget._handle_custom_msg({"id": "p-1", "ask": ask, **content}, [])
    (reply,) = heard
    return reply


def test_the_panel_shows_the_way_in_and_the_wall_what_arrives(sqlite_store, lesson, study):
    panel = join_panel(lesson, address="http://192.0.2.7:8866", store=sqlite_store)
    told = played(panel, "hello")
    assert (told["code"], told["link"]) == (lesson.code, f"http://192.0.2.7:8866/?session={lesson.code}")
    course = {"session": lesson.name, "study": study}
    learner = sqlite_store.enrol("0f" * 16)
    sqlite_store.save(learner, "what_happened", "She sat down.", base=0, **course)
    sqlite_store.agree(learner, "class", True, version=2, language="en", **course)
    assert played(panel, "counts")["counts"]["agreed"] == 1
    moderated, projected = wall(lesson, store=sqlite_store), wall(lesson, projector=True, store=sqlite_store)
    (head,) = played(moderated, "changes", cursor="")["heads"]
    assert played(projected, "shown")["shown"] == []
    seen = {"card": head["id"], "version": head["version"], "number": head["number"]}
    assert played(moderated, "texts", ids=[seen["card"]], covered=False)["texts"]
    assert played(moderated, "act", action="show", covered=False, **seen)["ok"]
    assert [one["id"] for one in played(projected, "shown")["shown"]] == [head["id"]]
    assert played(moderated, "move", phase="sharing")["ok"]
    assert played(panel, "counts")["phase"] == "sharing"
