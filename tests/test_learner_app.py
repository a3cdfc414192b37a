"""What the served notebook calls: a form whose answers go into the store."""

from dataclasses import replace
from datetime import date

import pytest

from coprod_widgets import SelfStudy, open_self_study
from coprod_widgets.apps.learner import StoreBackend
from coprod_widgets.errors import JoinRefused, LearnerGone, ResumeRefused
from coprod_widgets.store.sessions import FREE_FAILURES, ClassSession, Sessions
from coprod_widgets.store.settings import SESSION, STORE
from coprod_widgets.widgets.backends.form import ClassInfo

DEVICE, TEXT = "0f" * 16, "He carried the oxygen, I carried the tickets."
STUDY = SelfStudy.load()


@pytest.fixture
def backend(sqlite_store):
    return StoreBackend(sqlite_store, STUDY)


def test_the_form_writes_into_the_store_the_server_was_started_with(sqlite_store, tmp_path, monkeypatch):
    monkeypatch.setenv(STORE, str(tmp_path / "responses.sqlite3"))
    form = open_self_study()
    form.backend.save(DEVICE, "what_happened", TEXT, 0)
    (row,) = sqlite_store.rows()
    assert (row["session"], row["text"]) == (SESSION, TEXT)


def test_a_notebook_prepares_its_store_and_a_served_kernel_does_not(tmp_path, monkeypatch):
    monkeypatch.setenv(STORE, str(tmp_path / "new.sqlite3"))
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    assert open_self_study().whole_page and not (tmp_path / "new.sqlite3").exists()
    monkeypatch.delenv("SERVER_SOFTWARE")
    assert not open_self_study().whole_page and (tmp_path / "new.sqlite3").exists()


def test_somebody_new_is_enrolled_by_the_first_text_only(backend, sqlite_store):
    assert backend.hello(DEVICE) is None
    backend.place(DEVICE, "what_helped")
    assert (backend.hello(DEVICE), backend.code(DEVICE, ""), backend.revisions(DEVICE, "what_happened")) == (
        None,
        None,
        [],
    )
    backend.save(DEVICE, "what_happened", TEXT, 0)
    assert backend.hello(DEVICE).answers["what_happened"].text == TEXT


def test_a_text_written_on_one_that_was_deleted_waits_for_the_learner(backend):
    backend.save(DEVICE, "what_happened", TEXT, 0)
    assert backend.delete(DEVICE) == (1, 1)
    for call in (lambda: backend.save(DEVICE, "what_happened", TEXT, 1), lambda: backend.hand_in(DEVICE)):
        with pytest.raises(LearnerGone):
            call()


def test_a_known_code_is_kept_and_a_lost_one_replaced(backend):
    backend.save(DEVICE, "what_happened", TEXT, 0)
    code = backend.code(DEVICE, "")
    assert backend.code(DEVICE, code) == code
    assert backend.code(DEVICE, "0000-0000-0000-0000") not in (code, None)


@pytest.fixture
def served(sqlite_store, tmp_path, monkeypatch):
    """A served page that is opened at an address."""
    monkeypatch.setenv(STORE, str(tmp_path / "responses.sqlite3"))
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")

    def open_at(query):
        monkeypatch.setenv("QUERY_STRING", query)
        return open_self_study().backend

    return open_at


@pytest.mark.parametrize("as_typed", ["{}", "{}&x=1", "x=1&session={}"])
def test_a_link_with_a_code_opens_the_page_of_that_class(served, sqlite_store, as_typed):
    lesson = ClassSession.open(STUDY, sqlite_store, title="Nursing 2")
    query = as_typed.format(lesson.code if "session" in as_typed else f"session={lesson.code}")
    backend = served(query)
    assert (backend.session, backend.course.title, backend.course.refused) == (lesson.name, "Nursing 2", False)


@pytest.mark.parametrize("query", ["session=QQQ-QQQ", "session=%00%ff", f"session={'x' * 5000}"])
def test_a_link_with_a_wrong_code_leaves_its_learner_writing_on_their_own(served, query):
    backend = served(query)
    assert (backend.session, backend.course.name, backend.course.refused) == (SESSION, "", True)


@pytest.mark.parametrize("query", ["", "session=", "other=1", "&&="])
def test_a_page_without_a_code_is_self_paced(served, query):
    backend = served(query)
    assert (backend.session, backend.course.refused, backend.phases()["phase"]) == (SESSION, False, "writing")


def test_a_class_on_another_self_study_is_not_opened_with_this_one(served, sqlite_store):
    lesson = ClassSession.open(replace(STUDY, key="another"), sqlite_store, title="Nursing 2")
    backend = served(f"session={lesson.code}")
    assert (backend.session, backend.course.refused) == (SESSION, True)
    with pytest.raises(JoinRefused):
        backend.join(lesson.code)


def test_the_last_day_is_that_of_the_class(served, sqlite_store):
    lesson = ClassSession.open(STUDY, sqlite_store, title="Nursing 2", keep_until=date(2099, 1, 31))
    assert served(f"session={lesson.code}").until() == lesson.retain_until


# Codes, and whoever guesses them

WRONG = "0000-0000-0000-0000"


@pytest.fixture
def pages(store, clock):
    """New pages on one store, each with a kernel of its own."""
    return lambda **how: StoreBackend(store, STUDY, now=clock, **how)


def wait_of(call, *args):
    with pytest.raises((ResumeRefused, JoinRefused)) as caught:
        call(*args)
    return caught.value.wait


def test_a_page_that_tries_resume_codes_is_slowed_down(pages, store, clock):
    page, code = pages(), store.issue_resume_code(store.enrol("a5" * 16))
    assert [wait_of(page.resume, DEVICE, WRONG) for _ in range(6)] == [0, 0, 0, 0, 1, 1]
    assert wait_of(page.resume, DEVICE, code) == 1  # not looked at
    clock.forward(1)
    page.resume(DEVICE, code)
    assert store.learner(DEVICE) == store.learner("a5" * 16)


def test_nobody_who_guesses_resume_codes_keeps_others_from_theirs(pages, store, clock):
    guessing, code = pages(), store.issue_resume_code(store.enrol("a5" * 16))
    for _ in range(60):
        wait_of(guessing.resume, "b7" * 16, WRONG)
        clock.forward(1)
    pages().resume(DEVICE, code)
    assert store.learner(DEVICE) == store.learner("a5" * 16)


def test_a_page_opened_with_a_wrong_join_code_is_looked_at_again_however_many_guess(pages, store, clock):
    lesson, page = ClassSession.open(STUDY, store, title="Nursing 2"), pages(course=ClassInfo(refused=True))
    rooms, wait = Sessions(store, now=clock), None
    for _ in range(FREE_FAILURES):
        wait_of(lambda: rooms.join("QQQ-QQQ", first=True))
    for _ in range(62):  # and as many in every minute from then on, for a minute and longer
        wait_of(lambda: rooms.join("QQQ-QQQ", first=True))
        wait = wait_of(page.join, lesson.code) if wait is None else wait
        clock.forward(1)
    assert 0 < wait <= 60
    page.join(lesson.code)


def test_looks_at_join_codes_stay_few_for_a_page_that_goes_on_guessing(pages, clock):
    pages_that_guess, looks = [pages() for _ in range(3)], 0
    for _ in range(120):
        looks += sum(wait_of(page.join, "QQQ-QQQ") == 0 for page in pages_that_guess)
        clock.forward(1)
    assert looks <= 3 * FREE_FAILURES  # half of what they tried: sixty at once, and then sixty a minute
