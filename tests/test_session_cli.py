"""The instructor's commands: a session opened, listed, shown, moved and closed; a rehearsal with invented answers."""

import re
from dataclasses import replace
from pathlib import Path

import commands
import pytest

from coprod_widgets.apps.demo import TITLE, WORD, rehearse
from coprod_widgets.errors import CoprodError
from coprod_widgets.exports.csv_file import read_csv
from coprod_widgets.store.phases import SECTION_PHASES
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.sessions import PHASES, ClassSession
from coprod_widgets.store.wall import Wall
from coprod_widgets.study.self_study import SelfStudy


def coprod(*arguments, store):
    return commands.coprod(*arguments, "--store", store)


def said(*arguments, store):
    done = coprod(*arguments, store=store)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def refused(*arguments, store):
    done = coprod(*arguments, store=store)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def shown_phases(session, *, store):
    """The phases that `coprod session show` tells: the session's, then each part that is apart from it."""
    _, phase, _ = said("session", "show", session.code, store=store).splitlines()
    return re.findall(rf"\b(?:[a-d]|{'|'.join(PHASES)})\b", phase)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "new.sqlite3"


def test_a_session_is_opened_listed_moved_and_closed_from_a_terminal(file):
    assert "coprod session open" in refused("session", "list", store=file)
    assert not file.exists()
    told = said("session", "open", "--title", "Nursing 2", "--keep-until", "2099-01-31", store=file)
    (session,) = ClassSession.all(ResponseStore(file))
    assert re.search(rf"\b{session.code}\b.*\n.*\?session={session.code}\b", told)
    listed = said("session", "list", store=file)
    assert session.code in listed and "joining" in listed and "Nursing 2" in listed
    assert "writing" in said("session", "move", session.code, "writing", store=file)
    assert re.search(r" \d\d:\d\d\b", said("session", "timer", session.code, "15", store=file))
    assert not re.search(r"\d\d:\d\d", said("session", "timer", session.code, "0", store=file))
    assert "closed" in said("session", "close", session.name, store=file)
    named, phase, learners = said("session", "show", session.code, store=file).splitlines()
    assert session.name in named and re.search(r"\bclosed\b.*\b2099-01-31\b", phase)
    assert re.findall(r"\d+", learners) == ["0"] * 4


def test_one_part_is_moved_by_its_letter_or_its_key_and_show_says_which_are_apart(file):
    said("session", "open", "--title", "Nursing 2", store=file)
    (session,) = ClassSession.all(ResponseStore(file))
    said("session", "move", session.code, "writing", store=file)
    told = said("session", "move", session.code, "sharing", "--section", "b", store=file)
    assert re.fullmatch(r".*\bb\b.*Nursing 2.*\bsharing\b.*\n", told)
    said("session", "move", session.code, "closed", "--section", "what_helped", store=file)
    assert shown_phases(session, store=file) == ["writing", "b", "sharing", "c", "closed"]
    said("session", "move", session.code, "discussion", store=file)
    assert shown_phases(session, store=file) == ["discussion"]


def test_a_part_that_is_not_there_is_told_in_one_line(study, sqlite_store):
    other = ClassSession.open(replace(study, key="another"), sqlite_store, title="Another")
    lesson = ClassSession.open(study, sqlite_store, title="Nursing 2")

    def move(session, phase, part):
        return refused("session", "move", session.code, phase, "--section", part, store=sqlite_store)

    assert [section.key in move(lesson, "sharing", "e") for section in study.sections] == [True] * 4
    assert re.search(rf"\bjoining\b.*\bb\b.*{'.*'.join(SECTION_PHASES)}", move(lesson, "joining", "b"))
    assert re.search(r"\banother\b.*--study", move(other, "sharing", "b"))


def test_a_session_opened_from_a_terminal_says_whom_learners_can_turn_to(file):
    said("session", "open", "--title", "Nursing 2", "--support", "Student health: 036", store=file)
    (session,) = ClassSession.all(ResponseStore(file))
    assert session.support == "Student health: 036"
    assert "Learners are told: Student health: 036\n" in said("session", "show", session.code, store=file)
    assert "support" in refused("session", "open", "--title", "B", "--support", "x" * 201, store=file)


def test_what_is_wrong_is_said_in_one_line(file):
    said("session", "open", "--title", "Nursing 2", store=file)
    assert "coprod session list" in refused("session", "close", "nobody", store=file)
    (session,) = ClassSession.all(ResponseStore(file))
    assert re.search(rf"\blunch\b.*{'.*'.join(PHASES)}", refused("session", "move", session.name, "lunch", store=file))
    assert "title" in refused("session", "open", "--title", " ", store=file)
    assert "soon" in refused("session", "open", "--title", "x", "--keep-until", "soon", store=file)


def test_a_rehearsal_fills_a_session_of_its_own_which_says_that_it_is_practice(file, study):
    told = said("demo", "--learners", "5", store=file)
    store = ResponseStore(file)
    (session,) = ClassSession.all(store)
    first, last = told.splitlines()
    assert session.title == TITLE and session.code in first
    assert re.search(rf"\b{len(list(store.rows()))} .*{TITLE}", last)
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
    assert re.findall(r"\d+ [a-z]+", told) == ["1 row", "1 learner", "0 learners"]
    assert "coprod session list" in refused(
        "export", "--session", "ABC-DEF", "-o", str(tmp_path / "no.csv"), store=file
    )


def test_a_rehearsal_says_how_many_learners_there_are_when_more_were_asked_for(file):
    told = said("demo", "--learners", "1000", store=file)
    assert re.search(r"\b54 learners\b.*\b1000\b", told.splitlines()[-1])


@pytest.mark.parametrize(
    "words",
    ["session list", "session show A", "session move A writing", "session timer A 5", "session close A", "demo A"],
)
def test_a_slip_in_a_stores_name_makes_no_store(file, words):
    assert str(file) in refused(*words.split(), store=file)
    assert not file.exists()


def test_what_cannot_be_opened_makes_no_store(file):
    for more in (["--title", " "], ["--title", "x", "--keep-until", "2020-01-31"]):
        refused("session", "open", *more, store=file)
    assert not file.exists()


def test_no_clock_runs_in_a_closed_session(file):
    said("session", "open", "--title", "Nursing 2", store=file)
    (session,) = ClassSession.all(ResponseStore(file))
    said("session", "close", session.code, store=file)
    assert "closed" in refused("session", "timer", session.code, "5", store=file)
    said("session", "timer", session.code, "0", store=file)


def test_invented_answers_never_go_among_real_ones(file, study, sqlite_store):
    lesson = ClassSession.open(study, sqlite_store, title="Nursing 2")
    practice = ClassSession.open(study, sqlite_store, title="Nursing 2, practice")
    learner = sqlite_store.enrol("0f" * 16)
    sqlite_store.save(learner, "what_happened", "It was mine.", base=0, session=practice.name, study=study)
    shut = ClassSession.open(study, sqlite_store, title="Nursing 2, practice")
    shut.moved(sqlite_store, "closed", section=study.section("b"))
    for session, why in ((lesson, WORD), (practice, "already"), (shut, study.title)):
        with pytest.raises(CoprodError, match=why):
            rehearse(sqlite_store, session, study)
    assert len(list(sqlite_store.rows())) == 1


def own_study(tmp_path, *changes):
    """The file of an own self-study, with other words in it."""
    text = (Path(__file__).parent / "data" / "home_care.en.yaml").read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (tmp_path / "own.en.yaml").write_text(text)
    return str(tmp_path / "own.en.yaml")


def test_other_words_under_the_same_version_open_no_session_and_pass_no_check(file, tmp_path):
    said("session", "open", "--title", "Monday", "--study", own_study(tmp_path), store=file)
    change = ("Who helped?", "Who did not help?")
    other = own_study(tmp_path, change)
    assert "raise version to 2" in refused("session", "open", "--title", "Friday", "--study", other, store=file)
    assert "who_helped" in refused("check", other, store=file)
    assert "no mistakes" in said("check", own_study(tmp_path, change, ("version: 1", "version: 2")), store=file)


def test_a_check_counts_the_answers_under_keys_that_a_file_no_longer_asks(file, tmp_path):
    own = SelfStudy.load(own_study(tmp_path))
    with ResponseStore(file) as store:
        store.prepare()
        for device in ("0a" * 16, "0b" * 16):
            store.save(store.enrol(device), "who_helped", "A neighbour.", base=0, session="self-paced", study=own)
    renamed = own_study(tmp_path, ("key: who_helped", "key: who_was_there"))
    assert "2 answers are stored under who_helped" in said("check", renamed, store=file)


def test_self_paced_answers_can_be_exported_alone_and_practice_is_left_out(file, study, tmp_path):
    said("demo", "--learners", "2", store=file)
    with ResponseStore(file) as store:
        for session in ("self-paced", ClassSession.open(study, store, title="Nursing 3").name):
            learner, course = store.enrol(session), {"session": session, "study": study}
            store.save(learner, "what_happened", f"In {session}.", base=0, **course)
            store.agree(learner, "research", True, version=1, language="en", **course)
    told = said("export", "-o", str(tmp_path / "all.csv"), store=file)
    assert "2 rows" in told and "0 learners" in told and "Practice session" in told
    said("export", "--session", "self-paced", "-o", str(tmp_path / "alone.csv"), store=file)
    assert read_csv(tmp_path / "alone.csv")["text"].tolist() == ["In self-paced."]
    said("export", "--session", "nursing 3", "-o", str(tmp_path / "class.csv"), store=file)
    assert set(read_csv(tmp_path / "class.csv")["session"]) < set(read_csv(tmp_path / "all.csv")["session"])
    assert "'self-paced'" in refused("export", "--session", "typo", "-o", str(tmp_path / "no.csv"), store=file)


def test_a_title_in_the_store_steers_no_terminal(file):
    """A title is checked where it is typed; a store may come from elsewhere."""
    said("session", "open", "--title", "Nursing 2", store=file)
    with ResponseStore(file) as store:
        (session,) = ClassSession.all(store)
        with store.database.writing() as connection:
            connection.exec_driver_sql("UPDATE session SET title = ?", ("\x1b]0;Taken\x07\x1b[2J\nNursing\u202e 2",))
    for command in ("list", "show", "move", "close"):
        which = [] if command == "list" else [session.code]
        told = said("session", command, *which, *(["writing"] if command == "move" else []), store=file)
        assert "Nursing" in told and len(told.splitlines()) == (3 if command == "show" else 1)
        assert all(letter.isprintable() for letter in told.replace("\n", ""))
