"""A class writes: everybody connected at once, each saving every few seconds, and what the store has in the end.

Each learner does what the form does: a text that grows is saved on top of the last one, each save waits for its
answer, and whoever leaves tells the server so.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from first_box import start
from learners import NOTEBOOK, SENTENCE, Learner, come, leave, save
from storm import family, pss
from tornado.httpclient import AsyncHTTPClient

from coprod_widgets.store.responses import ResponseStore

LEARNERS, MINUTES, EVERY = 300, 5, 4  # seconds between two saves of a learner, on average


def table() -> str:
    """One class on one server."""
    with tempfile.TemporaryDirectory() as folder:
        process, url = start(NOTEBOOK, 8973, Path(folder), ["coprod_widgets", "learn", "--no-open"])
        try:
            learners, memory, weights = asyncio.run(lesson(url, process.pid))
        finally:
            process.terminate()
            process.wait()
        with ResponseStore(str(Path(folder) / "8973.sqlite3")) as store:
            kept = [row["text"] for row in store.rows()]
    lost = (
        len(learners)
        if len(kept) != len(learners)
        else sum(a != b for a, b in zip(sorted(kept), sorted(one.text for one in learners), strict=True))
    )
    waits = sorted(wait for learner in learners for wait in learner.waits)
    p95 = waits[int(0.95 * len(waits))]
    rows = [
        "| learners | saves | a save, p50, ms | p95, ms | slowest, ms | texts lost | PSS a kernel, MB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        f"| {len(learners)} for {MINUTES} min | {len(waits)} | {1000 * statistics.median(waits):.0f} "
        f"| {1000 * p95:.0f} | {1000 * waits[-1]:.0f} | {lost} | {memory:.0f} |",
        "",
        "| the server's | before | while they write | after they left |",
        "| --- | --- | --- | --- |",
        *(f"| {name} | " + " | ".join(f"{weight[name]:.0f}" for weight in weights) + " |" for name in weights[0]),
    ]
    return "\n".join(rows)


async def lesson(url: str, pid: int) -> tuple[list[Learner], float, list[dict[str, float]]]:
    """Come, write, leave; what the server weighs before, meanwhile and after."""
    AsyncHTTPClient.configure(None, max_clients=LEARNERS + 10)
    await asyncio.sleep(5)  # a server that somebody has just started is not yet a server with a class
    for early in [await come(url) for _ in range(3)]:  # what is loaded once is no growth
        await leave(url, early)
    weights = [await weight(pid, kernels=0)]
    end = time.monotonic() + 60 * MINUTES + LEARNERS / 10
    class_ = [asyncio.create_task(come_and_write(url, n / 10, end)) for n in range(LEARNERS)]
    await asyncio.sleep(end - time.monotonic() - 5)
    weights.append(await weight(pid, kernels=LEARNERS))
    memory = pss(pid)
    learners = await asyncio.gather(*class_)
    for learner in learners:
        await leave(url, learner)
    weights.append(await weight(pid, kernels=0))
    return learners, memory, weights


async def come_and_write(url: str, delay: float, end: float) -> Learner:
    """Add a sentence every few seconds."""
    await asyncio.sleep(delay)
    learner = await come(url)
    while time.monotonic() < end:
        await asyncio.sleep(random.uniform(0.5, 1.5) * EVERY)
        learner.text += SENTENCE
        began = time.perf_counter()
        reply = await save(learner)
        learner.waits.append(time.perf_counter() - began)
        assert reply["ok"], reply["problem"]
        learner.number = reply["number"]
    return learner


async def weight(pid: int, *, kernels: int) -> dict[str, float]:
    """What the server holds, once it has so many kernels (the fork server is one more process)."""
    deadline = time.monotonic() + 300
    while len(family(pid)) - 2 != kernels and time.monotonic() < deadline:
        await asyncio.sleep(1)
    server = psutil.Process(pid)
    return {
        "kernels": len(family(pid)) - 2,
        "open files": server.num_fds(),
        "threads": server.num_threads(),
        "memory, MB (RSS)": server.memory_info().rss / 1e6,
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        LEARNERS, MINUTES = int(sys.argv[1]), float(sys.argv[2])
    print(table())
