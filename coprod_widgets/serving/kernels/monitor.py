"""Looks after the kernels: ends those that nobody looks at, revives the fork server, and keeps it warm."""

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

BEAT = 0.5  # seconds
FORGOTTEN = 120  # seconds after which a kernel whose page has dropped its connection has ended
# Seconds that a page has to come back to its kernel also while others wait: host.js tries it twice in the first four,
# and then asks for another kernel, for which its browser goes first in the line. The others are for slow handshakes.
RETURN = 15
LAST_WORDS = 10  # seconds in which a page that has left may still have a text to store: on its way, or in a busy store
SILENT = 150  # seconds without a heartbeat after which a connected page loses its place to one that waits
FIRST_CONNECTION = 3  # seconds that a page has to connect, also while others wait
BROWSERS = 10_000  # that are remembered to have connected

log = logging.getLogger(__name__)


class Watch:
    """Every half second: is the fork server alive, and which kernels does nobody need?

    A kernel holds no text that is not in the store: it acknowledges a save after the commit, and the page keeps what
    is not acknowledged. So one that nobody is connected to can end; its page asks for another and goes on.
    """

    def __init__(
        self,
        manager: AsyncMappingKernelManager,
        line: AdmissionQueue,
        *,
        now: Callable[[], float] = time.monotonic,
        unopened: float = 30,
    ):
        self.manager, self.queue, self._now, self._unopened = manager, line, now, unopened
        self.saves: dict[tuple[object, str], float] = {}
        """When each save that has no answer yet came in, by its page and its number: two pages may use the same."""
        self._pages: dict[str, int] = {}
        self._left: dict[str, float] = {}
        self._new: dict[str, float] = {}  # their pages are still being made
        self._leaving: dict[str, float] = {}
        self._made: dict[str, tuple[float, str]] = {}
        self._cookies: dict[str, bytes] = {}
        self._browsers: OrderedDict[bytes, None] = OrderedDict()

    def made(self, kernel_id: str, key: str, browser: str = "") -> None:
        """A page with this kernel is on its way to a browser with this cookie.

        The visitor is counted under `key` until the page connects.
        """
        self._made[kernel_id] = self._now(), key
        if browser:
            self._cookies[kernel_id] = _digest(browser)

    def arrives(self, kernel_id: str) -> None:
        """A page is connecting to this kernel: that may take seconds, which are not the page's fault.

        Until it has, it counts as one that has left: it may go away in the middle of it.
        """
        self._connected(kernel_id)
        if kernel_id not in self._pages:
            self._left[kernel_id] = self._now()

    def looked_at(self, kernel_id: str, browser: str = "") -> None:
        """A page has connected to this kernel, in a browser with this cookie.

        The browser is remembered once for each kernel, and only with the cookie that it had when it got the page:
        anybody can open any number of websockets with cookies of their own making.
        """
        self._pages[kernel_id] = self._pages.get(kernel_id, 0) + 1
        self._left.pop(kernel_id, None)
        self._connected(kernel_id)
        if kernel_id in self._cookies and self._cookies[kernel_id] == _digest(browser):
            self._remember(self._cookies.pop(kernel_id))

    def recognises(self, browser: str | None) -> bool:
        """Whether a browser with this cookie has connected since it last asked for a page: it goes first, once."""
        return bool(browser) and self._browsers.pop(_digest(browser or ""), 0) is None

    def got_nothing(self, browser: str) -> None:
        """A browser that was recognised went away before it was let in: it goes first when it comes back."""
        self._remember(_digest(browser))

    def _remember(self, digest: bytes) -> None:
        self._browsers[digest] = None
        self._browsers.move_to_end(digest)
        if len(self._browsers) > BROWSERS:
            self._browsers.popitem(last=False)

    def left(self, kernel_id: str) -> None:
        """A page's line to this kernel has closed."""
        self._pages[kernel_id] = self._pages.get(kernel_id, 1) - 1
        if self._pages[kernel_id] <= 0:
            del self._pages[kernel_id]
            self._left[kernel_id] = self._now()

    def leaving(self, kernel_id: str) -> None:
        """A page goes, and its last words are on their way to this kernel."""
        self._leaving.setdefault(kernel_id, self._now())

    def saving(self) -> bool:
        """Whether a save waits for its answer."""
        return bool(self.saves)

    def forgotten(self) -> list[str]:
        """Kernels whose page has not connected in half a minute, has left, or dropped its line two minutes ago."""
        living = set(self.manager.list_kernel_ids())
        for kernel_id in self._made.keys() - living:
            self._connected(kernel_id)
        for ended in (self._left, self._leaving, self._cookies):
            for kernel_id in ended.keys() - living:
                del ended[kernel_id]
        now = self._now()
        fresh = living - self._pages.keys() - self._left.keys() - self._made.keys()
        self._new = {kernel_id: self._new.get(kernel_id, now) for kernel_id in fresh}
        late = [one for one, (since, _) in self._made.items() if now - since > self._unopened]
        late += [one for one, since in self._leaving.items() if now - since > LAST_WORDS]
        unseen = [*self._left.items(), *self._new.items()]
        return sorted({*late, *(one for one, since in unseen if now - since > FORGOTTEN)})

    def spare(self) -> list[str]:
        """While visitors wait for room: kernels that can end for them.

        First those of pages that never connected, then of those that left and have not come back, then of silent ones.
        """
        if not self.queue.short():
            return []
        now, patience = self._now(), min(FIRST_CONNECTION, self._unopened)
        late = [one for one, (since, _) in self._made.items() if now - since > patience]  # the oldest first
        if not self.queue.full:  # too many have yet to connect, and no other kernel stands for one of these
            return late[: len(self.queue)]
        away = [one for one, since in sorted(self._left.items(), key=lambda one: one[1]) if now - since > RETURN]
        silent = {one: self._silence(one) for one in self._pages}
        quiet = [one for one in sorted(silent, key=lambda one: -silent[one]) if silent[one] > SILENT]
        return [*late, *away, *quiet][: len(self.queue)]

    def _silence(self, kernel_id: str) -> float:
        """Seconds since a kernel had anything to do; an open page asks it something every few seconds."""
        if kernel_id not in self.manager:
            return 0.0
        kernel: Any = self.manager.get_kernel(kernel_id)
        return float((utcnow() - kernel.last_activity).total_seconds())

    def _connected(self, kernel_id: str) -> None:
        """A page has connected, or its kernel has ended before: it no longer counts as one that has yet to."""
        if kernel_id in self._made:
            self.queue.limits.give(UNCONNECTED, self._made.pop(kernel_id)[1])

    async def tidy(self) -> None:
        """End the kernels that nobody needs, and let in whom that makes room for."""
        for kernel_id in dict.fromkeys([*self.forgotten(), *self.spare()]):
            with suppress(Exception):
                await end_kernel(self.manager, kernel_id)
            if kernel_id not in self.manager:
                self._connected(kernel_id)
        self.queue.advance()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.tidy()
            if FORKS:
                with suppress(OSError):  # no process to be had just now: the next kernel asks again
                    await asyncio.to_thread(fork_server().ensure)
            KERNELS.set(len(self.manager))
            WAITING.set(len(self.queue))
            await asyncio.sleep(BEAT)


def _digest(cookie: str) -> bytes:
    """What is remembered of a cookie; its length does not depend on what a visitor sends."""
    return hashlib.blake2b(cookie.encode(), digest_size=16).digest()


async def keep_warm(manager: AsyncMappingKernelManager, form: Form) -> None:
    """Have the fork server import what it took a kernel to show the page, and end that kernel."""
    try:
        if FORKS:
            await import_what(manager, form.kernel_id)
    finally:
        await end_kernel(manager, form.kernel_id)


async def import_what(manager: AsyncMappingKernelManager, kernel_id: str) -> None:
    """Ask a kernel for every module it has, and have the fork server import them."""
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
