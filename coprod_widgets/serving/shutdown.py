"""Ends the server after SIGTERM or Ctrl-C also when its event loop is stuck."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

PATIENCE = 8.0
"""Seconds for an orderly end: saves that are under way get 3 of them, and Docker kills after 10."""

log = logging.getLogger(__name__)


class Watchdog:
    """A thread that hears of signals from the system itself, which needs neither the main thread nor its loop.

    Python runs a signal's handler in the main thread, between two of its steps; a main thread that is inside a long
    call has none. The number of the signal is written into a socket at once, though, and this thread reads it there.
    """

    def __init__(self, end: Callable[[], None], patience: float | None = None):
        """`end` is called before a stuck process ends; it must not need the loop. Call this in the main thread."""
        self._end, self._patience = end, patience or PATIENCE
        self._ended = threading.Event()
        self._heard, self._told = socket.socketpair()
        self._told.setblocking(False)
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def close(self) -> None:
        """The process ends by itself."""
        self._ended.set()
        signal.set_wakeup_fd(-1)
        self._told.close()

    def _watch(self) -> None:
        while number := self._heard.recv(1):
            if number[0] in (signal.SIGTERM, signal.SIGINT):
                break
        else:
            return
        if self._ended.wait(self._patience):
            return
        log.error("The server did not stop within %.0f seconds, and is ended. What it acknowledged is stored.", self._patience)  # fmt: skip  # noqa: E501
        with suppress(Exception):
            self._end()
        os._exit(1)
