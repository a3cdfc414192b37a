"""The instructor's commands: a session opened, listed, shown, moved and closed; a rehearsal with invented answers."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from coprod_widgets.rehearsal import rehearse
from coprod_widgets.sessions import ClassSession
from coprod_widgets.store import ResponseStore
from coprod_widgets.walls import Wall


def coprod(*arguments, store):
    command = [sys.executable, "-m", "coprod_widgets.cli", *map(str, arguments), "--store", str(store)]
    return subprocess.run(command, capture_output=True, text=True)


def said(*arguments, store):
    done = coprod(*arguments, store=store)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def refused(*arguments, store):
    done = coprod(*arguments, store=store)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


@pytest.fixture
def file(tmp_path):
    return tmp_path / "new.sqlite3"


def test_a_session_is_opened_listed_moved_and_closed_from_a_terminal(file):
    assert "There is no session" in said("session", "list", store=file)
    told = said("session", "open", "--title", "Nursing 2", "--keep-until", "2099-01-31", store=file)
    (session,) = ClassSession.all(ResponseStore(file))
    assert f"join code is {session.code}" in told and f"?session={session.code}" in told
    listed = said("session", "list", store=file)
    assert session.code in listed and "joining" in listed and "Nursing 2" in listed
    assert "phase writing" in said("session", "move", session.code, "writing", store=file)
    assert re.search(r"has time until \d\d:\d\d\.", said("session", "time", session.code, "15", store=file))
    assert "is stopped" in said("session", "time", session.code, "0", store=file)
    assert "is closed" in said("session", "close", session.name, store=file)
    shown = said("session", "show", session.code, store=file)
    assert "Phase: closed since" in shown and "kept until 2099-01-31" in shown
    assert "0 joined, 0 wrote, 0 handed in, 0 agreed" in shown


def test_one_part_is_moved_by_its_letter_or_its_key_and_show_says_which_are_apart(file):
    said("session", "open", "--title", "Nursing 2", store=file)
    (session,) = ClassSession.all(ResponseStore(file))
    said("session", "move", session.code, "writing", store=file)
    told = said("session", "move", session.code, "sharing", "--section", "b", store=file)
    assert told == "Part b of Nursing 2 is in the phase sharing.\n"
    said("session", "move", session.code, "closed", "--section", "what_helped", store=file)
    assert "Phase: writing. Part b: sharing. Part c: closed. " in said("session", "show", session.code, store=file)
    said("session", "move", session.code, "discussion", store=file)
    assert "Phase: discussion. No last day" in said("session", "show", session.code, store=file)


def test_a_part_that_is_not_there_is_told_in_one_line(study, sqlite_store):
    other = ClassSession.open(replace(study, key="another"), sqlite_store, title="Another")
    lesson = ClassSession.open(study, sqlite_store, title="Nursing 2")

    def move(session, phase, part):
        return refused("session", "move", session.code, phase, "--section", part, store=sqlite_store)

    assert "it has a (a_time_it_worked), b" in move(lesson, "sharing", "e")
    assert "for part b; there are writing" in move(lesson, "joining", "b")
    assert "with --study" in move(other, "sharing", "b")


def test_what_is_wrong_is_said_in_one_line(file):
    assert "coprod session list" in refused("session", "close", "nobody", store=file)
    said("session", "open", "--title", "Nursing 2", store=file)
    (session,) = ClassSession.all(ResponseStore(file))
    assert "no phase 'lunch'" in refused("session", "move", session.name, "lunch", store=file)
    assert "title" in refused("session", "open", "--title", " ", store=file)
    assert "not a day" in refused("session", "open", "--title", "x", "--keep-until", "soon", store=file)


def test_a_rehearsal_fills_a_session_of_its_own_which_says_that_it_is_practice(file, study):
    told = said("demo", "--learners", "5", store=file)
    store = ResponseStore(file)
    (session,) = ClassSession.all(store)
    assert told.index(session.code) < told.index("invented answers in Practice session")
    told = Wall(store, session.name, study).changes("")
    assert (told["counts"]["agreed"], told["counts"]["handed_in"]) == (5, 5)
    assert len(told["cards"]) >= 20 and not any(card["shown"] for card in told["cards"])
    assert not any(row["research_use"] for row in store.rows())


def test_one_session_is_exported_by_its_code(file, study, tmp_path):
    said("demo", "--learners", "5", store=file)
    store = ResponseStore(file)
    lesson = ClassSession.open(study, store, title="Nursing 2")
    learner = store.enrol("0f" * 16)
    course = {"session": lesson.name, "study": study}
    store.save(learner, "what_happened", "It was mine.", base=0, **course)
    store.agree(learner, "research", True, version=1, language="en", **course)
    told = said("export", "--session", lesson.code, "-o", str(tmp_path / "answers.csv"), store=file)
    assert "Wrote 1 row from 1 learner" in told and "Left out: 0 learners" in told
    assert "coprod session list" in refused(
        "export", "--session", "ABC-DEF", "-o", str(tmp_path / "no.csv"), store=file
    )


def test_invented_answers_never_go_among_real_ones(file, study, sqlite_store):
    lesson = ClassSession.open(study, sqlite_store, title="Nursing 2")
    practice = ClassSession.open(study, sqlite_store, title="Nursing 2, practice")
    learner = sqlite_store.enrol("0f" * 16)
    sqlite_store.save(learner, "what_happened", "It was mine.", base=0, session=practice.name, study=study)
    shut = ClassSession.open(study, sqlite_store, title="Nursing 2, practice")
    shut.moved(sqlite_store, "closed", section=study.section("b"))
    for session in (lesson, practice, shut):
        with pytest.raises(Exception, match="title says 'practice'|answers in that session already|an open session"):
            rehearse(sqlite_store, session, study)
    assert len(list(sqlite_store.rows())) == 1
