"""A real server, a real Chromium, and the words a learner types."""

import shutil
from pathlib import Path

import pytest
from labs import Lab, start_lab
from playwright.sync_api import Browser, BrowserContext, Page, expect
from rooms import Class, free_kernels
from servers import STUDY, Learn, start, stop

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail("Chromium is missing: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    return {"executable_path": found, "args": arguments}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    """One server for the tests of a module that don't break it."""
    learn = start(tmp_path_factory.mktemp("store") / "responses.sqlite3")
    yield learn
    stop(learn)


@pytest.fixture
def learn(tmp_path: Path):
    """A server of one's own, to break; with an empty store."""
    learn = start(tmp_path / "responses.sqlite3")
    yield learn
    stop(learn)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory):
    lab = start_lab(tmp_path_factory.mktemp("lab"), {})
    yield lab
    lab.stop()


@pytest.fixture
def room(lab: Lab):
    yield Class(lab)
    free_kernels(lab)


@pytest.fixture
def learner(browser: Browser, learn: Learn) -> Page:
    """A learner's page, opened at the start of the self-study."""
    page = new_learner(browser, learn.url)
    yield page
    page.context.close()


def new_learner(browser: Browser, url: str, **settings: object) -> Page:
    """Another browser profile on the same page."""
    context: BrowserContext = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    return page


def begin(page: Page) -> None:
    """From the start page to the first part."""
    page.get_by_role("button", name="Start", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Part 1 of 4")


def box(page: Page, key: str):
    """The box of a question, found by the words that a learner hears."""
    question = STUDY.question(key)
    return page.get_by_role("textbox", name=question.part or question.prompt)


def go(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def saved(page: Page) -> None:
    """Wait until the page says that everything is saved."""
    expect(page.locator(".coprod-status[data-state=saved]")).to_contain_text("Saved ")
