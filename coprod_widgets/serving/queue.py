"""The line in front of the page: a few pages are made at once, and everybody else is told their place."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from types import TracebackType

from .limits import UNCONNECTED, Limits, MemoryLimits


class AdmissionQueue:
    """Lets visitors in: who has the fewest pages that wait to be connected, then whose browser has connected before.

    Among equals, in the order in which they came. Two whose browsers have connected before do not go first one after
    the other: whoever connects every page that they get could otherwise keep all newcomers waiting. At most `renders`
    pages are made at once, and no kernel is started while `living()` says that `places` are taken, or while too many
    kernels wait for their pages to connect.
    """

    def __init__(
        self,
        *,
        renders: int,
        places: int,
        living: Callable[[], int],
        beat: float = 2.0,
        limits: Limits | None = None,
    ):
        self.renders, self.places, self.living, self.beat = renders, places, living, beat
        self.limits: Limits = limits or MemoryLimits({})
        self.rendering = 0
        self._known_before = False
        self._moved = False
        self._waiting: deque[Ticket] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def turn(self, key: str = "", *, known: bool = False) -> Ticket:
        """One visitor's turn, to be entered with `async with`; `known`: their browser has connected before."""
        return Ticket(self, key, known=known)

    @property
    def full(self) -> bool:
        """Whether every kernel that this computer has room for is taken."""
        return self.living() + self.rendering >= self.places

    def short(self) -> bool:
        """Whether visitors wait because there is no room, and not because others' pages are being made."""
        return bool(self._waiting) and (self.full or self.limits.full(UNCONNECTED))

    def advance(self) -> None:
        """Let in whoever comes next, if there is room."""
        while self._waiting and self.rendering < self.renders and not (self.full or self.limits.full(UNCONNECTED)):
            turn = min(self._waiting, key=self._rank)  # the first of equals
            if not self.limits.take(UNCONNECTED, turn.key):
                return
            self.rendering += 1
            self._known_before = turn.known
            self.remove(turn)
            turn.admitted.set()
            turn.news.set()

    def add(self, turn: Ticket) -> None:
        """Put a visitor at the end."""
        self._waiting.append(turn)
        turn.place = len(self._waiting)

    def remove(self, turn: Ticket) -> None:
        """Take a visitor out who is let in, or has gone."""
        self._waiting.remove(turn)
        self._moved = True

    def number(self) -> None:
        """Give everybody their place, from 1: once for all, and not for each visitor who asks."""
        if self._moved:
            for place, turn in enumerate(self._waiting, 1):
                turn.place = place
        self._moved = False

    def pause(self, place: int) -> float:
        """Seconds until a visitor at this place is told again: who is far back has less to hear."""
        return self.beat * (1 + place // 100)

    def _rank(self, turn: Ticket) -> tuple[int, bool]:
        """Whoever never connects comes last, also among those who have connected before."""
        return self.limits.held(UNCONNECTED, turn.key), not turn.known or self._known_before


class Ticket:
    """From coming into the line until the page is made."""

    def __init__(self, line: AdmissionQueue, key: str, *, known: bool):
        self._line, self.key, self.known = line, key, known
        self.admitted, self.news = asyncio.Event(), asyncio.Event()
        self.place, self.gone, self._kept = 0, False, False

    def keep(self) -> str:
        """What was made for this visitor stays counted among the unconnected, under the returned key."""
        self._kept = True
        return self.key

    async def __aenter__(self) -> Ticket:
        self._line.add(self)
        self._line.advance()
        return self

    def leave(self) -> None:
        """The visitor has gone: they are told no more."""
        self.gone = True
        self.news.set()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:  # fmt: skip  # noqa: E501
        if self.admitted.is_set():
            self._line.rendering -= 1
            if not self._kept:
                self._line.limits.give(UNCONNECTED, self.key)
        else:
            self._line.remove(self)  # gone away while waiting
        self._line.advance()

    async def waiting(self) -> AsyncIterator[int]:
        """The place in the line, from 1, again and again until the turn has come or the visitor has gone."""
        while not (self.admitted.is_set() or self.gone):
            self._line.number()
            yield self.place
            with suppress(TimeoutError):
                async with asyncio.timeout(self._line.pause(self.place)):
                    await self.news.wait()
