"""Somebody's own notebook, served in Voila's `lab` template."""

import time
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, expect
from servers import start, stop

CODE = """import sys
warm = "ipywidgets" in sys.modules
import ipywidgets
said = ipywidgets.Label("Nobody has pressed yet")
button = ipywidgets.Button(description="Ask the kernel", icon="check")
button.on_click(lambda _: setattr(said, "value", "The kernel has answered"))
imported = ipywidgets.Label("Imported before this kernel was" if warm else "Imported just now")
ipywidgets.VBox([button, said, imported])"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("another")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "another.ipynb")
    learn = start(folder / "responses.sqlite3", None, str(folder / "another.ipynb"))
    yield learn
    stop(learn)


def test_another_notebook_works_and_asks_no_other_computer_for_anything(browser: Browser, served):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(served.url, timeout=60_000)
    page.get_by_role("button", name="Ask the kernel").click(timeout=60_000)
    expect(page.get_by_text("The kernel has answered")).to_be_visible()
    elsewhere = [url for url in asked if not url.startswith((served.url, "data:", "blob:"))]
    assert elsewhere == []
    assert not any("jupyterlab-preview" in url for url in asked)
    page.close()


def test_later_kernels_of_another_notebook_have_already_what_the_first_one_imported(browser: Browser, served):
    page = browser.new_page()
    page.goto(served.url, timeout=60_000)
    expect(page.get_by_text("Imported").last).to_be_visible(timeout=60_000)
    deadline = time.monotonic() + 60
    while page.get_by_text("Imported before this kernel was").count() == 0:
        assert time.monotonic() < deadline, "every kernel imports anew"
        page.reload()
        expect(page.get_by_text("Imported").last).to_be_visible(timeout=60_000)
    page.close()
