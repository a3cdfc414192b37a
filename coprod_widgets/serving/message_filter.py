"""Reads what visitors send over a websocket; nothing else in the server parses their bytes.

All visitors share one event loop, so a frame is bounded before it is parsed: its size, its strings, its numbers and
its depth. What goes on to a kernel is built anew from checked parts. Everything else is dropped without a word: no log
says what it was or whose.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, MutableSet
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeGuard

LONGEST = 1_200_000
"""Bytes of one frame: twice an answer of 100,000 characters, each of which may take 6 bytes as JSON. A page sends none
that is longer (static/shared/channel.js). To read one takes some 30 ms at most."""

CONTROL = "jupyter.widget.control"
"""The one target that a page may open: over it a kernel tells the state of its widgets."""

OUTSIDE = {"channel", "header", "parent_header", "metadata", "content", "buffers"}
HEADER = {"msg_id", "msg_type", "session", "username", "version", "date", "subshell_id"}
# It always matches to the end of a string, also of one without an end: it never goes back over what it has read.
STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a kind of page sends."""

    kinds: frozenset[str]
    methods: frozenset[str]
    controls: int
    """Control comms that one connection may open."""
    strings: int
    """Strings that one frame may hold, names included."""
    depth: int


THIN = Profile(kinds=frozenset({"comm_open", "comm_msg"}), methods=frozenset({"custom"}), controls=1, strings=200, depth=8)  # fmt: skip  # noqa: E501
"""static/host/host.js: it asks for the widgets' states once, then passes on what the widgets say."""

LAB = Profile(
    kinds=frozenset({"comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request"}),
    methods=frozenset({"custom", "update", "request_state"}),
    controls=20,
    strings=5_000,
    depth=40,
)
"""Voila's own front end, which any other notebook gets."""


@dataclass(frozen=True)
class Frame:
    """A checked message: what the kernel gets, and what a widget is told with it."""

    number: str
    parts: tuple[bytes, bytes, bytes, bytes]
    """Header, parent header, metadata and content, as they are signed and sent."""
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Reader:
    """Reads the frames of one connection.

    `comms` are the kernel's widgets: a page may write to these and to the control comm that it has opened.
    """

    def __init__(self, profile: Profile, comms: MutableSet[str]):
        self.profile, self.comms = profile, comms
        self._controls: set[str] = set()

    def read(self, text: str) -> Frame | None:
        """The message in a text frame; None for anything that no page of this kind sends."""
        if not self._small(text):
            return None
        try:
            message = json.loads(text, parse_constant=_refuse)
            return self._checked(message)
        except (ValueError, RecursionError):  # of the parser, of half a character, of a number without a value
            return None

    def _small(self, text: str) -> bool:
        """Whether it takes no time to parse: few values, not deep. Strings are skipped, however long."""
        strings = self.profile.strings
        if len(text) > LONGEST:
            return False
        rest = STRING.sub("", text, count=strings)
        if len(rest) > 20 * strings or '"' in rest:
            return False
        depth = 0
        for character in rest:
            depth += (character in "[{") - (character in "]}")
            if depth > self.profile.depth:
                return False
        return True

    def _checked(self, message: Any) -> Frame | None:
        if not isinstance(message, dict) or not message.keys() <= OUTSIDE or message.get("channel") != "shell":
            return None
        header, content = message.get("header"), message.get("content")
        if not isinstance(header, dict) or not header.keys() <= HEADER or message.get("buffers", []) != []:
            return None
        kind, names = header.get("msg_type"), [header.get("msg_id"), header.get("session")]
        if not isinstance(content, dict) or not all(map(_is_id, names)):
            return None
        allowed = self._content(kind, content) if isinstance(kind, str) and kind in self.profile.kinds else None
        return None if allowed is None else _frame(kind, names[0], names[1], allowed)  # type: ignore[arg-type]

    def _content(self, kind: str, content: dict[str, Any]) -> dict[str, Any] | None:
        """The content of a message of this kind, made anew."""
        if kind in ("kernel_info_request", "comm_info_request"):
            target = content.get("target_name")
            return {"target_name": target} if kind == "comm_info_request" and target == "jupyter.widget" else {}
        comm = content.get("comm_id")
        if not _is_id(comm) or not content.keys() <= {"comm_id", "target_name", "data"}:
            return None
        if kind == "comm_open":
            return self._opened(comm, content)
        if kind == "comm_close":
            return {"comm_id": comm, "data": {}} if comm in self.comms or comm in self._controls else None
        data = self._data(comm, content.get("data"))
        return None if data is None else {"comm_id": comm, "data": data}

    def _opened(self, comm: str, content: dict[str, Any]) -> dict[str, Any] | None:
        # Under a widget's number it would take the widget's place.
        if content.get("target_name") != CONTROL or comm in self.comms or len(self._controls) >= self.profile.controls:
            return None
        self._controls.add(comm)
        return {"comm_id": comm, "target_name": CONTROL, "data": {}}

    def _data(self, comm: str, data: Any) -> dict[str, Any] | None:
        """What is told to a widget, or to the control comm."""
        if not isinstance(data, dict):
            return None
        if comm in self._controls:
            return {"method": "request_states"} if data.get("method") == "request_states" else None
        method = data.get("method")
        if comm not in self.comms or not isinstance(method, str) or method not in self.profile.methods:
            return None
        if method == "custom":
            return {"method": method, "content": data["content"]} if "content" in data else None
        if method == "request_state":
            return {"method": method}
        # Parts that would be bytes travel in binary frames, which are not read.
        if not isinstance(data.get("state"), dict) or data.get("buffer_paths", []) != []:
            return None
        return {"method": method, "state": data["state"], "buffer_paths": []}


class Pace:
    """How fast what a page sends to its kernel is read: its pages get a small share of the loop's time.

    Both count: to read what they send, and to pass on what the kernel answers. A page that sends faster is not refused:
    their bytes wait in their own connection. A page sends one or two messages a second.
    """

    TURNS = 4.0  # seconds that others get for each second that reading this one took
    SHARE = 0.03  # of the loop's time
    AHEAD = 0.5  # seconds of it at once
    A_SECOND = 20  # messages
    AT_ONCE = 30
    BYTES = 50_000_000
    """Of answers, which stand for a second of work: the kernel, the store and the network have some with them too."""

    def __init__(self, now: Callable[[], float] = time.monotonic):
        self._now, self._ahead, self._used, self._at = now, 0.0, 0.0, now()

    def passed(self) -> None:
        """A message has gone on to the kernel."""
        self._go_on()
        self._ahead += 1

    def used(self, seconds: float, size: int = 0) -> None:
        """The loop has worked so long for this kernel's pages, and an answer had so many bytes."""
        self._go_on()
        self._used += seconds + size / self.BYTES

    def wait(self, took: float) -> float:
        """Seconds until the next frame is read, where reading the last one took so many."""
        self._go_on()
        messages, work = (self._ahead - self.AT_ONCE) / self.A_SECOND, (self._used - self.AHEAD) / self.SHARE
        return max(self.TURNS * took, messages, work)

    def _go_on(self) -> None:
        now = self._now()
        self._ahead = max(0.0, self._ahead - (now - self._at) * self.A_SECOND)
        self._used = max(0.0, self._used - (now - self._at) * self.SHARE)
        self._at = now


class Unanswered:
    """The messages of one connection that its kernel has not done with yet."""

    MOST = 3
    """The kernel takes one after the other, so more would not be answered sooner; and each answer can be large."""
    PATIENCE = 10  # seconds; a kernel that waits for its store is not to silence its page, which sends pings too

    def __init__(self) -> None:
        self._numbers: Counter[str] = Counter()
        self._fewer = asyncio.Event()

    def sent(self, number: str) -> None:
        """A message with this number has gone on."""
        self._numbers[number] += 1

    def done(self, number: object) -> None:
        """The kernel says that it is done with a message, ours or another's."""
        if isinstance(number, str) and number in self._numbers:
            self._numbers -= Counter([number])
            self._fewer.set()

    async def room(self) -> None:
        """Wait until one more may go on."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.PATIENCE):
                while self._numbers.total() >= self.MOST:
                    self._fewer.clear()
                    await self._fewer.wait()


def _frame(kind: str, number: str, session: str, content: dict[str, Any]) -> Frame:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    header = {"msg_id": number, "msg_type": kind, "session": session, "username": "", "version": "5.3", "date": now}
    metadata = {"version": "1.0.0"} if kind == "comm_open" else {}
    header_part, parent, about, body = (_packed(part) for part in (header, {}, metadata, content))
    told = content.get("data", {}).get("content")
    return Frame(number, (header_part, parent, about, body), told if isinstance(told, dict) else {})


def _packed(part: Mapping[str, Any]) -> bytes:
    """JSON for a kernel. ValueError where it holds half a character or a number beyond all bounds."""
    return json.dumps(part, ensure_ascii=False, allow_nan=False).encode()


def _is_id(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and ID.fullmatch(name) is not None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def comms_in(message: Mapping[str, Any]) -> set[str]:
    """The comms that a kernel's message says there are."""
    content, kind = message["content"], message["header"]["msg_type"]
    if kind == "comm_open":
        return {content["comm_id"]}
    if kind == "comm_info_reply":
        return set(content.get("comms", ()))
    data = content.get("data") if kind == "comm_msg" else None
    states = data.get("states") if isinstance(data, dict) and data.get("method") == "update_states" else None
    return set(states or ())
