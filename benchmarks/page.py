"""A learner's page that mends its connection, and sends its text until that is acknowledged.

What it does when something goes wrong is what host.js, form.js and box.js do, so that a text which only a reload
would bring to the store is a fault here too.
"""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from learners import KernelGone, Learner, asking, come, leave, reply_to
from storm import connect, states
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

QUESTION = "what_happened"
BEAT, PATIENCE, CONNECTING = 5, 20, 15  # seconds: between heartbeats, for a reply, for a kernel's first words
NOTHING = {"number": 0, "text": ""}

Fault = Callable[["Page", str], Awaitable[None]]
"""What is done to a page's connection just before it sends this frame."""


class Acknowledged(NamedTuple):
    """A text that a page calls saved, and when it was asked for and heard of."""

    text: str
    number: int
    asked: float
    heard: float


@dataclass
class Page:
    """One learner's page. Its text only grows, so that a later text holds every earlier one."""

    url: str
    chance: random.Random
    told: Counter[str]
    """How often learners were told what went wrong."""

    def __post_init__(self) -> None:
        self.name = f"{self.chance.getrandbits(64):016x}"
        self.text, self.saved, self.number, self.known, self.edition = self.name, "", 0, False, ""
        self.queue: Learner | None = None
        self.sent: deque[str] = deque(maxlen=5)
        self.faults: deque[tuple[Fault, asyncio.Event]] = deque()
        self.acknowledged: list[Acknowledged] = []
        self.longest = self.beaten = 0.0
        self.compare = True

    async def write(self, done: asyncio.Event) -> None:
        """Write on until it is done, and then until what is shown is what is stored."""
        await self.mend(dead=True)
        while not done.is_set():
            self.text += f" {self.chance.getrandbits(32):08x}"
            await self.store()
            await asyncio.sleep(self.chance.uniform(0.2, 1))
        self.beaten = 0
        while not self.beaten:
            await self.store()

    async def store(self) -> None:
        """A heartbeat if it is time for one; then send the text until it is stored."""
        began = time.monotonic()
        if began - self.beaten > BEAT and (reply := await self.ask("ping")):
            self.beaten = began
            self.compare |= reply.get("edition", self.edition) != self.edition
        while self.compare or self.text != self.saved:
            await (self.hello() if self.compare else self.save())
        self.longest = max(self.longest, time.monotonic() - began)

    async def save(self) -> None:
        """Send the text once, on top of what this page has seen stored."""
        text, asked = self.text, time.monotonic()
        self.sent.append(text)
        base = self.number or (-1 if self.known else 0)
        reply = await self.ask("save", question=QUESTION, text=text, base=base)
        problem = reply.get("problem")
        if reply.get("ok"):
            self.settle(text, reply["number"], asked)
        elif problem == "conflict" and reply["latest"]["text"] in self.sent:
            self.settle(reply["latest"]["text"], reply["latest"]["number"], asked)
        elif problem == "conflict":  # the learner keeps the text in the box
            self.told["another text is stored"] += 1
            self.number = reply["latest"]["number"]
        elif problem == "gone":
            self.store_anew()
        elif problem:
            self.told[f"`{problem}`: not stored now"] += 1
            await asyncio.sleep(1)

    def settle(self, text: str, number: int, asked: float) -> None:
        """Call a text saved."""
        self.acknowledged.append(Acknowledged(text, number, asked, time.monotonic()))
        self.saved, self.number, self.known = text, number, True
        self.sent.clear()

    async def hello(self) -> None:
        """Compare with the store, as after each break."""
        reply = await self.ask("hello")
        if not reply.get("ok"):
            return await asyncio.sleep(0.5)
        replaced = self.edition and reply.get("edition", self.edition) != self.edition
        self.edition, self.compare, stored = reply["edition"], False, reply["answers"].get(QUESTION, NOTHING)
        if stored["number"] < self.number and not (replaced and reply["known"]):
            self.store_anew()
        elif replaced and self.number and stored["text"] != self.saved:
            self.told["the store was put back"] += 1
            self.saved, self.number = stored["text"], stored["number"]

    def store_anew(self) -> None:
        """The learner reads that the text is no longer in the store, and has it stored again."""
        self.told["no longer in the store"] += 1
        self.saved, self.number, self.known = "", 0, False

    async def ask(self, what: str, **content: object) -> dict[str, Any]:
        """The form's reply; none where the line broke, which then is mended, or where nobody answered."""
        assert self.queue
        asked, frame = asking(self.queue, what, **content)
        try:
            async with asyncio.timeout(PATIENCE):
                if what == "save" and self.faults:
                    fault, done = self.faults.popleft()
                    done.set()
                    await fault(self, frame)
                await self.queue.socket.write_message(frame)
                return await reply_to(asked, self.queue)
        except TimeoutError:
            self.told[f"nobody answered for {PATIENCE} s"] += 1
        except KernelGone:
            self.told["the kernel was gone"] += 1
            await self.mend(dead=True)
        except (ConnectionError, StreamClosedError, WebSocketClosedError):
            self.told["the connection closed"] += 1
            await self.mend(dead=False)
        return {}

    async def mend(self, *, dead: bool) -> None:
        """Connect to the same kernel, or, where that is dead or could not be had twice, to a new one."""
        tries, wait = 0, 0.3 if dead else 1.0
        while True:
            await asyncio.sleep(wait)
            try:
                async with asyncio.timeout(CONNECTING):
                    await (self.move() if dead or tries > 1 else self.connect_again())
                break
            except KernelGone:
                dead = True
            except Exception:  # whatever the server is just going through
                tries += 1
            wait = min(10, 2 ** min(tries, 3)) * self.chance.uniform(0.75, 1.25)
        self.compare = True

    async def connect_again(self) -> None:
        assert self.queue
        self.queue.socket.close()
        self.queue.socket = await connect(self.url, self.queue.kernel)
        forms, _ = await states(self.queue.socket)
        if self.queue.form not in forms:  # it died meanwhile and was started anew
            raise KernelGone

    async def move(self) -> None:
        """To a new kernel; the old one is not needed any more."""
        new, old = await come(self.url), self.queue
        if old:
            new.device = old.device
        self.queue = new
        if old:
            with suppress(Exception):  # as a beacon: nobody looks at what becomes of it
                await leave(self.url, old)
