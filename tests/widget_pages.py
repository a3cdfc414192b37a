"""Any widget on the thin page that learners get: no JupyterLab, one server for all tests of a process."""

import itertools
from pathlib import Path

import nbformat
from labs import SIZE, listen
from playwright.sync_api import Browser, Page
from servers import Learn, start, stop

SHOW = """import sys
sys.path.insert(0, {tests!r})
from shown import shown
shown({folder!r})"""
# What the fork server imports before any test asks: everything that a test's code imports.
WARM = """import ipywidgets, json, pandas
from coprod_widgets.apps import coding, review, teaching
from coprod_widgets.deidentify import scrub
ipywidgets.Label("warm")"""


class WidgetPages:
    """A running server; each page runs a piece of code in a kernel of its own, and shows the widget it ends with."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.store = folder / "store" / "responses.sqlite3"
        self.store.parent.mkdir()
        self._numbers = itertools.count(1)
        (folder / "warm.py").write_text(WARM, encoding="utf-8")
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(_cell(folder))])
        notebook.metadata |= {"title": "Widgets", "coprod": {"thin": True}}
        nbformat.write(notebook, folder / "widgets.ipynb")
        self.learn: Learn = start(self.store, None, str(folder / "widgets.ipynb"))

    def open(self, browser: Browser, source: str, **settings: object) -> Page:
        """Another browser on a page that shows what the source ends with."""
        page = browser.new_context(**{"viewport": SIZE, **settings}).new_page()
        listen(page)
        page.goto(self.address(source))
        return page

    def address(self, source: str) -> str:
        name = f"page-{next(self._numbers)}"
        (self.folder / f"{name}.py").write_text(source, encoding="utf-8")
        return f"{self.learn.url}?show={name}"

    def stop(self) -> None:
        stop(self.learn)


def _cell(folder: Path) -> str:
    return SHOW.format(tests=str(Path(__file__).parent), folder=str(folder))
