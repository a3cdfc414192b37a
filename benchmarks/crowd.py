"""A class comes within a minute, while a client behind the same address opens page after page and never connects."""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from first_box import start
from learners import NOTEBOOK, Learner, come, leave
from storm import PATIENCE
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

LEARNERS, SECONDS, TAKING = 300, 60, 20  # TAKING: connections that ask for a page, one after another, without end


def table() -> str:
    """The class alone, and beside the other client, on a new server each."""
    rows = [
        "| a class of | beside | served | p50, s | p95, s | slowest, s | pages that the other client got |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for taking in (0, TAKING):
        with tempfile.TemporaryDirectory() as folder:
            command = ["coprod_widgets", "learn", "--no-open", f"--learners={LEARNERS + 20}"]
            process, url = start(NOTEBOOK, 8974, Path(folder), command)
            try:
                waits, pages = asyncio.run(morning(url, taking))
            finally:
                process.terminate()
                process.wait()
        served, p95 = f"{len(waits)} of {LEARNERS}", waits[int(0.95 * len(waits))]
        rows.append(
            f"| {LEARNERS} in {SECONDS} s | {taking} connections | {served} | {statistics.median(waits):.2f} "
            f"| {p95:.2f} | {waits[-1]:.2f} | {pages} |"
        )
    return "\n".join(rows)


async def morning(url: str, taking: int) -> tuple[list[float], int]:
    """How long each learner waited for the form's state, sorted; and how many pages the other client was made."""
    AsyncHTTPClient.configure(None, max_clients=LEARNERS + taking + 10)
    await asyncio.sleep(5)  # a server that somebody has just started is not yet a server with a class
    taken = [0]
    others = [asyncio.create_task(take(url, taken)) for _ in range(taking)]
    came = await asyncio.gather(*(timed(url, n * SECONDS / LEARNERS) for n in range(LEARNERS)))
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for _, learner in came:
        await leave(url, learner)
    return sorted(wait for wait, _ in came), taken[0]


async def take(url: str, taken: list[int]) -> None:
    while True:
        await AsyncHTTPClient().fetch(HTTPRequest(url, request_timeout=PATIENCE, connect_timeout=PATIENCE))
        taken[0] += 1


async def timed(url: str, delay: float) -> tuple[float, Learner]:
    """One learner, whose page asks for another kernel where its own has ended before it connected."""
    await asyncio.sleep(delay)
    began = time.perf_counter()
    while True:
        try:
            learner = await come(url)
        except HTTPClientError as error:
            if error.code != 404:
                raise
        else:
            return time.perf_counter() - began, learner


if __name__ == "__main__":
    if len(sys.argv) > 1:
        LEARNERS, SECONDS = int(sys.argv[1]), int(sys.argv[2])
    print(table())
