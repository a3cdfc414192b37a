"""What one visitor, and all together, may take of the server.

Addresses are shared: a class of 300 comes from one. So an address orders those who wait, and refuses nobody as long as
fewer than three such classes come from it at once.
"""

from __future__ import annotations

import math
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Protocol

from ..errors import CoprodError

REQUEST = "COPROD_REQUEST_SECONDS"
"""The environment variable for how long a request may take to arrive, and a connection may be idle; 20 without it."""

UNOPENED = "COPROD_UNOPENED_SECONDS"
"""The environment variable for how long a kernel waits for its page to connect for the first time; 30 without it."""

CONNECTION, VISIT, UNCONNECTED = "connection", "visit", "unconnected"
WEBSOCKET, CONNECT, SENT = "websocket", "connect", "sent"
MOST_KEYS = 10_000
WEBSOCKETS_EACH = 8  # of one kernel: a page that reconnects on a bad network leaves some behind for half a minute


@dataclass(frozen=True, kw_only=True)
class Bound:
    """How many of a kind there may be: in `total`, and for `each` key; None is no bound.

    What is spent, and never given back, comes back by `rate` a second.
    """

    total: int | None = None
    each: int | None = None
    rate: float = 0


class Limits(Protocol):
    """Counts what is taken. Servers that share the work share one of these."""

    def take(self, kind: str, key: str) -> bool:
        """Count one more of a kind for a key, unless a bound is reached; whether it was counted."""
        ...

    def give(self, kind: str, key: str) -> None:
        """Count one less."""
        ...

    def spend(self, kind: str, key: str, amount: int) -> bool:
        """Count an amount that comes back with time, unless it is more than the key has; whether it was counted."""
        ...

    def held(self, kind: str, key: str | None = None) -> int:
        """How many there are now: of one key, or of all."""
        ...

    def full(self, kind: str, key: str | None = None) -> bool:
        """Whether the total of a kind is reached, or what a key may have of it."""
        ...


class MemoryLimits:
    """The limits of one server process."""

    def __init__(self, bounds: Mapping[str, Bound], *, now: Callable[[], float] = time.monotonic):
        self._bounds, self._now = bounds, now
        self._spent: dict[tuple[str, str], tuple[float, float]] = {}
        self._each: Counter[tuple[str, str]] = Counter()
        self._total: Counter[str] = Counter()

    def take(self, kind: str, key: str) -> bool:
        """As in Limits."""
        if self.full(kind, key):
            return False
        self._each[kind, key] += 1
        self._total[kind] += 1
        return True

    def give(self, kind: str, key: str) -> None:
        """As in Limits."""
        self._total[kind] -= 1
        self._each[kind, key] -= 1
        if self._each[kind, key] <= 0:
            del self._each[kind, key]

    def spend(self, kind: str, key: str, amount: int) -> bool:
        """As in Limits."""
        bound, now = self._bounds.get(kind, Bound()), self._now()
        if bound.each is None:
            return True
        spent, at = self._spent.pop((kind, key), (0.0, now))
        spent = max(0.0, spent - bound.rate * (now - at))
        fits = spent + amount <= bound.each
        self._spent[kind, key] = spent + amount * fits, now
        while len(self._spent) > MOST_KEYS:  # the one that has been quiet for longest
            del self._spent[next(iter(self._spent))]
        return fits

    def held(self, kind: str, key: str | None = None) -> int:
        """As in Limits."""
        return self._total[kind] if key is None else self._each[kind, key]

    def full(self, kind: str, key: str | None = None) -> bool:
        """As in Limits."""
        bound = self._bounds.get(kind, Bound())
        if key is not None and bound.each is not None and self._each[kind, key] >= bound.each:
            return True
        return bound.total is not None and self._total[kind] >= bound.total


def bounds(*, capacity: int, open_files: int) -> dict[str, Bound]:
    """For a server with room for so many learners, which may open so many files."""
    connections = max(64, open_files // 3)
    return {
        # An address that takes all that it may leaves a quarter to others. Silent ones make room for new ones.
        CONNECTION: Bound(total=connections, each=connections * 3 // 4),
        # Visitors in the line. One address has room for three classes of 300, and leaves half of it to others.
        VISIT: Bound(total=2000, each=1000),
        UNCONNECTED: Bound(total=min(capacity, max(4, capacity // 3))),
        WEBSOCKET: Bound(each=WEBSOCKETS_EACH),
        # Websockets that one kernel's page opens: after a break it waits a second at least, and then two and more. What
        # jupyter_server keeps of one that has closed stays until `server.ANSWER` is over, 50 kB each.
        CONNECT: Bound(each=10, rate=1),
        # Bytes of one page: all its answers, of the greatest length, at once, and then one of them every two seconds.
        # What a busy kernel has not read yet stays in the server's memory.
        SENT: Bound(each=8_000_000, rate=250_000),
    }


def for_http(seconds: float) -> dict[str, Any]:
    """What tornado's HTTPServer is told: the page's own requests have a small header, and a body of some 500 bytes."""
    times = {"idle_connection_timeout": seconds, "body_timeout": seconds}
    return {"max_body_size": 1 << 12, "max_header_size": 1 << 14, **times}


def network_of(address: str) -> str:
    """What stands for a visitor's computer: its address, or on IPv6 the 64 bits that one connection has."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address  # a Unix socket's, for one
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found)


def request_seconds() -> float:
    """How long a request may take to arrive. Raises CoprodError when COPROD_REQUEST_SECONDS is no such number."""
    return _seconds(REQUEST, 20)


def unopened_seconds() -> float:
    """How long a kernel waits for its page. Raises CoprodError when COPROD_UNOPENED_SECONDS is no such number."""
    return _seconds(UNOPENED, 30)


def _seconds(name: str, usual: float) -> float:
    given = os.environ.get(name)
    try:
        seconds = float(given) if given else usual
    except ValueError:
        seconds = math.nan
    if not 0.1 <= seconds <= 600:
        raise CoprodError(f"{name} is {given!r}. Set it to a number of seconds from 0.1 to 600, or unset it.")
    return seconds
