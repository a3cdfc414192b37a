"""What can go wrong while learners write: the faults that `faults.py` draws, and the server that they befall."""

import asyncio
import random
import signal
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from math import inf
from pathlib import Path

import psutil
import sqlalchemy as sa
from first_box import ROOT, start
from kills import forkers_of, kernels_of
from learners import NOTEBOOK, asking
from page import QUESTION, Acknowledged, Page

from coprod_widgets.store.responses import ResponseStore

sys.path.append(str(ROOT / "tests"))
from fuzzing import Visitor, frames

PORT = 8978
AGAIN = 20  # seconds at most for which a server that is back is left alone
Processes = Callable[[int], list[psutil.Process]]
"""Finds processes of the server with this number."""
DISCONNECT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Run:
    """A server under fire, its learners, and what the operator did meanwhile."""

    store: str
    folder: Path
    told: Counter[str] = field(default_factory=Counter)
    pages: list[Page] = field(default_factory=list)
    restores: list[list[float]] = field(default_factory=list)
    """When each backup that was put back was begun, and when it was in place."""
    lacking: int = 0
    """Texts that were acknowledged before a backup, and are not in it."""
    vanished: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.operator, self.writer = asyncio.Lock(), asyncio.Lock()  # one at a time on the server, and on the store

    async def begin(self) -> None:
        """Start the server, when nobody else holds the store: it would wait for ten seconds, and then give up."""
        command = ["coprod_widgets", "learn", "--no-open"]
        async with self.writer:
            started = await asyncio.to_thread(start, NOTEBOOK, PORT, self.folder, command, store=self.store)
        self.process, self.url = started

    async def back(self) -> None:
        """Wait until every page has stored something on a new server: no operator ends it before."""
        since = time.monotonic()
        while time.monotonic() < since + AGAIN:
            if all(page.acknowledged and page.acknowledged[-1].heard > since for page in self.pages):
                return
            await asyncio.sleep(0.1)

    async def any(self, of: Processes, chance: random.Random) -> psutil.Process:
        """One of the server's processes, as soon as there is one."""
        while True:
            assert self.operator.locked() or self.process.poll() is None, "the server has ended by itself"
            with suppress(psutil.Error):
                if found := of(self.process.pid):
                    return chance.choice(found)
            await asyncio.sleep(0.2)

    async def coprod(self, *words: object) -> None:
        """What an operator types."""
        command = [sys.executable, "-m", "coprod_widgets", *map(str, words), f"--store={self.store}"]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        assert await process.wait() == 0, words

    def wrong(self, acknowledged: Iterable[Acknowledged], kept: list[tuple[str, int]]) -> Counter[str]:
        """What is wrong about the texts of one page, beside what is stored of it.

        A restore takes away what came after its backup was begun. That is no fault where the page has noticed: a text
        that it has stored since holds every earlier one.
        """
        texts, wrong = {text for text, _ in kept}, Counter[str]()
        for one in acknowledged:
            if any(one.heard > began and one.asked < done for began, done in self.restores):
                wrong["taken away"] += one.text not in texts
                wrong["not stored again"] += not any(one.text in text for text in texts)
            else:
                wrong["absent"] += one.text not in texts
                wrong["number"] += one.text in texts and (one.text, one.number) not in kept
        return wrong


def kept(store: str, page: Page) -> list[tuple[str, int]]:
    """Every text of a page that is stored, and its number."""
    with ResponseStore(store) as opened:
        rows = opened.rows(latest_only=False)
    return [(row["text"], row["revision"]) for row in rows if row["text"].startswith(page.name)]


# --- the server's processes ---


async def kill(run: Run, chance: random.Random, of: Processes) -> None:
    process = await run.any(of, chance)
    with suppress(psutil.NoSuchProcess):
        process.kill()


async def end_server(run: Run, chance: random.Random, how: signal.Signals) -> None:
    """End the server, and start it again as soon as it is gone."""
    async with run.operator:
        run.process.send_signal(how)
        await asyncio.to_thread(run.process.wait, 60)
        await run.begin()
        await run.back()


async def stop(run: Run, chance: random.Random, of: Processes) -> None:
    """Let a process stand still for some seconds."""
    process, seconds = await run.any(of, chance), chance.uniform(1, 8)
    with suppress(psutil.NoSuchProcess):
        process.suspend()
        try:
            await asyncio.sleep(seconds)
        finally:  # else nothing could end it
            process.resume()


async def stop_server(run: Run, chance: random.Random) -> None:
    async with run.operator:
        await stop(run, chance, lambda pid: [psutil.Process(pid)])


# --- the store ---


async def lock(run: Run, chance: random.Random) -> None:
    """Another program holds the only write lock, now and then for longer than the kit waits for it."""
    seconds = chance.uniform(1, 13)
    async with run.writer:
        await asyncio.to_thread(hold, run.store, seconds, writing=True)


async def read(run: Run, chance: random.Random) -> None:
    await asyncio.to_thread(hold, run.store, chance.uniform(3, 15), writing=False)


def hold(store: str, seconds: float, *, writing: bool) -> None:
    """Keep a transaction open."""
    with ResponseStore(store) as opened, suppress(sa.exc.OperationalError):  # ended, or no turn in ten seconds
        database = opened.database
        with database.writing() if writing else database.reading() as connection:
            if writing and database.file is None:
                connection.execute(sa.text("LOCK TABLE revision IN EXCLUSIVE MODE"))
            connection.execute(sa.text("SELECT count(*) FROM revision"))
            time.sleep(seconds)


async def fill(run: Run, chance: random.Random) -> None:
    """A kernel can't make the store's files any longer, as on a full disk: the write that tries it fails half-way."""
    seconds, room = chance.uniform(1, 8), chance.randrange(20_000)
    kernel, log = await run.any(kernels_of, chance), Path(f"{run.store}-wal")
    with suppress(psutil.NoSuchProcess):
        soft, hard = kernel.rlimit(psutil.RLIMIT_FSIZE)
        kernel.rlimit(psutil.RLIMIT_FSIZE, ((log.stat().st_size if log.exists() else 0) + room, hard))
        await asyncio.sleep(seconds)
        kernel.rlimit(psutil.RLIMIT_FSIZE, (soft, hard))


async def disconnect(run: Run, chance: random.Random) -> None:
    """End every connection to PostgreSQL but this one."""
    with (
        ResponseStore(run.store) as opened,
        suppress(sa.exc.OperationalError),
        opened.database.reading() as connection,
    ):
        connection.execute(sa.text(DISCONNECT))


async def back_up(run: Run, chance: random.Random) -> Path:
    """A backup while learners write; what they have been told is saved is in it."""
    target, before = (
        run.folder / f"backup-{chance.getrandbits(64):x}.sqlite3",
        [[*page.acknowledged] for page in run.pages],
    )
    await run.coprod("backup", target)
    for page, acknowledged in zip(run.pages, before, strict=True):
        run.lacking += run.wrong(acknowledged, kept(str(target), page))["absent"]
    return target


async def put_back(run: Run, chance: random.Random) -> None:
    """A fresh backup takes the store's place while learners write."""
    seconds = chance.uniform(0, 3)
    async with run.writer:
        run.restores.append(restore := [time.monotonic(), inf])
        backup = await back_up(run, chance)
        await asyncio.sleep(seconds)
        await run.coprod("restore", backup, "--overwrite")
        restore[1] = time.monotonic()


# --- a page's connection ---


async def on_a_page(run: Run, chance: random.Random, fault: Callable[..., Awaitable[None]]) -> None:
    """The next save that a page sends meets this."""
    page, done = chance.choice(run.pages), asyncio.Event()
    page.faults.append((partial(fault, run, chance), done))
    await done.wait()


async def twice(run: Run, chance: random.Random, page: Page, frame: str) -> None:
    await page.line.socket.write_message(frame)


async def stale(run: Run, chance: random.Random, page: Page, frame: str) -> None:
    """A save of before comes once more, late."""
    if page.acknowledged:
        old = chance.choice(page.acknowledged)
        _, frame = asking(page.line, "save", question=QUESTION, text=old.text, base=old.number - 1)
        await page.line.socket.write_message(frame)


async def fuzzed(run: Run, chance: random.Random, page: Page, frame: str) -> None:
    """Frames that no page sends, on a page's own connection; what they say is said as another learner."""
    hostile = Visitor(page.url, page.line.kernel, page.line.form, page.line.socket)
    for one in islice(frames(hostile, chance, run.folder / "code-ran"), 10):
        await page.line.socket.write_message(one, binary=isinstance(one, bytes))


async def torn(run: Run, chance: random.Random, page: Page, frame: str) -> None:
    """The connection is cut in the middle of a frame."""
    data = frame.encode()
    whole = b"\x81\xfe" + len(data).to_bytes(2) + bytes(4) + data  # a final text frame, its length, and a mask of zeros
    await page.line.socket.protocol.stream.write(whole[: chance.randrange(1, len(whole))])
    cut(chance, page)


async def sent_and_cut(run: Run, chance: random.Random, page: Page, frame: str) -> None:
    """The connection is cut when the save has gone out: the page can't know what became of it."""
    await page.line.socket.write_message(frame)
    await asyncio.sleep(chance.choice([0, 0.01, 0.05]))
    cut(chance, page)


async def vanish(run: Run, chance: random.Random, page: Page, frame: str) -> None:
    """The page's computer is gone without a word, as in a tunnel: the server sees a connection that takes nothing."""
    await page.line.socket.write_message(frame)
    stream = page.line.socket.protocol.stream
    run.vanished.append(stream.socket.dup())
    stream.close()


def cut(chance: random.Random, page: Page) -> None:
    """Close a connection, in one of two cases without waiting for what is still on its way."""
    stream = page.line.socket.protocol.stream
    if stream.socket and chance.random() < 0.5:
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()


async def half_open(run: Run, chance: random.Random) -> None:
    """Somebody sends half a request, and then nothing."""
    seconds, size = chance.uniform(3, 15), chance.randrange(20)
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", PORT)
        writer.write(b"GET / HTTP/1.1\r\nHost:"[:size])
        await asyncio.sleep(seconds)
        writer.close()


# How many of each kind SQLite gets, and PostgreSQL, which has tools of its own for backups.
KINDS: dict[str, tuple[int, int, Callable[[Run, random.Random], Awaitable[None]]]] = {
    "a kernel is killed": (40, 8, partial(kill, of=kernels_of)),
    "the fork server is killed": (14, 3, partial(kill, of=forkers_of)),
    "the server is killed, and started again": (4, 1, partial(end_server, how=signal.SIGKILL)),
    "the server is ended by SIGTERM, and started again": (3, 1, partial(end_server, how=signal.SIGTERM)),
    "a kernel stands still for 1 to 8 s": (16, 4, partial(stop, of=kernels_of)),
    "the fork server stands still": (6, 2, partial(stop, of=forkers_of)),
    "the server stands still": (4, 1, stop_server),
    "the write lock is taken for 1 to 13 s": (6, 2, lock),
    "a reader stays for 3 to 15 s": (8, 3, read),
    "a kernel finds the disk full for 1 to 8 s": (12, 0, fill),
    "all connections to the database end": (0, 6, disconnect),
    "a backup is made": (6, 0, back_up),
    "a fresh backup is put back": (6, 0, put_back),
    "a save is sent twice": (32, 7, partial(on_a_page, fault=twice)),
    "an old save comes once more": (33, 7, partial(on_a_page, fault=stale)),
    "ten hostile frames come before a save": (25, 6, partial(on_a_page, fault=fuzzed)),
    "a connection is cut in the middle of a save": (30, 7, partial(on_a_page, fault=torn)),
    "a connection is cut just after a save": (36, 8, partial(on_a_page, fault=sent_and_cut)),
    "a page vanishes without closing": (9, 2, partial(on_a_page, fault=vanish)),
    "half a request, and then nothing": (10, 2, half_open),
}
