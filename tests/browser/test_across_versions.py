"""A page and its texts, across a newer schema of the store and a newer version of the questions."""

from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from alembic import command
from playwright.sync_api import Browser, Page, expect
from servers import Learn, start, stop

from conftest import begin, box, go, new_learner, saved
from coprod_widgets.store.database import MIGRATING
from coprod_widgets.store.migrations.upgrade import config
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.tables import HEAD, alembic_version

HOME_CARE = Path(__file__).parent.parent / "data" / "home_care.en.yaml"
KEY, BEFORE, AFTER = "what_happened", "She asked what a good week is.", "She asked what a good week is, and waited."
ASKED, WROTE = "Who helped?", "A neighbour came every morning."


def with_older_schema(store: Path) -> None:
    """What the store was before the newest migrations: that of commit 7e96019."""
    with ResponseStore(store) as opened:
        migrating = opened.database._engine.execution_options(coprod_begin=MIGRATING)  # copies tables; nothing cascades
        with migrating.begin() as connection:
            command.downgrade(config(connection), "0005")


def schema(store: Path) -> str:
    with ResponseStore(store) as opened, opened.database.reading() as connection:
        return str(connection.scalar(alembic_version.select()))


def test_an_open_page_saves_after_its_server_came_back_with_a_newer_schema(browser: Browser, own_server: Learn):
    page = new_learner(browser, own_server.url)
    begin(page)
    box(page, KEY).fill(BEFORE)
    saved(page)
    own_server.kill()
    with_older_schema(own_server.store)
    box(page, KEY).fill(AFTER)
    assert schema(own_server.store) == "0005"
    again = start(own_server.store, own_server.port)
    try:
        expect(page.locator(".coprod-status[data-state=saved]")).to_be_visible(timeout=45_000)
        assert again.answers() == {KEY: AFTER}
        assert schema(own_server.store) == HEAD
    finally:
        stop(again)
        page.context.close()


class Author:
    """A course team with a self-study of its own, and a server that serves it."""

    def __init__(self, folder: Path):
        self.file, self.notebook, self.store = (
            folder / "own.en.yaml",
            folder / "own.ipynb",
            folder / "responses.sqlite3",
        )
        cell = nbformat.v4.new_code_cell(
            f"from coprod_widgets import open_self_study\n\nopen_self_study({str(self.file)!r})"
        )
        notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"coprod": {"thin": True}, "title": "Own"})
        nbformat.write(notebook, self.notebook)
        self.file.write_text(HOME_CARE.read_text())
        self.learn: Learn | None = None

    def serve(self) -> Learn:
        self.learn = start(self.store, self.learn and self.learn.port, str(self.notebook))
        return self.learn

    def drop_a_question(self) -> None:
        """The next version asks no longer who helped, and so has nothing to compare on a canvas."""
        whole = self.file.read_text().replace("version: 1", "version: 2")
        lines = whole.replace(", actor: professional, aspect: carrying_out", "").splitlines(keepends=True)
        self.file.write_text("".join(line for line in lines if "who_helped" not in line))


@pytest.fixture
def author(tmp_path: Path):
    author = Author(tmp_path)
    yield author
    if author.learn:
        stop(author.learn)


def write_both(page: Page) -> None:
    page.get_by_role("button", name="Start", exact=True).last.click()
    page.get_by_role("textbox", name="What happened at home?").fill(BEFORE)
    go(page, "Continue")
    page.get_by_role("textbox", name=ASKED).fill(WROTE)
    saved(page)


def test_an_answer_whose_question_is_gone_can_be_read_taken_home_and_deleted(browser: Browser, author: Author):
    learn = author.serve()
    page = new_learner(browser, learn.url)
    write_both(page)
    stop(learn)
    author.drop_a_question()
    author.serve()
    page.goto(learn.url)
    saved(page)
    go(page, "Resume code and take-home")
    earlier = page.get_by_role("region", name="Answers to earlier questions")
    expect(earlier.get_by_role("heading", name=ASKED)).to_be_visible()
    expect(earlier).to_contain_text(WROTE)
    for button in ("As a page (HTML)", "As Markdown"):
        with page.expect_download() as waited:
            go(page, button)
        text = waited.value.path().read_text(encoding="utf-8")
        assert ASKED in text and WROTE in text
    earlier.get_by_role("button", name="Delete this answer").click()
    earlier.get_by_role("button", name="Yes, delete it").click()
    expect(earlier).to_have_count(0)
    assert [row["text"] for row in learn.rows(latest_only=False)] == [BEFORE]
    page.context.close()


def test_a_page_of_the_earlier_version_goes_on_saving_under_the_question_it_shows(browser: Browser, author: Author):
    learn = author.serve()
    page = new_learner(browser, learn.url)
    write_both(page)
    stop(learn)
    author.drop_a_question()
    page.get_by_role("textbox", name=ASKED).fill(f"{WROTE} And on Sundays.")
    author.serve()
    expect(page.locator(".coprod-status[data-state=saved]")).to_be_visible(timeout=45_000)
    newest = {row["question"]: row for row in replace(learn).rows()}
    assert newest["who_helped"]["text"] == f"{WROTE} And on Sundays."
    assert (newest["who_helped"]["study_version"], newest["who_helped"]["prompt"]) == (1, ASKED)
    go(page, "Resume code and take-home")
    expect(page.get_by_role("button", name="As Markdown")).to_be_visible()
    expect(page.get_by_role("region", name="Answers to earlier questions")).to_have_count(0)  # it has a box for it
    page.context.close()


def test_other_words_under_the_same_version_are_not_served_and_the_log_says_why(browser: Browser, author: Author):
    learn = author.serve()
    write_both(page := new_learner(browser, learn.url))
    page.context.close()
    author.file.write_text(author.file.read_text().replace(ASKED, "Who did not help?"))
    write_both(page := new_learner(browser, learn.url))  # the words that were asked before
    assert "raise version to 2" in learn.log.read_text() and "who_helped" in learn.log.read_text()
    page.context.close()
