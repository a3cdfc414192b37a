"""A real JupyterLab to test against, on notebooks of one cell each."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import nbformat
from playwright.sync_api import Page, WebSocket, expect
from processes import ending_with_parent
from servers import free_port

# What forms keep in a browser; JupyterLab has things of its own there.
FORGET = """() => {
  for (const store of [localStorage, sessionStorage])
    for (const key of Object.keys(store)) if (key.startsWith("coprod")) store.removeItem(key);
}"""
SIZE = {"width": 1280, "height": 1000}
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
}


@dataclass
class Lab:
    """A running JupyterLab, which saves widget state with its notebooks."""

    process: subprocess.Popen
    url: str
    notebooks: Path
    log: Path

    def kill_kernels(self) -> None:
        """End every kernel at once, as an account's memory limit does; the server starts each anew."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in map(int, children):
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended since
                if b"ipykernel" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)

    def asked(self, what: str, method: str = "GET", **told: object) -> Any:
        """What the server answers to one of its own questions, as its page asks it."""
        cookies = CookieJar()
        browser = build_opener(HTTPCookieProcessor(cookies))
        browser.open(f"{self.url}lab").close()
        key = next(str(cookie.value) for cookie in cookies if cookie.name == "_xsrf")
        data = json.dumps(told).encode() if told else None
        with browser.open(Request(f"{self.url}{what}", data, {"X-XSRFToken": key}, method=method)) as answer:
            return json.loads(answer.read() or "null")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


def write_notebook(path: Path, source: str, kernel_name: str = "python3") -> None:
    kernel = {"name": kernel_name, "display_name": kernel_name, "language": "python"}
    cells = [nbformat.v4.new_code_cell(source)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


def start_lab(folder: Path, sources: dict[str, str], *, theme: str = "JupyterLab Light", **variables: str) -> Lab:
    """Start JupyterLab in an empty folder, on notebooks named by `sources`, as its user starts it."""
    port, log, notebooks = free_port(), folder / "lab.log", folder / "notebooks"
    notebooks.mkdir()
    for name, source in sources.items():
        write_notebook(notebooks / f"{name}.ipynb", source)
    command = [
        *ending_with_parent(),
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        "--no-browser",
        "--allow-root",
        "--port",
        str(port),
    ]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={notebooks}"]
    command += ["--LabApp.expose_app_in_browser=True"]
    own = {"JUPYTERLAB_SETTINGS_DIR": settings(folder / "settings", theme)}
    own |= {"JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces", "JUPYTER_CONFIG_DIR": folder / "config"}
    environment = os.environ | {name: str(path) for name, path in own.items()} | variables
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    lab = Lab(process, f"http://127.0.0.1:{port}/", notebooks, log)
    # Its first answer reads every kernel there is; a notebook opened before that asks its user for one.
    await_page(f"{lab.url}api/kernelspecs", process, log)
    return lab


def settings(folder: Path, theme: str) -> Path:
    for name, values in {**SETTINGS, "@jupyterlab/apputils-extension/themes": {"theme": theme}}.items():
        path = folder / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    return folder


def await_page(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            return urlopen(url).close()
        except URLError:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)  # a port has nothing to wait on


def open_notebook(page: Page, lab: Lab, name: str) -> None:
    """Open a notebook and run its cell; its kernel runs already, so that nobody is asked for one."""
    path, kernel = f"{name}.ipynb", nbformat.read(lab.notebooks / f"{name}.ipynb", 4).metadata.kernelspec.name
    lab.asked("api/sessions", "POST", path=path, name=path, type="notebook", kernel={"name": kernel})
    page.goto(f"{lab.url}lab/tree/{name}.ipynb?reset")
    run_cell(page)


CLOSE = """() => {
  for (const widget of [...window.jupyterapp.shell.widgets("main")]) {
    if (widget.context) widget.context.model.dirty = false;  // else it asks whether to save
    widget.close();
  }
}"""
# Playwright waits for a promise without end.
DO = """async ([command, how]) => {
  const error = new Error(`${command} did not end in a minute`);
  const late = new Promise((_, fail) => setTimeout(() => fail(error), 60_000));
  await Promise.race([window.jupyterapp.commands.execute(command, how), late]);
}"""


class LabPage:
    """A JupyterLab and one page on it for all tests of a process: its five megabytes are read once.

    Each test opens a notebook of its own in it, and closes it.
    """

    def __init__(self, lab: Lab, page: Page):
        self.lab, self.page, self._numbers = lab, page, itertools.count(1)
        listen(page)
        page.goto(f"{lab.url}lab?reset")
        page.wait_for_function("() => window.jupyterapp", timeout=60_000)
        page.evaluate("() => window.jupyterapp.restored")

    def open(self, source: str, kernel_name: str = "python3") -> Page:
        """Write a notebook of one cell, open it and run its cell; the page's `notebook` is its name."""
        self._close_notebooks()
        self.page.notebook = f"notebook-{next(self._numbers)}"
        path = f"{self.page.notebook}.ipynb"
        write_notebook(self.lab.notebooks / path, source, kernel_name)
        self.lab.asked("api/sessions", "POST", path=path, name=path, type="notebook", kernel={"name": kernel_name})
        self._do("docmanager:open", path=path)
        run_cell(self.page)
        return self.page

    def saved(self) -> str:
        """What is in the notebook's file after its user has saved it."""
        save(self.page, self.page.notebook)
        return (self.lab.notebooks / f"{self.page.notebook}.ipynb").read_text(encoding="utf-8")

    def show_theme(self, name: str) -> None:
        self._do("apputils:change-theme", theme=name)
        light = str("Light" in name).lower()
        expect(self.page.locator(f"body[data-jp-theme-light={light}]")).to_be_attached()

    def collapse_sidebar(self) -> None:
        """Make room for the notebook until the test ends. A key would toggle it, whatever it was before."""
        self.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")

    def clear(self) -> None:
        """Close what a test has opened, and end its kernels: each holds memory."""
        self.page.set_viewport_size(SIZE)
        self.page.evaluate("() => window.jupyterapp.shell.expandLeft()")
        self._close_notebooks()
        for kernel in self.lab.asked("api/kernels"):
            self.lab.asked(f"api/kernels/{kernel['id']}", "DELETE")
        self.page.frames_heard.clear()
        self.page.evaluate(FORGET)

    def _close_notebooks(self) -> None:
        """Close them as they are: a save would ask the kernel for the widgets' states, and wait for these for good."""
        self.page.evaluate(CLOSE)
        expect(self.page.locator(".jp-NotebookPanel")).to_have_count(0)

    def _do(self, command: str, **how: str) -> None:
        self.page.evaluate(DO, [command, how])


def listen(page: Page) -> None:
    """Keep everything that goes over the page's websockets in `page.frames_heard`."""
    page.frames_heard = []

    def heard(payload: str | bytes) -> None:
        page.frames_heard.append(payload.encode() if isinstance(payload, str) else payload)

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", heard)
        socket.on("framesent", heard)

    page.on("websocket", opened)


def run_cell(page: Page) -> None:
    """Run the notebook's one cell, once its kernel is ready."""
    first_cell(page).click(timeout=60_000)
    await_kernel(page)
    page.keyboard.press("Shift+Enter")


def await_kernel(page: Page) -> None:
    """Wait until the notebook has its kernel: whoever runs a cell before that is asked for one."""
    expect(page.get_by_role("button", name=re.compile(r"\| Idle$"))).to_be_visible(timeout=60_000)


def first_cell(page: Page):
    return page.locator(".jp-Notebook .jp-CodeCell .cm-content").first


def save(page: Page, name: str) -> None:
    """Save the notebook as its user does, and wait until the server has it."""
    first_cell(page).click()
    with page.expect_response(lambda told: told.request.method == "PUT" and f"{name}.ipynb" in told.url) as told:
        page.keyboard.press("Control+s")
    assert told.value.ok
