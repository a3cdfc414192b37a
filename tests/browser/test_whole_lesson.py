"""A whole lesson, as `coprod teach` starts it: real JupyterLab, the real learners' page, and three phones."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from labs import await_kernel
from playwright.sync_api import Browser, Page, expect
from processes import ending_with_parent
from servers import free_port

STORIES = (
    "The ward sister drew the plan on the whiteboard and asked what I would change.",
    "The pharmacist rang my father every Friday, and he kept a notebook of his dizzy days.",
    "The interpreter came back in her lunch hour, so that my mother could tell the end.",
)
ADDRESSES = r"for you: (\S+)\nThe page, for learners: (\S+)\nThe projector, [^:]+: (\S+)"
SHOW = re.compile(r"^Show(?!n)")


@pytest.fixture
def lesson(tmp_path: Path):
    """The addresses of JupyterLab, of the learners' page and of the projector, from what the command says."""
    names = ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "JUPYTER_CONFIG_DIR")
    own = {name: tmp_path / name for name in names}
    command = [
        *ending_with_parent(),
        sys.executable,
        "-m",
        "coprod_widgets",
        "teach",
        "--no-open",
        "--allow-root",
    ]
    command += ["--port", str(free_port()), "--store", str(tmp_path / "responses.sqlite3")]
    log = tmp_path / "teach.log"
    with log.open("w") as output:
        environment = os.environ | {name: str(path) for name, path in own.items()}
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    deadline = time.monotonic() + 60
    while not (found := re.search(ADDRESSES, log.read_text())):
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)  # a file has nothing to wait on
    yield found.groups()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0, log.read_text()


def run(page: Page, code: str) -> None:
    """Run the cell that begins like this."""
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").filter(has_text=code).first.click(timeout=60_000)
    await_kernel(page)
    page.keyboard.press("Shift+Enter")


def watched(browser: Browser, address: str) -> tuple[Page, list[str]]:
    """A browser of its own, and all that its lines to kernels bring."""
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    frames: list[str] = []
    page.on("websocket", lambda line: line.on("framereceived", lambda frame: frames.append(as_text(frame))))
    page.goto(address)
    return page, frames


def as_text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode("utf-8", "replace")


def told(frames: list[str], story: str) -> bool:
    return any(story in frame for frame in frames)


def learner(browser: Browser, address: str, code: str, story: str) -> Page:
    """A phone that comes in with the code, writes, and agrees to be shown to the class."""
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{address}?session={code}")
    page.get_by_role("button", name="Start", exact=True).last.click(timeout=60_000)
    page.get_by_role("textbox", name="What happened?").fill(story)
    expect(page.locator(".coprod-status[data-state=saved]")).to_contain_text("Saved ")
    page.get_by_role("button", name="Resume code and take-home").click()
    page.get_by_role("checkbox", name="Show it to my class, without my name").check()
    expect(page.locator(".coprod-choice").first).to_contain_text("You agreed.")
    return page


def test_a_lesson_from_the_code_to_a_consent_taken_back(browser: Browser, lesson: tuple[str, str, str]):
    lab, address, projected = lesson
    page, frames = watched(browser, lab)
    run(page, "TITLE")
    # Nobody is asked for a kernel, or whether the makers of JupyterLab may send news.
    expect(page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)
    run(page, "teaching.join_panel")
    panel = page.locator(".coprod-join")
    expect(panel).to_contain_text(re.compile(r"[A-Z0-9]{3}-[A-Z0-9]{3}"), timeout=60_000)
    code = re.search(r"[A-Z0-9]{3}-[A-Z0-9]{3}", panel.inner_text())[0]
    run(page, "teaching.wall(session)")
    beamer, beamed = watched(browser, projected)
    run(beamer, "teaching.latest_class")
    wall, projector = page.locator(".coprod-wall"), beamer.locator(".coprod-wall")
    expect(projector).to_be_visible(timeout=60_000)
    phones = [learner(browser, address, code, story) for story in STORIES]

    expect(wall).to_contain_text("3 answers wait")
    assert not any(story in page.content() or told(frames, story) for story in STORIES)
    wall.get_by_role("button", name=re.compile("^Uncover")).click()
    expect(wall).to_contain_text(STORIES[2])
    assert all(story not in projector.inner_text() for story in STORIES)
    wall.get_by_role("button", name=SHOW).first.click()
    expect(projector).to_contain_text(STORIES[0])
    assert told(frames, STORIES[1]) and told(beamed, STORIES[0])  # so that the next line can fail
    assert not told(beamed, STORIES[1]) and not told(beamed, STORIES[2])
    wall.get_by_role("button", name="Sharing", exact=True).click()
    page.keyboard.press("Escape")
    expect(wall).not_to_contain_text(STORIES[1])

    phones[1].get_by_role("button", name=re.compile("^From your class")).click(timeout=30_000)
    expect(phones[1].get_by_text(STORIES[0])).to_be_visible()
    assert STORIES[2] not in phones[1].inner_text("body")
    phones[0].get_by_role("checkbox", name="Show it to my class, without my name").uncheck()
    expect(projector).not_to_contain_text(STORIES[0])
    wall.get_by_role("button", name="Closed", exact=True).click()
    for phone in phones:
        phone.context.close()
    beamer.context.close()
    page.context.close()
