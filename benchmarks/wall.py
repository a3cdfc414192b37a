"""A wall with 2,000 answers, in a real JupyterLab on a real store: until it is painted, until a click is done, and
what a look at what is new costs, on PostgreSQL too (a private server of this computer).
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coprod_widgets.exports.csv_file import read_csv
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.sessions import ClassSession
from coprod_widgets.store.wall import Wall
from coprod_widgets.study.self_study import SelfStudy
from coprod_widgets.widgets.wall import ResponseWall

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data" / "responses.csv"
ANSWERS, TIMES, NEWS = 2_000, 15, 10
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chromium-headless-shell")
SOURCE = """from coprod_widgets.study.self_study import SelfStudy
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.wall import Wall
from coprod_widgets.widgets.wall import ResponseWall
store, study = ResponseStore({store!r}), SelfStudy.load()
ResponseWall(Wall(store, {session!r}, study), study)"""

# Timed in the page, until the frame after the page shows it.
OPENING = """() => {
  const at = {};
  new MutationObserver(() => {
    if (document.querySelector(".coprod-wall")) at.there ??= performance.now();
    if (at.there && !at.full && document.querySelector(".coprod-people")?.textContent)
      requestAnimationFrame(() => setTimeout(() => (window.opened ??= performance.now() - at.there), (at.full = 1)));
  }).observe(document, { childList: true, subtree: true, characterData: true });
}"""
UNTIL = """([start, ready]) => new Promise((resolve) => {
  const began = performance.now();
  const [go, done] = START_AND_READY;
  go();
  const painted = () => requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
  const look = () => (done() ? painted() : setTimeout(look));
  look();
})"""
KEY = "() => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: '%s', bubbles: true }))"
CARD = "document.querySelector('.coprod-card[aria-current]')"
SHOWN = f"() => {CARD}.hasAttribute('data-shown') || {CARD}.querySelector('.coprod-sure')"
MOVED = f"() => window.was !== ({CARD}).querySelector('.coprod-text').textContent"
PAGE = "document.querySelectorAll('.coprod-card').length === 50"
DRAWN = f"() => {PAGE} && !document.querySelector('.coprod-text[aria-busy=true]')"


def table() -> str:
    """Measured in a folder of its own."""
    sys.path.append(str(ROOT / "tests"))
    folder = Path(tempfile.mkdtemp(prefix="coprod-wall-"))
    try:
        return _measured(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(folder: Path) -> str:
    from postgres import server

    file = str(folder / "responses.sqlite3")
    name, wall, write = _filled(file)
    rows = [(what, value, "") for what, value in _in_the_browser(folder, SOURCE.format(store=file, session=name))]
    with tempfile.TemporaryDirectory(prefix="coprod-pg-") as place, server(Path(place)) as url:
        other = _in_the_kernel(*_filled(url.render_as_string(hide_password=False))[1:])
    both = zip(_in_the_kernel(wall, write), other, strict=True)
    rows += [(what, value, f"{there:.0f}") for (what, value), (_, there) in both]
    told = [f"| {what} | {value:.0f} | {there} |" for what, value, there in rows]
    return "\n".join([f"| {ANSWERS:,} answers | ms | on PostgreSQL |", "| --- | --- | --- |", *told])


def _filled(address: str) -> tuple[str, ResponseWall, Iterator[None]]:
    """A store with its answers: the session's name, its wall, and what writes one more at each step."""
    store, study = ResponseStore(address), SelfStudy.load()
    store.prepare()
    session = ClassSession.open(study, store, title="Benchmark")
    write = _written(store, {"session": session.name, "study": study})
    for _ in range(ANSWERS):
        next(write)
    return session.name, ResponseWall(Wall(store, session.name, study), study), write


def _written(store: ResponseStore, course: dict[str, Any]) -> Iterator[None]:
    """Writes an answer at each step: the sample's, by one invented learner after another."""
    answers = [row for row in read_csv(SAMPLE).to_dict("records") if not row["question"].startswith("role_")]
    while True:
        learners: dict[str, str] = {}
        for row in answers:
            if row["pseudonym"] not in learners:
                learners[row["pseudonym"]] = store.enrol(os.urandom(16).hex())
                store.agree(learners[row["pseudonym"]], "class", True, version=1, language="en", **course)
            store.save(learners[row["pseudonym"]], row["question"], row["text"], base=0, **course)
            yield


def _in_the_browser(folder: Path, source: str) -> list[tuple[str, float]]:
    from labs import open_notebook, start_lab
    from playwright.sync_api import sync_playwright

    lab = start_lab(folder, {"wall": source}, PYTHONPATH=str(ROOT))
    try:
        with sync_playwright() as playwright:
            program = next(filter(None, map(shutil.which, CHROMIUM)))
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.add_init_script(f"({OPENING})()")
            open_notebook(page, lab, "wall")
            page.wait_for_function("() => window.opened", timeout=60_000)
            return [("first paint, with the first read of the store", page.evaluate("window.opened")), *_clicks(page)]
    finally:
        lab.stop()


def _clicks(page: Any) -> list[tuple[str, float]]:
    def timed(start: str, ready: str) -> float:
        return float(page.evaluate(UNTIL.replace("START_AND_READY", f"[{start}, {ready}]"), ["", ""]))

    uncovered = timed("() => document.querySelector('[data-do=uncover]').click()", DRAWN)
    shows, steps = [], []
    for _ in range(TIMES):
        page.evaluate(f"window.was = ({CARD}).querySelector('.coprod-text').textContent")
        shows.append(timed(KEY % "s", SHOWN))
        steps.append(timed(KEY % "j", MOVED))
    rows = [("uncover: a page of cards with their texts", uncovered), ("show an answer", statistics.median(shows))]
    return [*rows, ("show, the slowest of them", max(shows)), ("to the next answer", statistics.median(steps))]


def _in_the_kernel(wall: ResponseWall, write: Iterator[None]) -> list[tuple[str, float]]:
    def look(cursor: str) -> tuple[float, str]:
        began = time.perf_counter()
        told = wall.answer({"ask": "changes", "cursor": cursor})
        return 1000 * (time.perf_counter() - began), told["cursor"]

    everything, cursor = look("")
    nothing, some = [], []
    for _ in range(TIMES):
        took, cursor = look(cursor)
        nothing.append(took)
        for _ in range(NEWS):
            next(write)
        took, cursor = look(cursor)
        some.append(took)
    rows = [("in the kernel: the first look", everything), ("a look with nothing new", statistics.median(nothing))]
    return [*rows, (f"a look with {NEWS} new answers", statistics.median(some))]


if __name__ == "__main__":
    print(table())
