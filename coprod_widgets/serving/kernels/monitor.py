"""Monitors kernels: ends those that nobody needs, restarts the fork server, and tells it what to import."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server._tz import utcnow
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from ..limits import UNCONNECTED
from ..metrics import KERNELS, WAITING
from ..page import Form, end_kernel
from ..queue import AdmissionQueue
from .provisioner import FORKS, fork_server

INTERVAL = 0.5  # seconds between two looks at all kernels
ABANDONED = 120  # seconds without a connection after which a kernel ends
# Seconds that a page has to reconnect to its kernel while others wait. host.js tries twice in the first four seconds,
# and then asks for another kernel, for which its browser goes first in the queue; the rest is for slow handshakes.
RECONNECT = 15
LAST_SAVE = 10  # seconds after a page was closed in which its last text may still arrive and be stored
SILENT = 150  # seconds without a heartbeat after which a connected page loses its kernel to a visitor who waits
FIRST_CONNECTION = 3  # seconds that a page has for its first connection while others wait
KNOWN_BROWSERS = 10_000  # how many browsers that have connected are remembered

log = logging.getLogger(__name__)


class KernelMonitor:
    """Looks every half second whether the fork server lives and which kernels nobody needs.

    A kernel holds no text that is not in the store: it acknowledges a save after the commit, and the page keeps what
    is not acknowledged. So a kernel without a connection can end; its page asks for another and goes on.
    """

    def __init__(
        self,
        manager: AsyncMappingKernelManager,
        queue: AdmissionQueue,
        *,
        now: Callable[[], float] = time.monotonic,
        unopened: float = 30,
    ):
        self.manager, self.queue, self._now, self._unopened = manager, queue, now, unopened
        self.unanswered_saves: dict[tuple[object, str], float] = {}
        """When each save without a reply arrived, by its connection and its number: two pages may use the same."""
        # By kernel: how many pages are connected, and since when it is in a state that ends it sooner or later.
        self._connections: dict[str, int] = {}
        self._disconnected: dict[str, float] = {}
        self._starting: dict[str, float] = {}  # the page is still being made
        self._leaving: dict[str, float] = {}
        self._unconnected: dict[str, tuple[float, str]] = {}  # with the visitor's key in the limits
        self._cookies: dict[str, bytes] = {}
        self._known_browsers: OrderedDict[bytes, None] = OrderedDict()

    def page_made(self, kernel_id: str, key: str, browser: str = "") -> None:
        """A page with this kernel was sent to a browser with this cookie.

        The visitor counts under `key` in the limits until the page connects.
        """
        self._unconnected[kernel_id] = self._now(), key
        if browser:
            self._cookies[kernel_id] = _digest(browser)

    def page_connecting(self, kernel_id: str) -> None:
        """A page has begun to connect to this kernel, which may take seconds.

        Until it is connected it counts as disconnected, because it may go away meanwhile.
        """
        self._stop_counting(kernel_id)
        if kernel_id not in self._connections:
            self._disconnected[kernel_id] = self._now()

    def page_connected(self, kernel_id: str, browser: str = "") -> None:
        """A page has connected to this kernel, in a browser with this cookie.

        The browser is remembered once for each kernel, and only with the cookie that it had when it got the page:
        anybody can open any number of websockets with cookies of their own making.
        """
        self._connections[kernel_id] = self._connections.get(kernel_id, 0) + 1
        self._disconnected.pop(kernel_id, None)
        self._stop_counting(kernel_id)
        if kernel_id in self._cookies and self._cookies[kernel_id] == _digest(browser):
            self._remember(self._cookies.pop(kernel_id))

    def take_known_browser(self, browser: str | None) -> bool:
        """Whether a browser with this cookie has connected since it last asked for a page; it counts as known once."""
        return bool(browser) and self._known_browsers.pop(_digest(browser or ""), 0) is None

    def known_browser_left(self, browser: str) -> None:
        """A known browser left the queue before it was admitted: it counts as known when it comes back."""
        self._remember(_digest(browser))

    def _remember(self, digest: bytes) -> None:
        self._known_browsers[digest] = None
        self._known_browsers.move_to_end(digest)
        if len(self._known_browsers) > KNOWN_BROWSERS:
            self._known_browsers.popitem(last=False)

    def page_disconnected(self, kernel_id: str) -> None:
        """A page's connection to this kernel has closed."""
        self._connections[kernel_id] = self._connections.get(kernel_id, 1) - 1
        if self._connections[kernel_id] <= 0:
            del self._connections[kernel_id]
            self._disconnected[kernel_id] = self._now()

    def page_leaving(self, kernel_id: str) -> None:
        """A page was closed; its last save may be on its way to this kernel."""
        self._leaving.setdefault(kernel_id, self._now())

    def has_unanswered_saves(self) -> bool:
        """Whether a save waits for its reply."""
        return bool(self.unanswered_saves)

    def abandoned_kernels(self) -> list[str]:
        """Kernels whose page never connected for half a minute, was closed, or lost its connection two minutes ago."""
        living = set(self.manager.list_kernel_ids())
        for kernel_id in self._unconnected.keys() - living:
            self._stop_counting(kernel_id)
        for ended in (self._disconnected, self._leaving, self._cookies):
            for kernel_id in ended.keys() - living:
                del ended[kernel_id]
        now = self._now()
        fresh = living - self._connections.keys() - self._disconnected.keys() - self._unconnected.keys()
        self._starting = {kernel_id: self._starting.get(kernel_id, now) for kernel_id in fresh}
        late = [one for one, (since, _) in self._unconnected.items() if now - since > self._unopened]
        late += [one for one, since in self._leaving.items() if now - since > LAST_SAVE]
        unseen = [*self._disconnected.items(), *self._starting.items()]
        return sorted({*late, *(one for one, since in unseen if now - since > ABANDONED)})

    def kernels_to_spare(self) -> list[str]:
        """Kernels that can end for visitors who wait for room; none while nobody waits.

        First those of pages that never connected, then of disconnected pages, then of silent ones.
        """
        if not self.queue.is_short_of_room():
            return []
        now, patience = self._now(), min(FIRST_CONNECTION, self._unopened)
        late = [one for one, (since, _) in self._unconnected.items() if now - since > patience]  # the oldest first
        if not self.queue.full:  # too many have yet to connect, and no other kernel stands for one of these
            return late[: len(self.queue)]
        away = [
            one for one, since in sorted(self._disconnected.items(), key=lambda one: one[1]) if now - since > RECONNECT
        ]
        silent = {one: self._silence(one) for one in self._connections}
        quiet = [one for one in sorted(silent, key=lambda one: -silent[one]) if silent[one] > SILENT]
        return [*late, *away, *quiet][: len(self.queue)]

    def _silence(self, kernel_id: str) -> float:
        """Seconds since a kernel last had anything to do; an open page sends a heartbeat every few seconds."""
        if kernel_id not in self.manager:
            return 0.0
        kernel: Any = self.manager.get_kernel(kernel_id)
        return float((utcnow() - kernel.last_activity).total_seconds())

    def _stop_counting(self, kernel_id: str) -> None:
        """Stop counting a kernel as unconnected: its page has connected, or it has ended."""
        if kernel_id in self._unconnected:
            self.queue.limits.give(UNCONNECTED, self._unconnected.pop(kernel_id)[1])

    async def end_unneeded_kernels(self) -> None:
        """End kernels that nobody needs, and admit the visitors for whom that makes room."""
        for kernel_id in dict.fromkeys([*self.abandoned_kernels(), *self.kernels_to_spare()]):
            with suppress(Exception):
                await end_kernel(self.manager, kernel_id)
            if kernel_id not in self.manager:
                self._stop_counting(kernel_id)
        self.queue.advance()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await self.end_unneeded_kernels()
            if FORKS:
                with suppress(OSError):  # no process to be had just now: the next kernel asks again
                    await asyncio.to_thread(fork_server().ensure)
            KERNELS.set(len(self.manager))
            WAITING.set(len(self.queue))
            await asyncio.sleep(INTERVAL)


def _digest(cookie: str) -> bytes:
    """A digest of a cookie, whose length does not depend on what a visitor sends."""
    return hashlib.blake2b(cookie.encode(), digest_size=16).digest()


async def keep_warm(manager: AsyncMappingKernelManager, form: Form) -> None:
    """Have the fork server import what a kernel needed to show the page, and end that kernel."""
    try:
        if FORKS:
            await import_modules_of(manager, form.kernel_id)
    finally:
        await end_kernel(manager, form.kernel_id)


async def import_modules_of(manager: AsyncMappingKernelManager, kernel_id: str) -> None:
    """Ask a kernel for its imported modules, and have the fork server import them."""
    client = manager.get_kernel(kernel_id).client()
    client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)
    try:
        asked = {"modules": "__import__('json').dumps(list(__import__('sys').modules))"}
        client.execute("", silent=True, user_expressions=asked)
        message: Any = await ensure_async(client.get_shell_msg())
    finally:
        client.stop_channels()
    reply = message["content"]["user_expressions"]["modules"]["data"]["text/plain"]
    modules = json.loads(reply[1:-1])  # the repr of a string of names, none of which holds a quote
    await asyncio.to_thread(fork_server().preload, [name for name in modules if name != "__main__"])
