"""A real server, a real Chromium, and the words a learner types."""

import shutil
from pathlib import Path

import pytest
from labs import SIZE, Lab, LabPage, start_lab
from network import Proxy
from playwright.sync_api import Browser, BrowserContext, Page, expect
from rooms import ThinClass
from servers import PATIENCE, STUDY, Learn, start, stop
from widget_pages import WidgetPages

import coprod_widgets

# Debian's chromium-headless-shell is the same Chromium without a window to draw: a new page costs it a sixth.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail("Chromium is missing: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    return {"executable_path": found, "args": arguments}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory):
    """The one `coprod learn` of this process."""
    learn = start(tmp_path_factory.mktemp("learn") / "store" / "responses.sqlite3")
    yield learn
    stop(learn)


@pytest.fixture
def learn(server: Learn) -> Learn:
    """The server of this process, on which a test sees its own learners only."""
    return server.for_a_test()


@pytest.fixture
def own_server(request: pytest.FixtureRequest, tmp_path: Path):
    """A server of a test's own, to kill; `request.param` says what it is started with beside the store."""
    told = dict(getattr(request, "param", {}))
    learn = start(tmp_path / "responses.sqlite3", None, *told.pop("more", ()), **told)
    yield learn
    stop(learn)


@pytest.fixture
def network(learn: Learn):
    """A network between browser and server that can be cut."""
    proxy = Proxy(learn.port)
    yield proxy
    proxy.cut()


@pytest.fixture(scope="session")
def widget_pages(tmp_path_factory: pytest.TempPathFactory):
    pages = WidgetPages(tmp_path_factory.mktemp("widgets"))
    yield pages
    pages.stop()


@pytest.fixture
def room(widget_pages: WidgetPages) -> ThinClass:
    return ThinClass(widget_pages)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory):
    """The one JupyterLab of this process; its pages notice a dead kernel sooner than usual."""
    folder = tmp_path_factory.mktemp("lab")
    store = str(folder / "responses.sqlite3")
    kernels = str(Path(coprod_widgets.__file__).parent / "serving" / "jupyter")
    lab = start_lab(folder, {}, COPROD_STORE=store, JUPYTER_PATH=kernels, **PATIENCE)
    yield lab
    lab.stop()


@pytest.fixture(scope="session")
def shared_lab_page(browser: Browser, lab: Lab):
    page = browser.new_context(viewport=SIZE).new_page()
    yield LabPage(lab, page)
    page.context.close()


@pytest.fixture
def lab_page(shared_lab_page: LabPage):
    """The one page on JupyterLab of this process; no notebook is open in it."""
    yield shared_lab_page
    shared_lab_page.clear()


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
