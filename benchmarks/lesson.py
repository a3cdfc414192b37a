"""A lesson: a class writes, and what it writes comes to the instructor's wall, in a real JupyterLab and Chromium.

Beside an ordinary class, a hostile one: a thousand answers in a minute that are markup, scripts and far too long, and
a learner who rewrites one over and over. The instructor looks at all answers, the newest first, and shows one a second.
"""

import asyncio
import math
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from first_box import start
from learners import NOTEBOOK, SENTENCE, Learner, agree, ask, come, leave, save
from tornado.httpclient import AsyncHTTPClient
from wall import CHROMIUM, ROOT, SOURCE

from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.sessions import ClassSession
from coprod_widgets.study.self_study import SelfStudy
from coprod_widgets.widgets.wall import FIRST_LINES

sys.path.append(str(ROOT / "tests"))
from hostile import HOSTILE
from labs import Lab, open_notebook, start_lab
from playwright.sync_api import Page, sync_playwright

PORT, STUDY = 8977, SelfStudy.load()
EVERY, ANSWERS, REWRITES = 4, 5, 50  # seconds between two saves of a learner; hostile answers of each; of the first one
A_SECOND = 8  # learners who come in a second, before anybody writes

Step = tuple[float, int, str]
"""Seconds from the beginning, the number of the question, and the text."""


@dataclass
class Class:
    """How many come, what they do, for how long, and by which plan."""

    learners: int
    what: str
    seconds: float
    plan: Callable[[int, float], list[Step]]
    saves: dict[str, tuple[str, int, float]] = field(default_factory=dict)
    """By its mark, of each text the answer, its number, and when the store had it."""
    waits: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.learners} {self.what} for {self.seconds} s"


def typing(n: int, seconds: float) -> list[Step]:
    """One answer that grows by a sentence every few seconds."""
    steps: list[Step] = []
    at = random.uniform(0, EVERY)
    while at < seconds:
        steps.append((at, 0, SENTENCE * (len(steps) + 1)))
        at += random.uniform(0.5, 1.5) * EVERY
    return steps


def attacking(n: int, seconds: float) -> list[Step]:
    """Answers to several questions, all of them hostile; the first learner rewrites the first one."""
    times = 1 if n else REWRITES
    steps = [(random.uniform(0, seconds), at, HOSTILE[(n + at) % len(HOSTILE)]) for at in range(ANSWERS)]
    return sorted(steps + [(k * seconds / times, 0, f"{k} {HOSTILE[k % len(HOSTILE)]}") for k in range(1, times)])


CLASSES = (
    Class(60, "learners write", 120, typing),
    Class(200, "hostile learners write", 60, attacking),
)
# In the page, by the same computer's clock: when each text first stands in a card, and how long the page was busy.
WATCH = """() => {
  [window.seen, window.blocks] = [{}, [0]];
  const busy = new PerformanceObserver((list) => blocks.push(...list.getEntries().map((one) => one.duration)));
  busy.observe({ type: "longtask" });
  const look = () => {
    const now = Date.now();
    for (const text of document.querySelectorAll(".coprod-card .coprod-text")) {
      const mark = text.textContent.match(/^n\\d+q\\d+t\\d+/);
      if (mark) seen[mark[0]] ??= now;
    }
  };
  const all = { childList: true, subtree: true, characterData: true };
  new MutationObserver(look).observe(document.querySelector(".coprod-cards"), all);
}"""
# To the newest, for the wall stays with the card that is looked at, however many come before it. Of those that can be
# read and are not shown the newest is shown: until the wall says that it is, or why not, and has been painted.
SHOW = """() => new Promise((resolve) => {
  document.querySelector(".coprod-choice > select:last-child").dispatchEvent(new Event("change"));
  const fits = (card) => !card.hasAttribute("data-shown") && !card.querySelector(".coprod-text[aria-busy=true]");
  const card = [...document.querySelectorAll(".coprod-card")].find(fits);
  if (!card) return resolve(null);
  card.click();
  const note = document.querySelector(".coprod-done .coprod-note");
  note.textContent = "";
  const began = performance.now();
  card.dispatchEvent(new KeyboardEvent("keydown", { key: "s", bubbles: true }));
  card.querySelector("[data-do=sure-show]")?.click();
  const painted = () => requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
  const look = () => (note.textContent ? painted() : setTimeout(look));
  look();
})"""
ABOUT = """Text to wall: from the store's stamp on a text, before its commit, until that text or a later one of the same
answer stands in a card; the wall has 50 to a page, the newest first, so that others can come before one in the time
between two looks. Hostile learners write 5 answers each, and one of them rewrites one 50 times. Busy: the longest task
of the page, 0 where none took 50 ms. The wall is compared with the store when all have written."""
DRAWN = "() => !document.querySelector('.coprod-text[aria-busy=true]')"


def table() -> str:
    """Both classes, one after the other, on one server, one store and one JupyterLab."""
    rows = [
        "| class | saves | text to wall, p50, s | p95, s | slowest, s | never on the first page | a save, p95, ms "
        "| show, p50, ms | p95, ms | page busy at most, ms | right on the wall |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    folder = Path(tempfile.mkdtemp(prefix="coprod-lesson-"))
    process, url = start(NOTEBOOK, PORT, folder, ["coprod_widgets", "learn", "--no-open"])
    try:
        with ResponseStore(str(folder / f"{PORT}.sqlite3")) as store:
            sessions = [ClassSession.open(STUDY, store, title=str(one)) for one in CLASSES]
            sources = {one.name: SOURCE.format(store=str(store), session=one.name) for one in sessions}
            with browser_at(folder, sources) as (lab, page):
                for one, session in zip(CLASSES, sessions, strict=True):
                    rows.append(lesson(one, session.moved(store, "writing"), store, url, lab, page))
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    return "\n".join([*rows, "", ABOUT])


@contextmanager
def browser_at(folder: Path, sources: dict[str, str]) -> Iterator[tuple[Lab, Page]]:
    """A JupyterLab with these notebooks, and a browser."""
    lab = start_lab(folder, sources, PYTHONPATH=str(ROOT))
    try:
        with sync_playwright() as playwright:
            program = next(filter(None, map(shutil.which, CHROMIUM)))
            arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            browser = playwright.chromium.launch(executable_path=program, args=arguments)
            yield lab, browser.new_page(viewport={"width": 1280, "height": 1000})
    finally:
        lab.stop()


@contextmanager
def beside() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Runs the learners in a thread of their own: the browser's driver waits in this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield lambda what: asyncio.run_coroutine_threadsafe(what, loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def lesson(one: Class, session: ClassSession, store: ResponseStore, url: str, lab: Lab, page: Page) -> str:
    """One class before the wall; its row."""
    with beside() as run:
        learners = run(arrive(one, url, session)).result()
        look_at_newest(page, lab, session.name)
        writing, shows = run(write(one, learners)), []
        while not writing.done():
            shows.append(page.evaluate(SHOW))
            page.wait_for_timeout(1000)
        writing.result()
        page.wait_for_timeout(5000)
        seen, blocks = page.evaluate("[seen, blocks]")
        right = compare(page, [row["text"] for row in store.rows() if row["session"] == session.name])
        run(go(url, learners)).result()
    delays, waits, shown = sorted(until_seen(one, seen)), sorted(one.waits), sorted(filter(None, shows))
    never = sum(map(math.isinf, delays))
    shown = shown or [math.nan]  # a class of one or two can end before anything is shown
    numbers = [
        *(f"{seconds:.2f}" for seconds in (median(delays), p95(delays), delays[-never - 1])),
        str(never),
        *(f"{ms:.0f}" for ms in (1000 * p95(waits), median(shown), p95(shown), max(blocks))),
    ]
    return f"| {one} | {len(delays)} | {' | '.join(numbers)} | {right} |"


def p95(numbers: list[float]) -> float:
    """Of sorted numbers."""
    return numbers[int(0.95 * len(numbers))]


def until_seen(one: Class, seen: dict[str, int]) -> Iterator[float]:
    """Seconds from the store to the wall for each text; infinite where neither it nor a later one came there."""
    for answer, number, saved in one.saves.values():
        times = [seen[m] for m, (a, later, _) in one.saves.items() if a == answer and later >= number and m in seen]
        yield min(times) / 1000 - saved if times else math.inf


# --- the learners ---


async def arrive(one: Class, url: str, session: ClassSession) -> list[Learner]:
    """All come by the class's link and let the class see what they will write."""

    async def join(n: int) -> Learner:
        await asyncio.sleep(n / A_SECOND)
        learner = await come(url, session.code, session.name)
        await agree(learner)
        return learner

    AsyncHTTPClient.configure(None, max_clients=one.learners + 10)
    return await asyncio.gather(*map(join, range(one.learners)))


async def write(one: Class, learners: list[Learner]) -> None:
    """Everybody follows their plan."""
    began = time.monotonic()
    await asyncio.gather(*(follow(one, n, learner, began) for n, learner in enumerate(learners)))


async def follow(one: Class, n: int, learner: Learner, began: float) -> None:
    """Save each text at its time, as a page does, with a heartbeat as often."""
    numbers: dict[int, int] = {}
    for at, question, text in one.plan(n, one.seconds):
        await asyncio.sleep(began + at - time.monotonic())
        learner.number = numbers.get(question, 0)
        mark = f"n{n}q{question}t{learner.number + 1}"
        learner.text = f"{mark} {text}"
        sent = time.perf_counter()
        reply = await save(learner, STUDY.questions[question].key)
        one.waits.append(time.perf_counter() - sent)
        assert reply["ok"], reply["problem"]
        numbers[question] = reply["number"]
        stamp = datetime.fromisoformat(reply["saved_at"]).timestamp()
        one.saves[mark] = (f"n{n}q{question}", reply["number"], stamp)
        await ask(learner, "ping")


async def go(url: str, learners: list[Learner]) -> None:
    """Everybody leaves."""
    await asyncio.gather(*(leave(url, learner) for learner in learners))


# --- the wall ---


def look_at_newest(page: Page, lab: Lab, name: str) -> None:
    """All answers, uncovered, the newest first."""
    open_notebook(page, lab, name)
    page.locator("[data-do=uncover]").click(timeout=60_000)
    page.locator("[data-do=all]").click()
    page.get_by_label("Order").select_option("newest")
    page.evaluate(WATCH)


def compare(page: Page, texts: list[str]) -> str:
    """How many of the store's answers are on the wall, once and with their newest text."""
    page.get_by_label("Order").select_option("oldest")
    found: list[str] = []
    while True:
        page.wait_for_function(DRAWN)
        found += page.locator(".coprod-card .coprod-text").all_text_contents()
        later = page.locator("[data-do=later]:not([aria-disabled])")
        if not later.count():
            break
        later.click()
    wanted, there = sorted(map(letters, texts)), sorted(map(letters, found))
    right = len(wanted) - sum(text not in there for text in wanted)
    return f"{right} of {len(wanted)}" + (f", and {len(there) - right} others" if len(there) > right else "")


def letters(text: str) -> str:
    """What is the same on a card, where a box stands for what is invisible."""
    return "".join(filter(str.isalnum, text[:FIRST_LINES]))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        for one, told in zip(CLASSES, sys.argv[1:], strict=True):
            one.learners, one.seconds = map(int, told.split("/"))
    print(table())
