"""A real server, a real Chromium, and the words a learner types."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from coprod_widgets.export import read_csv, write_csv
from coprod_widgets.self_study import SelfStudy
from coprod_widgets.store import ResponseStore

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STUDY = SelfStudy.load()

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail("Chromium is missing: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    return {"executable_path": found, "args": arguments}


@dataclass
class Learn:
    """A running `coprod learn`, its address and its store."""

    process: subprocess.Popen
    url: str
    store: Path
    port: int
    log: Path

    def answers(self) -> dict[str, str]:
        """The newest text of each question, as the export gives it back; for a store with one learner."""
        with ResponseStore(str(self.store)) as store:
            rows = list(store.rows())
        write_csv(rows, self.store.with_suffix(".csv"), STUDY)
        frame = read_csv(self.store.with_suffix(".csv"))
        return dict(zip(frame["question"], frame["text"], strict=True))

    def kernels(self) -> list[int]:
        """Process ids of the living kernels."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children]

    def kill(self) -> None:
        """End the server and all its kernels, as a power cut would."""
        for pid in [self.process.pid, *self.kernels()]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


def start(store: Path, port: int | None = None) -> Learn:
    """Start the command that a user starts, and wait until its page answers."""
    port = port or free_port()
    log = store.parent / f"learn-{port}.log"
    command = [
        sys.executable,
        "-m",
        "coprod_widgets.cli",
        "learn",
        "--no-open",
        "--port",
        str(port),
        "--store",
        str(store),
    ]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    learn = Learn(process, f"http://127.0.0.1:{port}/", store, port, log)
    deadline = time.monotonic() + 60
    while "is at http" not in log.read_text():
        assert process.poll() is None, f"coprod learn ended: {log.read_text()}"
        assert time.monotonic() < deadline, "coprod learn did not start within a minute"
        time.sleep(0.05)  # a file has nothing to wait on
    urlopen(f"{learn.url}coprod/host.js").close()
    return learn


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop(learn: Learn) -> None:
    if learn.process.poll() is None:
        learn.process.send_signal(signal.SIGINT)
        learn.process.wait(timeout=30)


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
