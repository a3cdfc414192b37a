"""What the served notebook calls: a form whose answers go into the store."""

import pytest

from coprod_widgets import SelfStudy, open_self_study
from coprod_widgets.errors import LearnerGone
from coprod_widgets.learner_app import SESSION, STORE, StoreKeeper

DEVICE, TEXT = "0f" * 16, "He carried the oxygen, I carried the tickets."
STUDY = SelfStudy.load()


@pytest.fixture
def keeper(sqlite_store):
    return StoreKeeper(sqlite_store, STUDY)


def test_the_form_writes_into_the_store_the_server_was_started_with(sqlite_store, tmp_path, monkeypatch):
    monkeypatch.setenv(STORE, str(tmp_path / "responses.sqlite3"))
    form = open_self_study()
    form.keeper.save(DEVICE, "what_happened", TEXT, 0)
    (row,) = sqlite_store.rows()
    assert (row["session"], row["text"]) == (SESSION, TEXT)


def test_a_notebook_prepares_its_store_and_a_served_kernel_does_not(tmp_path, monkeypatch):
    monkeypatch.setenv(STORE, str(tmp_path / "new.sqlite3"))
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    assert open_self_study().whole_page and not (tmp_path / "new.sqlite3").exists()
    monkeypatch.delenv("SERVER_SOFTWARE")
    assert not open_self_study().whole_page and (tmp_path / "new.sqlite3").exists()


def test_somebody_new_is_enrolled_by_the_first_text_only(keeper, sqlite_store):
    assert keeper.hello(DEVICE) is None
    keeper.place(DEVICE, "what_helped")
    assert (keeper.hello(DEVICE), keeper.code(DEVICE, ""), keeper.revisions(DEVICE, "what_happened")) == (
        None,
        None,
        [],
    )
    keeper.save(DEVICE, "what_happened", TEXT, 0)
    assert keeper.hello(DEVICE).answers["what_happened"].text == TEXT


def test_a_text_written_on_one_that_was_deleted_waits_for_the_learner(keeper):
    keeper.save(DEVICE, "what_happened", TEXT, 0)
    assert keeper.delete(DEVICE) == (1, 1)
    for call in (lambda: keeper.save(DEVICE, "what_happened", TEXT, 1), lambda: keeper.hand_in(DEVICE)):
        with pytest.raises(LearnerGone):
            call()


def test_a_known_code_is_kept_and_a_lost_one_replaced(keeper):
    keeper.save(DEVICE, "what_happened", TEXT, 0)
    code = keeper.code(DEVICE, "")
    assert keeper.code(DEVICE, code) == code
    assert keeper.code(DEVICE, "0000-0000-0000-0000") not in (code, None)
