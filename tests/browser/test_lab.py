"""The form in a real JupyterLab: what is typed stays in its box, and out of every file and list around it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from servers import STUDY, free_port

SOURCE = "from coprod_widgets import SelfStudy, SelfStudyForm\n\nform = SelfStudyForm(SelfStudy.load())\nform"
LINES = ("Lab L a b dd é came back", "aabb dd xx: the haematologist phoned Lovisa’s café herself.")
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
}


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook of one cell, which shows the form."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(SOURCE)]
    path = tmp_path / "notebooks" / "visit.ipynb"
    path.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def settings(folder: Path) -> Path:
    for name, values in SETTINGS.items():
        path = folder / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    return folder


@pytest.fixture
def lab(tmp_path: Path, notebook: Path):
    """A running JupyterLab, which saves widget state with the notebook: its address and its log."""
    port, log = free_port(), tmp_path / "lab.log"
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--port", str(port)]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={notebook.parent}"]
    own = {"JUPYTERLAB_SETTINGS_DIR": settings(tmp_path / "settings")}
    own |= {"JUPYTERLAB_WORKSPACES_DIR": tmp_path / "workspaces", "JUPYTER_CONFIG_DIR": tmp_path / "config"}
    environment = os.environ | {name: str(path) for name, path in own.items()}
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    url = f"http://127.0.0.1:{port}/"
    await_page(f"{url}api/status", process, log)
    yield url, log
    process.terminate()
    process.wait(timeout=30)


def await_page(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            return urlopen(url).close()
        except URLError:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)  # a port has nothing to wait on


def open_form(browser: Browser, url: str) -> Page:
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.goto(f"{url}lab/tree/visit.ipynb?reset")
    cell = page.locator(".jp-Notebook .jp-CodeCell .cm-content").first
    cell.click(timeout=60_000)
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible(timeout=60_000)
    page.keyboard.press("Shift+Enter")
    page.locator(".coprod-form").get_by_role("button", name="Start", exact=True).last.click(timeout=60_000)
    return page


def cells(page: Page) -> list[str]:
    return page.locator(".jp-Notebook .jp-Cell .jp-InputArea .cm-content").all_inner_texts()


def write(page: Page) -> Locator:
    answer = page.get_by_role("textbox", name=STUDY.question("what_happened").prompt)
    answer.click()
    page.keyboard.type(LINES[0])
    page.keyboard.press("Enter")
    page.keyboard.type(LINES[1])
    return answer


def save(page: Page) -> None:
    """Save the notebook as its user does, and wait until the server has it."""
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
    with page.expect_response(lambda told: told.request.method == "PUT" and "visit.ipynb" in told.url) as told:
        page.keyboard.press("Control+s")
    assert told.value.ok


def test_keys_typed_in_the_form_do_nothing_to_the_notebook(browser: Browser, lab: tuple[str, Path]):
    page = open_form(browser, lab[0])
    before = cells(page)
    answer = write(page)
    expect(answer).to_have_value("\n".join(LINES))
    expect(answer).to_be_focused()
    assert cells(page) == before
    expect(page.locator(".jp-Notebook .jp-CodeCell.jp-mod-noOutputs")).to_have_count(len(before) - 1)
    page.context.close()


def test_an_answer_is_in_no_notebook_log_or_process_list(browser: Browser, lab: tuple[str, Path], notebook: Path):
    page = open_form(browser, lab[0])
    write(page)
    expect(page.locator(".coprod-status[data-state=saved]")).to_contain_text("Kept in this notebook")
    save(page)
    written = notebook.read_text(encoding="utf-8")
    assert "application/vnd.jupyter.widget-state+json" in written
    processes = subprocess.run(["ps", "-ef"], capture_output=True, text=True, check=True).stdout
    for place in (written, lab[1].read_text(), processes):
        assert "Lovisa" not in place and "haematologist" not in place
    page.context.close()
