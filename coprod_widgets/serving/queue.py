"""Queues visitors in front of the page: a few pages are made at once, and the others are told their position."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from types import TracebackType

from .limits import UNCONNECTED, Limits, MemoryLimits


class AdmissionQueue:
    """Admits visitors, first those with the fewest pages that have yet to connect, then those seen before.

    "Seen before" means that the visitor's browser has connected to a kernel earlier. Among equals, the first to come
    is admitted first. Two visitors who were seen before are not admitted one after the other: a client that connects
    every page it gets could otherwise keep all newcomers waiting.

    At most `renders` pages are made at once. No kernel is started while `living()` kernels fill the `capacity`, or
    while too many kernels wait for their page to connect. `poll_interval` is in seconds.
    """

    def __init__(
        self,
        *,
        renders: int,
        capacity: int,
        living: Callable[[], int],
        poll_interval: float = 2.0,
        limits: Limits | None = None,
    ):
        self.renders, self.capacity, self.living, self.poll_interval = renders, capacity, living, poll_interval
        self.limits: Limits = limits or MemoryLimits({})
        self.rendering = 0
        self._last_was_known = False
        self._positions_stale = False
        self._waiting: deque[Ticket] = deque()

    def __len__(self) -> int:
        """How many visitors wait."""
        return len(self._waiting)

    def ticket(self, key: str = "", *, known: bool = False) -> Ticket:
        """A visitor's ticket, to be entered with `async with`.

        `key` stands for the visitor in the limits; `known` says that their browser has connected before.
        """
        return Ticket(self, key, known=known)

    @property
    def full(self) -> bool:
        """Whether kernels fill the capacity of this computer."""
        return self.living() + self.rendering >= self.capacity

    def is_short_of_room(self) -> bool:
        """Whether visitors wait for room, and not only because other pages are being made."""
        return bool(self._waiting) and (self.full or self.limits.full(UNCONNECTED))

    def advance(self) -> None:
        """Admit the next visitors, if there is room."""
        while self._waiting and self.rendering < self.renders and not (self.full or self.limits.full(UNCONNECTED)):
            ticket = min(self._waiting, key=self._rank)  # the first of equals
            if not self.limits.take(UNCONNECTED, ticket.key):
                return
            self.rendering += 1
            self._last_was_known = ticket.known
            self.remove(ticket)
            ticket.admitted.set()
            ticket.news.set()

    def add(self, ticket: Ticket) -> None:
        """Put a visitor at the end."""
        self._waiting.append(ticket)
        ticket.position = len(self._waiting)

    def remove(self, ticket: Ticket) -> None:
        """Take out a visitor who is admitted, or has left."""
        self._waiting.remove(ticket)
        self._positions_stale = True

    def update_positions(self) -> None:
        """Number the visitors from 1; once for all of them, since once for each would cost the square of the queue."""
        if self._positions_stale:
            for position, ticket in enumerate(self._waiting, 1):
                ticket.position = position
        self._positions_stale = False

    def interval(self, position: int) -> float:
        """Seconds until a visitor at this position is told it again: far back it changes little."""
        return self.poll_interval * (1 + position // 100)

    def _rank(self, ticket: Ticket) -> tuple[int, bool]:
        """A client that never connects comes last, also among those seen before."""
        return self.limits.held(UNCONNECTED, ticket.key), not ticket.known or self._last_was_known


class Ticket:
    """A visitor's way through the queue, from arriving until the page is made."""

    def __init__(self, queue: AdmissionQueue, key: str, *, known: bool):
        self._queue, self.key, self.known = queue, key, known
        self.admitted, self.news = asyncio.Event(), asyncio.Event()
        self.position, self.left, self._kept = 0, False, False

    def keep(self) -> str:
        """Go on counting the page among those that have yet to connect; returns the key that it is counted under."""
        self._kept = True
        return self.key

    async def __aenter__(self) -> Ticket:
        self._queue.add(self)
        self._queue.advance()
        return self

    def leave(self) -> None:
        """The visitor has left, and is told nothing more."""
        self.left = True
        self.news.set()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:  # fmt: skip  # noqa: E501
        if self.admitted.is_set():
            self._queue.rendering -= 1
            if not self._kept:
                self._queue.limits.give(UNCONNECTED, self.key)
        else:
            self._queue.remove(self)  # left while waiting
        self._queue.advance()

    async def positions(self) -> AsyncIterator[int]:
        """The position in the queue, from 1, again and again until the visitor is admitted or has left."""
        while not (self.admitted.is_set() or self.left):
            self._queue.update_positions()
            yield self.position
            with suppress(TimeoutError):
                async with asyncio.timeout(self._queue.interval(self.position)):
                    await self.news.wait()
