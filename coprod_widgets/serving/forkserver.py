"""A process that has imported what kernels import, and forks a kernel whenever it is asked.

A fork copies one thread and shares every lock, socket and database that is open, so this process has one thread and
opens nothing: no zmq context, no event loop, no store. What a kernel is made of is made after the fork.
It is asked over a socket that only its server holds (`ForkServer` in provisioner.py), and ends when that closes.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import resource
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .logs import leave_visitors_out

LONGEST = 1 << 20  # bytes of one message: an environment, or the names of all modules


def main() -> None:
    """Serve the socket whose number stands on the command line."""
    line = socket.socket(fileno=int(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a kernel's core file would hold what people wrote
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system forgets ended children; the server watches them itself
    _import("ipykernel.kernelapp")
    while True:
        message, fds, _, _ = socket.recv_fds(line, LONGEST, 1)
        if not message:
            return  # the server is gone
        reply, sent = _answer(json.loads(message), fds, line)
        socket.send_fds(line, [json.dumps(reply).encode()], sent)
        for fd in (*fds, *sent):
            os.close(fd)


def _answer(request: dict[str, Any], fds: list[int], line: socket.socket) -> tuple[dict[str, Any], list[int]]:
    if "modules" in request:
        return {"imported": sum(map(_import, request["modules"])), "threads": threads()}, []
    if threads() != 1:
        return {"error": "a module that was imported has started a thread"}, []
    pid = os.fork()
    if pid == 0:
        _become_kernel(request, fds[0], line)
    # Opened before anybody can wait for the child: from now on its number cannot come to mean another process.
    return {"pid": pid}, [os.pidfd_open(pid)]


def _import(name: str) -> bool:
    if name in sys.modules:
        return False
    with warnings.catch_warnings(), suppress(BaseException):  # a kernel will import it, or fail, for itself
        warnings.simplefilter("ignore")
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # the collector would write into pages that kernels share
    return name in sys.modules


def threads() -> int:
    """How many threads this process has, also those that Python does not know of."""
    return len(list(Path("/proc/self/task").iterdir()))


def _become_kernel(request: dict[str, Any], lifeline: int, line: socket.socket) -> None:
    try:
        os.setsid()  # signals to its group must reach this kernel and no other
        os.umask(0o077)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        line.detach()
        os.closerange(3, lifeline)
        os.closerange(lifeline + 1, os.sysconf("SC_OPEN_MAX"))
        os.environ.clear()
        os.environ.update(request["env"])
        time.tzset()
        os.chdir(request["cwd"])
        _reseed()
        threading.Thread(target=_end_with_server, args=(lifeline,), daemon=True).start()
        _run(request["arguments"], lean=request["lean"])
    finally:
        os._exit(1)  # never back into the fork server's loop


def _reseed() -> None:
    """Two kernels must not draw the same random numbers."""
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()


def _end_with_server(lifeline: int) -> None:
    """Wait for the end of the pipe whose other end the server holds; also after a SIGKILL it closes."""
    os.read(lifeline, 1)
    os._exit(1)


def _run(arguments: list[str], *, lean: bool) -> None:
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.clear_instance()
    app: Any = IPKernelApp.instance(parent_handle=1)  # no poller of a parent that is not the server: see the lifeline
    with _no_debugger() if lean else nullcontext():
        app.initialize([*arguments, "--HistoryManager.enabled=False"] if lean else arguments)
    if lean:  # what a page's kernel logs stands in the server's log
        leave_visitors_out(app.log)
    if ipywidgets := sys.modules.get("ipywidgets"):
        # Imported before there was a kernel, it registered with none: its page would show no widget.
        ipywidgets.register_comm_target()
    app.start()
    os._exit(0)


@contextmanager
def _no_debugger() -> Iterator[None]:
    """Nobody debugs the kernel of a page; to do so it would list every module's file, and own 3 MB of shared pages."""
    from ipykernel import debugger, ipkernel

    kernel: Any = ipkernel
    debugger._is_debugpy_available = False
    kernel.sys = SimpleNamespace(modules={}, platform=sys.platform)
    yield
    kernel.sys = sys


if __name__ == "__main__":
    main()
