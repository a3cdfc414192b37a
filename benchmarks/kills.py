"""Ten kernels are killed every second while a class of a hundred comes and writes, and once the fork server too.

Each page does what ours does: when its line breaks or falls silent it asks for a new kernel and sends its text again.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from first_box import start
from learners import NOTEBOOK, SENTENCE, Learner, come, save
from tornado.httpclient import AsyncHTTPClient

from coprod_widgets.store.responses import ResponseStore

LEARNERS, COMING, LASTING, KILLED = 100, 20, 40, 10  # seconds in which all come; seconds of killing; kernels a second
SILENCE = 5  # seconds after which a page asks for a new kernel


@dataclass
class Told:
    """What happened to a class."""

    waits: list[float] = field(default_factory=list)
    """Seconds to each learner's first form."""
    kills: int = 0
    forms: int = 0
    back: float = float("nan")
    """Seconds until there was another fork server."""


def table() -> str:
    """One class, under fire."""
    with tempfile.TemporaryDirectory() as folder:
        process, url = start(NOTEBOOK, 8975, Path(folder), ["coprod_widgets", "learn", "--no-open"])
        told = Told()
        try:
            texts = asyncio.run(lesson(url, process.pid, told))
            kernels = kernels_of(process.pid)
        finally:
            process.terminate()
            process.wait()
        _, left = psutil.wait_procs(kernels, timeout=10)
        with ResponseStore(str(Path(folder) / "8975.sqlite3")) as store:
            kept = sorted(row["text"] for row in store.rows())
    lost = sum(text not in kept for text in texts)
    waits = sorted(told.waits)
    return "\n".join([
        "| learners | killed kernels | forms given | got a form | first form, p50, s | p95, s | texts lost "
        "| fork server back, s | processes left over |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        f"| {LEARNERS} in {COMING} s | {told.kills} | {told.forms} | {len(waits)} | {statistics.median(waits):.2f} "
        f"| {waits[int(0.95 * len(waits))]:.2f} | {lost} | {told.back:.2f} | {len(left)} |",
    ])  # fmt: skip


async def lesson(url: str, pid: int, told: Told) -> list[str]:
    """The texts that everybody believes to be stored."""
    AsyncHTTPClient.configure(None, max_clients=LEARNERS + 10)
    await asyncio.sleep(5)
    end = time.monotonic() + LASTING
    class_ = [asyncio.create_task(learn(url, n * COMING / LEARNERS, end, told)) for n in range(LEARNERS)]
    fire = asyncio.create_task(kill(pid, end, told))
    texts = await asyncio.gather(*class_)
    await fire
    return texts


async def kill(pid: int, end: float, told: Told) -> None:
    """Kernels at random; half-way, the fork server."""
    half = end - LASTING / 2
    while time.monotonic() < end:
        if half and time.monotonic() > half:
            half = 0
            await kill_forker(pid, told)
        kernels = kernels_of(pid)
        for kernel in random.sample(kernels, min(KILLED, len(kernels))):
            with suppress(psutil.NoSuchProcess):
                kernel.kill()
                told.kills += 1
        await asyncio.sleep(1)


async def kill_forker(pid: int, told: Told) -> None:
    """Kill the fork server, and wait until there is another."""
    (forker,) = forkers_of(pid)
    began = time.perf_counter()
    forker.kill()
    while not any(one.pid != forker.pid for one in forkers_of(pid)):
        await asyncio.sleep(0.02)
    told.back = time.perf_counter() - began


def forkers_of(pid: int) -> list[psutil.Process]:
    """The server's own children that fork; a kernel has the name of what it was forked from."""
    return [one for one in psutil.Process(pid).children() if one.status() != psutil.STATUS_ZOMBIE]


def kernels_of(pid: int) -> list[psutil.Process]:
    """Every kernel on the server's store, also those whose fork server is gone."""
    store, forkers = psutil.Process(pid).environ()["COPROD_STORE"], {one.pid for one in forkers_of(pid)}
    found = []
    for process in told_of(store):
        with suppress(psutil.Error):
            if process.pid not in forkers and any("kernels.forkserver" in word for word in process.cmdline()):
                found.append(process)
    return found


def told_of(store: str) -> list[psutil.Process]:
    """Every process that was started on this store: servers, their fork servers, and kernels."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("COPROD_STORE") == store:
                found.append(process)
    return found


async def learn(url: str, delay: float, end: float, told: Told) -> str:
    """Write until the end, whatever happens to the kernel; the last text is sent until it is acknowledged."""
    await asyncio.sleep(delay)
    began = time.perf_counter()
    learner = await form(url, told)
    told.waits.append(time.perf_counter() - began)
    while True:
        learner.text += SENTENCE
        while True:
            try:
                async with asyncio.timeout(SILENCE):
                    reply = await save(learner)
            except Exception:
                learner.socket.close()
                new = await form(url, told)
                new.device, new.text, new.number = learner.device, learner.text, learner.number
                learner = new
                continue
            if reply["ok"]:
                learner.number = reply["number"]
                break
            learner.number = reply["latest"]["number"]  # its own, from a kernel that died before it could answer
        if time.monotonic() > end:
            return learner.text
        await asyncio.sleep(random.uniform(1, 3))


async def form(url: str, told: Told) -> Learner:
    """A page with its form, asked for as often as it takes."""
    while True:
        with suppress(Exception):
            async with asyncio.timeout(20):
                learner = await come(url)
            told.forms += 1
            return learner
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    print(table())
    sys.exit()
