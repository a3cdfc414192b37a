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

from ..logs import leave_visitors_out

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
        _run(request["arguments"], lean=request["lean"], private=request["private"], room=request["room"])
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


def _run(arguments: list[str], *, lean: bool, private: bool, room: int) -> None:
    from ipykernel.kernelapp import IPKernelApp

    if private:
        listen_on_no_port()
    IPKernelApp.clear_instance()
    app: Any = IPKernelApp.instance(parent_handle=1)  # no poller of a parent that is not the server: see the lifeline
    with no_debugger() if lean else nullcontext():
        app.initialize([*arguments, "--HistoryManager.enabled=False"] if lean else arguments)
    if lean:  # what a page's kernel logs stands in the server's log
        leave_visitors_out(app.log)
    if ipywidgets := sys.modules.get("ipywidgets"):
        # Imported before there was a kernel, it registered with none: its page would show no widget.
        ipywidgets.register_comm_target()
    if room:
        _bound_memory(app.kernel, room)
    app.start()
    os._exit(0)


def _bound_memory(kernel: Any, room: int) -> None:
    """Let a kernel take so many bytes from now on; one that has taken half of them ends after what it does just then.

    Its page then goes on with a new one. Without that, a kernel that stays close to the bound would fail again and
    again. Counted is memory of its own that can be written, and not what it shares with the fork server.
    """
    start, after = _own_bytes(), kernel.post_handler_hook
    resource.setrlimit(resource.RLIMIT_DATA, (start + room, start + room))

    def checked() -> None:
        after()
        if _own_bytes() - start > room / 2:
            os._exit(1)

    kernel.post_handler_hook = checked


def _own_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.partition("VmData:")[2].split()[0])


def listen_on_no_port() -> None:
    """Have the kernel that starts next open no TCP port: any account of this computer may write into one.

    ipykernel takes the output of forked subprocesses through such a port; here that output is dropped. Their use of the
    kernel's own socket would confuse it.
    """
    from ipykernel import iostream, kernelapp

    theirs: Any = iostream.IOPubThread

    class Private(theirs):
        def __init__(self, socket: Any, pipe: bool = False, session: Any = False):
            super().__init__(socket, pipe=False, session=session)

        def schedule(self, f: Any) -> None:
            if self._is_master_process():
                super().schedule(f)

    vars(kernelapp)["IOPubThread"] = Private


@contextmanager
def no_debugger() -> Iterator[None]:
    """Start kernels without a debugger.

    It would listen on a TCP port and run what any account of this computer sends. Besides, ipykernel's lists every
    module's file at the start, which costs a forked kernel 3 MB of shared pages.
    """
    from ipykernel import debugger, ipkernel

    kernel: Any = ipkernel
    debugger._is_debugpy_available = False
    kernel.sys = SimpleNamespace(modules={}, platform=sys.platform)
    yield
    kernel.sys = sys


if __name__ == "__main__":
    main()
