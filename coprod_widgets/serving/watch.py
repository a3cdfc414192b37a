"""Looks after the kernels: ends those that nobody looks at, revives the fork server, and keeps it warm."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from .admission import Line
from .counts import KERNELS, WAITING
from .page import Page, end_kernel
from .provisioner import FORKS, fork_server

BEAT = 0.5  # seconds
FORGOTTEN = 120  # seconds after which a kernel that no page is connected to has ended

log = logging.getLogger(__name__)


class Watch:
    """Every half second: is the fork server alive, and which kernels has everybody left?

    A kernel holds no text that is not in the store: it acknowledges a save after the commit, and the page keeps what
    is not acknowledged. So one that nobody is connected to can end; its page asks for another and goes on.
    """

    def __init__(self, manager: AsyncMappingKernelManager, line: Line, *, now: Callable[[], float] = time.monotonic):
        self.manager, self.line, self._now = manager, line, now
        self.saves: dict[tuple[object, str], float] = {}
        """When each save that has no answer yet came in, by its page and its number: two pages may use the same."""
        self._pages: dict[str, int] = {}
        self._left: dict[str, float] = {}

    def looked_at(self, kernel_id: str) -> None:
        """A page has connected to this kernel."""
        self._pages[kernel_id] = self._pages.get(kernel_id, 0) + 1
        self._left.pop(kernel_id, None)

    def left(self, kernel_id: str) -> None:
        """A page's line to this kernel has closed."""
        self._pages[kernel_id] = self._pages.get(kernel_id, 1) - 1
        if self._pages[kernel_id] <= 0:
            del self._pages[kernel_id]
            self._left[kernel_id] = self._now()

    def saving(self) -> bool:
        """Whether a save waits for its answer."""
        return bool(self.saves)

    def forgotten(self) -> list[str]:
        """Kernels that no page has been connected to for two minutes."""
        living = set(self.manager.list_kernel_ids())
        for kernel_id in living - self._pages.keys() - self._left.keys():
            self._left[kernel_id] = self._now()  # new: its page has yet to connect
        for kernel_id in self._left.keys() - living:
            del self._left[kernel_id]
        return sorted(one for one, since in self._left.items() if self._now() - since > FORGOTTEN)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for kernel_id in self.forgotten():
                with suppress(Exception):
                    await end_kernel(self.manager, kernel_id)
            if FORKS:
                with suppress(OSError):  # no process to be had just now: the next kernel asks again
                    await asyncio.to_thread(fork_server().ensure)
            self.line.advance()
            KERNELS.set(len(self.manager))
            WAITING.set(len(self.line))
            await asyncio.sleep(BEAT)


async def keep_warm(manager: AsyncMappingKernelManager, page: Page, env: dict[str, str]) -> None:
    """Let one kernel show the page, and have the fork server import what that took."""
    form = await page.form(manager, env)
    try:
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
