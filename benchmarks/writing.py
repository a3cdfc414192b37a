"""A class writes: everybody connected at once, each saving every few seconds, and what the store has in the end.

Each learner does what the form does: a text that grows is saved on top of the last one, each save waits for its
answer, and whoever leaves tells the server so.
"""

import asyncio
import random
import re
import statistics
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psutil
from first_box import ROOT, start
from storm import KERNEL, PATIENCE, connect, family, heard, message, pss, states
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection

from coprod_widgets.store import ResponseStore

LEARNERS, MINUTES, EVERY = 300, 5, 4  # seconds between two saves of a learner, on average
SENTENCE = "The nurse sat down, asked what mattered to my father, and wrote it on the board beside his bed. "
NOTEBOOK = ROOT / "notebooks" / "app" / "self_study.ipynb"


@dataclass
class Learner:
    """One page: its kernel, its form, its cookie, and what it has sent."""

    kernel: str
    form: str
    cookie: str
    socket: WebSocketClientConnection
    device: str = field(default_factory=lambda: uuid.uuid4().hex)
    text: str = ""
    number: int = 0
    waits: list[float] = field(default_factory=list)


def table() -> str:
    """One class on one server."""
    with tempfile.TemporaryDirectory() as folder:
        process, url = start(NOTEBOOK, 8973, Path(folder), ["coprod_widgets.cli", "learn", "--no-open"])
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


async def come(url: str) -> Learner:
    """Open the page, and stay connected."""
    request = HTTPRequest(url, request_timeout=PATIENCE, connect_timeout=PATIENCE)
    response = await AsyncHTTPClient().fetch(request)
    page = response.body.decode()
    kernel, cookie = KERNEL.search(page), re.search(r"_xsrf=[^;]+", str(response.headers))
    assert kernel and cookie
    socket = await connect(url, kernel[1])
    models, _ = await states(socket)
    form = next(model for model in models if f'"{model}"' in page)
    return Learner(kernel[1], form, cookie[0], socket)


async def save(learner: Learner) -> dict:
    """Send the text, and wait for the form's answer."""
    asked = uuid.uuid4().hex
    what = {"id": asked, "ask": "save", "device": learner.device, "question": "what_happened"}
    what |= {"text": learner.text, "base": learner.number}
    content = {"comm_id": learner.form, "data": {"method": "custom", "content": what}}
    await learner.socket.write_message(message("comm_msg", content))
    async with asyncio.timeout(PATIENCE):
        while True:
            reply = (await heard(learner.socket))[0].get("data", {}).get("content", {})
            if isinstance(reply, dict) and reply.get("reply_to") == asked:
                return reply


async def leave(url: str, learner: Learner) -> None:
    """Close the page, with a word to the server as a page does."""
    learner.socket.close()
    body = urlencode({"_xsrf": learner.cookie.partition("=")[2]})
    address = f"{url}voila/api/shutdown/{learner.kernel}"
    await AsyncHTTPClient().fetch(HTTPRequest(address, method="POST", body=body, headers={"Cookie": learner.cookie}))


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
