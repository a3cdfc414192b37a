"""A class that writes: everybody connected, each saving every few seconds; then the store is read back."""

import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil
from first_box import ROOT, start
from storm import KERNEL, AsyncHTTPClient, HTTPRequest, connect, message, pss, states

from coprod_widgets.store import ResponseStore

LEARNERS, MINUTES, EVERY = 300, 5.0, 4.0  # everyone saves about every `EVERY` seconds
QUESTIONS = ("what_happened", "patient_plan", "professional_plan", "resources_and_supports")
SENTENCE = "She drew the lung on the back of an envelope and asked what I would like to be able to do again. "


def table() -> str:
    """One class on our server."""
    with tempfile.TemporaryDirectory() as folder:
        notebook = ROOT / "notebooks" / "app" / "self_study.ipynb"
        command = ["coprod_widgets.cli", "learn", "--no-open"]
        process, url = start(notebook, 8972, Path(folder), command)
        time.sleep(5)
        try:
            figures = asyncio.run(lesson(url, process.pid))
            with ResponseStore(str(Path(folder, "8972.sqlite3"))) as store:
                kept = {(row["question"], row["text"]) for row in store.rows()}
            time.sleep(5)
            server = psutil.Process(process.pid)
            left, files = len(server.children(recursive=True)) - 1, server.num_fds()
        finally:
            process.terminate()
            process.wait()
    waits, last = sorted(figures["waits"]), figures["last"]
    lost = len([one for one in last if one not in kept])
    return "\n".join(
        [
            "| learners | minutes | saves | p50, ms | p95, ms | max, ms | texts lost | PSS a kernel, MB |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
            f"| {figures['connected']} | {MINUTES:g} | {len(waits)} | {1000 * statistics.median(waits):.0f} "
            f"| {1000 * waits[int(0.95 * len(waits))]:.0f} | {1000 * waits[-1]:.0f} | {lost} | {figures['pss']:.0f} |",
            "",
            f"Five seconds after everybody left: {left} kernels, {files} open files in the server "
            f"({figures['files']} while all were connected).",
        ]
    )


async def lesson(url: str, pid: int) -> dict:
    """Everybody comes within a minute, writes, and leaves."""
    AsyncHTTPClient.configure(None, max_clients=LEARNERS + 10)
    begin, end = asyncio.Event(), asyncio.Event()
    learners = [Learner(url, n * 60 / LEARNERS, begin, end) for n in range(LEARNERS)]
    tasks = [asyncio.create_task(learner.take_part()) for learner in learners]
    while not all(learner.here or task.done() for learner, task in zip(learners, tasks, strict=True)):
        await asyncio.sleep(0.1)
    connected, memory, files = sum(one.here for one in learners), pss(pid), psutil.Process(pid).num_fds()
    begin.set()
    await asyncio.sleep(MINUTES * 60)
    end.set()
    await asyncio.gather(*tasks)
    last = [one for learner in learners for one in learner.texts.items()]
    waits = [wait for learner in learners for wait in learner.waits]
    return {"connected": connected, "waits": waits, "last": last, "pss": memory, "files": files}


class Learner:
    """One browser: its kernel's line, and what it has written."""

    def __init__(self, url: str, delay: float, begin: asyncio.Event, end: asyncio.Event):
        self.url, self.delay, self.begin, self.end = url, delay, begin, end
        self.here = False
        self.device = uuid.uuid4().hex
        self.texts: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.waits: list[float] = []

    async def take_part(self) -> None:
        await asyncio.sleep(self.delay)
        client = AsyncHTTPClient()
        answer = await client.fetch(HTTPRequest(self.url, request_timeout=240))
        self.kernel = KERNEL.search(answer.body.decode())[1]
        self.socket = await connect(self.url, self.kernel)
        (models, _), self.here = await states(self.socket), True
        self.model = next(model for model in models if model in answer.body.decode())
        await self.begin.wait()
        await asyncio.sleep(random.uniform(0, EVERY))
        while not self.end.is_set():
            await self.save()
            await asyncio.sleep(random.uniform(0.5, 1.5) * EVERY)
        self.socket.close()
        cookie = answer.headers.get_list("Set-Cookie")
        token = next(one.split("=", 1)[1].split(";")[0] for one in cookie if one.startswith("_xsrf="))
        leaving = HTTPRequest(
            f"{self.url}voila/api/shutdown/{self.kernel}",
            method="POST",
            body=f"_xsrf={token}",
            headers={"Cookie": f"_xsrf={token}"},
        )
        await client.fetch(leaving)

    async def save(self) -> None:
        """One save, acknowledged."""
        question = random.choice(QUESTIONS)
        text = f"{self.texts.get(question, self.device)} {SENTENCE}"[:5000]
        number = uuid.uuid4().hex
        asked = {"id": number, "ask": "save", "device": self.device, "question": question, "text": text}
        asked["base"] = self.numbers.get(question, 0)
        content = {"comm_id": self.model, "data": {"method": "custom", "content": asked}}
        began = time.perf_counter()
        await self.socket.write_message(message("comm_msg", content))
        while True:
            frame = await self.socket.read_message()
            if isinstance(frame, str) and number in frame and '"reply_to"' in frame:
                break
        self.waits.append(time.perf_counter() - began)
        reply = json.loads(frame)["content"]["data"]["content"]
        assert reply["ok"], reply
        self.texts[question], self.numbers[question] = text, reply["number"]


if __name__ == "__main__":
    LEARNERS, MINUTES = int(sys.argv[1]), float(sys.argv[2])
    os.environ.setdefault("COPROD_STORE", "")
    print(table())
