"""The line in front of the page: a few pages are made at once, and everybody else is told their place."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from types import TracebackType


class Line:
    """Lets visitors in, in the order in which they came.

    At most `renders` pages are made at once, and no kernel is started while `living()` says that `places` are taken.
    """

    def __init__(self, *, renders: int, places: int, living: Callable[[], int], beat: float = 2.0):
        self.renders, self.places, self.living, self.beat = renders, places, living, beat
        self.rendering = 0
        self._waiting: deque[Turn] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def turn(self) -> Turn:
        """One visitor's turn, to be entered with `async with`."""
        return Turn(self)

    @property
    def full(self) -> bool:
        """Whether every kernel that this computer has room for is taken."""
        return self.living() + self.rendering >= self.places

    def advance(self) -> None:
        """Let in whoever comes next, if there is room."""
        while self._waiting and self.rendering < self.renders and not self.full:
            self.rendering += 1
            self._waiting.popleft().admitted.set()


class Turn:
    """From coming into the line until the page is made."""

    def __init__(self, line: Line):
        self._line, self.admitted = line, asyncio.Event()

    async def __aenter__(self) -> Turn:
        self._line._waiting.append(self)
        self._line.advance()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:  # fmt: skip  # noqa: E501
        if self.admitted.is_set():
            self._line.rendering -= 1
        else:
            self._line._waiting.remove(self)  # gone away while waiting
        self._line.advance()

    async def waiting(self) -> AsyncIterator[int]:
        """The place in the line, from 1, again and again until the turn has come."""
        while not self.admitted.is_set():
            yield self._line._waiting.index(self) + 1
            try:
                async with asyncio.timeout(self._line.beat):
                    await self.admitted.wait()
            except TimeoutError:
                self._line.advance()  # a kernel may have ended meanwhile
