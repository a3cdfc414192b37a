"""Random faults while learners write: is a text that was acknowledged ever absent from the store afterwards?

`make bench ARGS=faults` draws a seed and tells it; `.venv/bin/python benchmarks/faults.py SEED` draws the same faults
once more. Either ends with an error where a text or a learner is lost, or a process is left over.
"""

import asyncio
import logging
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
from fault_kinds import KINDS, ROOT, Run, kept
from kills import kernels_of, told_of
from learners import leave
from page import Page
from tornado.httpclient import AsyncHTTPClient

from coprod_widgets.store.responses import ResponseStore

sys.path.append(str(ROOT / "tests"))
from postgres import as_address, new_database, server

LEARNERS, EVERY = 8, 0.6  # seconds between two faults
BACK, LEAVING = 60, 40  # seconds after the last fault in which all must have stored; in which kernels must have ended

STORES = ("SQLite", "PostgreSQL")
ABSENT, STUCK, OVER = "of them absent from the store", "learners who could not store again", "processes left over"
LACKING, OTHER = "acknowledged before a backup and not in it", "stored under another number"


async def trial(run: Run, plan: list[str], chance: random.Random) -> dict[str, object]:
    """All faults of a plan, and what became of the texts."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(32))  # most of them only wait
    AsyncHTTPClient.configure(None, max_clients=100)
    logging.getLogger("tornado").setLevel(logging.CRITICAL)  # it tells of connections that a page has given up
    began, done = time.monotonic(), asyncio.Event()
    await run.begin()
    await asyncio.sleep(5)
    at_start = psutil.Process(run.process.pid).num_fds()
    run.pages = [Page(run.url, random.Random(chance.random()), run.told) for _ in range(LEARNERS)]
    try:
        async with asyncio.TaskGroup() as writing:
            learners = [writing.create_task(page.write(done)) for page in run.pages]
            async with asyncio.TaskGroup() as fire:
                for kind in plan:
                    fire.create_task(KINDS[kind][2](run, random.Random(chance.random())))
                    await asyncio.sleep(chance.uniform(0, 2 * EVERY))
            done.set()
            _, stuck = await asyncio.wait(learners, timeout=BACK)
            for learner in stuck:
                learner.cancel()
        at_end = await left(run)
    finally:
        run.process.terminate()
        run.process.wait()
    _, over = psutil.wait_procs(told_of(run.store), timeout=10)
    return facts(run, len(stuck)) | {
        OVER: len(over),
        "open files of the server, before and when all had left": f"{at_start} and {at_end}",
        "seconds": round(time.monotonic() - began),
    }


async def left(run: Run) -> int:
    """The server's open files when all pages have left and their kernels have ended."""
    for end in run.vanished:
        end.close()
    for page in run.pages:
        with suppress(Exception):
            await leave(run.url, page.line)
    deadline = time.monotonic() + LEAVING
    while kernels_of(run.process.pid) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    return psutil.Process(run.process.pid).num_fds()


def facts(run: Run, stuck: int) -> dict[str, object]:
    """What is in the store, beside what was acknowledged."""
    wrong = sum((run.wrong(page.acknowledged, kept(run.store, page)) for page in run.pages), Counter())
    with ResponseStore(run.store) as store:
        rows = store.rows(latest_only=False)
        numbers = Counter((row["pseudonym"], row["session"], row["question"], row["revision"]) for row in rows)
        file = store.database.file
    checked: dict[str, object] = {}
    if file:
        with closing(sqlite3.connect(file)) as raw:
            checked["`integrity_check`"] = raw.execute("PRAGMA integrity_check").fetchone()[0]
            checked["rows that belong to none"] = len(raw.execute("PRAGMA foreign_key_check").fetchall())
        checked[LACKING] = run.lacking
    return {
        "texts acknowledged": sum(len(page.acknowledged) for page in run.pages),
        ABSENT: wrong["absent"] + wrong["not stored again"],
        "taken away by a restore, and stored again by their page with a later text": wrong["taken away"],
        STUCK: stuck,
        OTHER: wrong["number"],
        "numbers given twice": sum(times > 1 for times in numbers.values()),
        **checked,
        "longest wait for an acknowledgement, s": round(max(page.longest for page in run.pages)),
        **{f"learners were told: {what}": times for what, times in run.told.most_common()},
    }


@contextmanager
def store_on(name: str, folder: Path) -> Iterator[str]:
    """The address of a new store."""
    if name == "SQLite":
        yield str(folder / "store.sqlite3")
    else:
        with server() as address, new_database(address) as url:
            yield as_address(url)


def table(seed: int | None = None) -> str:
    """Both stores, one after the other."""
    seed = random.randrange(1_000_000) if seed is None else seed
    load = os.getloadavg()[0]
    print(f"The faults of seed {seed}")
    columns: list[dict[str, object]] = []
    for at, name in enumerate(STORES):
        chance = random.Random(f"{seed} {name}")
        plan = [kind for kind, row in KINDS.items() for _ in range(row[at])]
        chance.shuffle(plan)
        with tempfile.TemporaryDirectory() as folder, store_on(name, Path(folder)) as store:
            seen = asyncio.run(trial(Run(store, Path(folder)), plan, chance))
        columns.append({kind: row[at] for kind, row in KINDS.items()} | {"**faults**": len(plan)} | seen)
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [f"| | {' | '.join(STORES)} |", "| --- | --- | --- |"]
    rows += [f"| {name} | {' | '.join(str(column.get(name, '')) for column in columns)} |" for name in names]
    told = (
        f"{LEARNERS} learners write while these faults come, at random times and places, drawn from seed {seed}; the "
        f"machine's\nload was {load:.1f} before. The longest wait is that of a page whose servers were ended one after "
        "another."
    )
    text = "\n".join(rows) + f"\n\n{told}"
    if any(column.get(name) for column in columns for name in (ABSENT, LACKING, OTHER, STUCK, OVER)):
        sys.exit(f"{text}\n\nA text or a learner was lost, or a process is left over.")
    return text


if __name__ == "__main__":
    print(table(*map(int, sys.argv[1:])))
