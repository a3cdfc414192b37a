"""A class of its own: its learners, its store, and the pages that instructors open on it."""

import re
from pathlib import Path

from labs import LabPage
from playwright.sync_api import Browser, Locator, Page, expect
from widget_pages import WidgetPages

from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.sessions import ClassSession
from coprod_widgets.store.wall import Wall
from coprod_widgets.study.self_study import SelfStudy

SOURCE = """from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.apps.teaching import find_class, join_panel, wall
store = ResponseStore({store!r})
session = find_class({session!r}, store=store)
{show}"""
WALL, PROJECTOR = "wall(session, store=store, by={by!r})", "wall(session, store=store, projector=True)"
JOIN = "join_panel(session, store=store, address='{0}')"
STUDY = SelfStudy.load()


class Class:
    """A session of its own in a store, and its learners."""

    def __init__(self, store: Path):
        self.learners, self.path = 0, str(store)
        self.store = ResponseStore(self.path)
        self.store.prepare()
        self.session = ClassSession.open(STUDY, self.store, title="Tuesday")

    def write(self, *texts: str, question: str = "what_happened") -> str:
        """Each text by another learner, who agrees to class use; the last one's pseudonym."""
        course = {"session": self.session.name, "study": STUDY}
        for text in texts:
            self.learners += 1
            learner = self.store.enrol(f"{abs(hash((self.session.name, self.learners))):032x}")
            self.store.agree(learner, "class", True, version=1, language="en", **course)
            self.store.save(learner, question, text, base=0, **course)
        return learner

    def rewrite(self, learner: str, *texts: str, question: str = "what_happened") -> None:
        """One text after another on top of a first one."""
        for base, text in enumerate(texts, 1):
            self.store.save(learner, question, text, base=base, session=self.session.name, study=STUDY)

    def shown(self) -> list[str]:
        return sorted(one["text"] for one in self.wall().shown())

    def wall(self) -> Wall:
        return Wall(self.store, self.session.name, STUDY)

    def source(self, show: str, by: str = "instructor") -> str:
        """The notebook's cell that shows something of this class."""
        return SOURCE.format(store=self.path, session=self.session.name, show=show.format(by=by))


class ThinClass(Class):
    """A class whose instructors' pages are thin: the widget and nothing else."""

    def __init__(self, pages: WidgetPages):
        super().__init__(pages.store)
        self.pages = pages

    def open(self, browser: Browser, show: str = WALL, by: str = "instructor", **settings: object) -> Page:
        """Another browser on a page and a kernel of its own."""
        return opened(self.pages.open(browser, self.source(show, by), **settings))


class LabClass(Class):
    """A class whose instructor has the notebook open in JupyterLab."""

    def __init__(self, lab: LabPage):
        super().__init__(lab.lab.notebooks.parent / "responses.sqlite3")
        self.lab = lab

    def open(self, show: str = WALL) -> Page:
        """The page of JupyterLab with a notebook of its own in front."""
        return opened(self.lab.open(self.source(show)))


def opened(page: Page) -> Page:
    expect(page.locator(".coprod-wall, .coprod-join")).to_be_visible(timeout=60_000)
    return page


def told(page: Page, words: str) -> bool:
    """Whether words came to this browser, over the network or into its page."""
    return any(words.encode() in frame for frame in page.frames_heard) or words in page.content()


def cards(page: Page) -> Locator:
    return page.locator(".coprod-card")


def current(page: Page) -> Locator:
    return page.locator(".coprod-card[aria-current]")


def note(page: Page) -> Locator:
    return page.locator(".coprod-done .coprod-note")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{name}")).first.click()


def uncover(page: Page) -> None:
    press(page, "Uncover on this screen")
    expect(page.get_by_text("Whoever sees this screen")).to_be_visible()
    words_there(page)


def words_there(page: Page) -> None:
    """Wait until every card has its words."""
    expect(page.locator(".coprod-text[aria-busy=true]")).to_have_count(0)


def counted(page: Page, waiting: int, shown: int) -> None:
    expect(page.locator(".coprod-guard[data-covered] p")).to_contain_text(f"{waiting} answers wait, {shown} shown")
