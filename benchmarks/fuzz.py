"""Hostile pages send frames that no page sends: how long somebody else waits for a save, and for a bare answer."""

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from first_box import ROOT, start
from learners import NOTEBOOK
from tornado.httpclient import AsyncHTTPClient

sys.path.insert(0, str(ROOT / "tests"))
from fuzzing import Visitor, attack

FRAMES, PAGES = 10_000, 4
ALLOWED = 100  # milliseconds


def table() -> str:
    """The waits before and during the attack, and how many were longer than allowed."""
    rows = [
        f"| | asked | p50, ms | p95, ms | slowest, ms | over {ALLOWED} ms |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as folder:
        process, url = start(NOTEBOOK, 8972, Path(folder), ["coprod_widgets", "learn", "--no-open"])
        try:
            time.sleep(5)  # a server that somebody has just started is not yet a server with a class
            for name, waits in asyncio.run(measured(url, Path(folder))).items():
                waits.sort()
                late = sum(1000 * wait > ALLOWED for wait in waits)
                p50, p95, last = (1000 * waits[min(len(waits) - 1, int(q * len(waits)))] for q in (0.5, 0.95, 1))
                rows.append(f"| {name} | {len(waits)} | {p50:.0f} | {p95:.0f} | {last:.0f} | {late} |")
        finally:
            process.terminate()
            process.wait()
    return (
        "\n".join(rows)
        + f"\n\n{FRAMES:,} frames from {PAGES} pages as fast as they are taken. Every save was answered.\n"
    )


async def measured(url: str, folder: Path) -> dict[str, list[float]]:
    """Seconds of every save and of every bare request, without the attack and during it."""
    learner, done = await Visitor.come(url), asyncio.Event()
    asyncio.get_running_loop().call_later(5, done.set)
    waits = {"a save, nobody attacks": await _saves(learner, done)}
    hostile = asyncio.create_task(_run(sys.executable, url, folder))
    done = asyncio.Event()
    hostile.add_done_callback(lambda _: done.set())
    saves, bare = await asyncio.gather(_saves(learner, done), _requests(url, done))
    await hostile
    learner.leave()
    return waits | {"a save, attacked": saves, "a request, attacked": bare}


async def _run(python: str, url: str, folder: Path) -> None:
    """The attackers have a process of their own: what they compute is not to be measured."""
    process = await asyncio.create_subprocess_exec(python, __file__, url, str(folder))
    assert await process.wait() == 0


async def _saves(learner: Visitor, done: asyncio.Event) -> list[float]:
    waits = []
    while not done.is_set():
        begun = time.perf_counter()
        await learner.save(f"The nurse sat down, {begun}")
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(0.02)
    return waits


async def _requests(url: str, done: asyncio.Event) -> list[float]:
    waits = []
    while not done.is_set():
        begun = time.perf_counter()
        await AsyncHTTPClient().fetch(f"{url}coprod/host.js")
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(0.02)
    return waits


async def _attack(url: str, folder: Path) -> None:
    share = FRAMES // PAGES
    await asyncio.gather(*(attack(url, random.Random(n), folder / "code-ran", share) for n in range(PAGES)))


if __name__ == "__main__":
    asyncio.run(_attack(sys.argv[1], Path(sys.argv[2])))
