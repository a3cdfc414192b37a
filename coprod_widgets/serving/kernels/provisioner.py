"""Kernels from the fork server, for whatever starts kernels through jupyter_client."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import traitlets
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from .forkserver import LONGEST

FORKS = sys.platform == "linux" and hasattr(os, "pidfd_open")
"""macOS forbids fork without exec to programs that use its frameworks, and Windows has no fork."""

PATIENCE = 20  # seconds for an answer; a fork takes a hundredth of one, the first imports two
KEPT = ("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER", "SERVER_SOFTWARE")
KEPT_BEGINNINGS = ("COPROD_", "IPY", "JPY_", "JUPYTER_", "LC_", "MPL", "PYDEVD_", "PYTHON", "SSL_CERT", "XDG_")
PRIVATE_KERNEL = "coprod_widgets.serving.kernels.private_kernel"
REQUEST = ("PATH_INFO", "QUERY_STRING", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL")


class ForkedKernel:
    """A kernel that somebody else forked, watched through its pidfd; as much of a Popen as a provisioner needs."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, pidfd: int):
        self.pid, self._pidfd = pid, pidfd
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it runs; its exit status is its parent's to know, so 0 stands for any."""
        if self.returncode is None:
            waiting = select.poll()  # select() cannot monitor a descriptor over 1023
            waiting.register(self._pidfd, select.POLLIN)
            if waiting.poll(0):
                self.returncode = 0
                os.close(self._pidfd)
        return self.returncode

    def wait(self) -> int:
        """Only called once it has ended."""
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """Signal the kernel and what it has started."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkServer:
    """The fork server of this process: started when first needed, and again when it has died."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._lifeline = os.pipe()  # kernels end when the writing end closes: with this process
        self.modules: list[str] = []
        self.refused: set[str] = set()

    @property
    def pid(self) -> int | None:
        """The fork server's process id, if it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def fork(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        cwd: str,
        *,
        lean: bool = False,
        private: bool = False,
        room: int = 0,
    ) -> ForkedKernel:
        """A new kernel; a `lean` one keeps no history and has no debugger, a `private` one listens on no TCP port.

        It may take so many bytes of `room` beyond what it shares; 0 is no bound. Raises OSError when none can be had,
        also from a new fork server.
        """
        request: dict[str, Any] = {"arguments": list(arguments), "env": dict(env), "cwd": cwd}
        request |= {"lean": lean, "private": private, "room": room}
        with self._turn:
            reply, fds = self._ask(request, [self._lifeline[0]])
        if "error" in reply:
            raise OSError(f"The fork server cannot fork: {reply['error']}.")
        return ForkedKernel(reply["pid"], fds[0])

    def preload(self, modules: Sequence[str]) -> None:
        """Import these too, but for those that start a thread: forking would not be safe any more."""
        with self._turn:
            wanted = [name for name in modules if name not in self.refused]
            reply, _ = self._ask({"modules": wanted})
            self.modules = wanted
            if reply["threads"] > 1:
                self._without_threads()

    def begin(self) -> None:
        """Start it in the background, so that it is there when the first kernel is asked for."""
        threading.Thread(target=self.ensure, daemon=True).start()

    def ensure(self) -> None:
        """Start it again if it has died."""
        with self._turn:
            if self.pid is None:
                self._start()

    def stop(self, *, kernels: bool = False) -> None:
        """End it; its `kernels` live on, or end too."""
        with self._turn:
            if kernels and self._lifeline[1] >= 0:
                os.close(self._lifeline[1])
                self._lifeline = (self._lifeline[0], -1)
            if self._line:
                self._line.close()
            if self._process:
                self._process.kill()
                self._process.wait()
            self._process = self._line = None

    def _without_threads(self) -> None:
        """Import one after the other in a new process, and leave out each that starts a thread."""
        wanted, self.modules = self.modules, []
        self._start()
        for name in wanted:
            reply, _ = self._exchange({"modules": [name]}, [])
            if reply["threads"] > 1:
                self.refused.add(name)
                self._start()
            else:
                self.modules.append(name)

    def _ask(self, request: dict[str, Any], fds: Sequence[int] = ()) -> tuple[dict[str, Any], list[int]]:
        if self.pid is None:
            self._start()
        try:
            return self._exchange(request, fds)
        except (OSError, ValueError):
            self._start()  # it died meanwhile: once more, from a new one
            return self._exchange(request, fds)

    def _exchange(self, request: dict[str, Any], fds: Sequence[int]) -> tuple[dict[str, Any], list[int]]:
        assert self._line is not None
        socket.send_fds(self._line, [json.dumps(request).encode()], list(fds))
        message, sent, _, _ = socket.recv_fds(self._line, LONGEST, 1)
        if not message:
            raise ConnectionError("The fork server has gone away.")
        return json.loads(message), sent

    def _start(self) -> None:
        if self._line:
            self._line.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line = ours  # already here, so that it is closed even where the process cannot be started
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
        with theirs:
            # -P: a file of the folder where somebody started the server must not be taken for a module.
            command = [sys.executable, "-P", "-m", "coprod_widgets.serving.kernels.forkserver", str(theirs.fileno())]
            environment = kernel_environment(os.environ) | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL, start_new_session=True
            )
        ours.settimeout(PATIENCE)
        if self.modules:
            self._exchange({"modules": self.modules}, [])


def kernel_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that a kernel needs; whatever secrets stand in the rest stay out of it."""
    return {
        name: value
        for name, value in environment.items()
        if name in KEPT or name in REQUEST or name.startswith(KEPT_BEGINNINGS)
    }


_server: ForkServer | None = None
_starting = threading.Lock()


def fork_server() -> ForkServer:
    """The one fork server of this process."""
    global _server
    with _starting:
        if _server is None:
            _server = ForkServer()
            atexit.register(_server.stop)
        return _server


class ForkProvisioner(LocalProvisioner):
    """Forks Python kernels from a warm process; any other kernel is started as jupyter_client would."""

    process: Any = None
    lean = traitlets.Bool(False, help="For a page: no history, no debugger.").tag(config=True)
    private = traitlets.Bool(False, help="Kernels of this Python listen on no TCP port.").tag(config=True)
    forks = traitlets.Bool(FORKS, help="Fork, or start each kernel anew.").tag(config=True)
    room = traitlets.Int(0, help="Bytes that a forked kernel may take beyond what it shares; 0: no bound.").tag(
        config=True
    )

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel whose command this is, or start it where it cannot be forked."""
        env, arguments = kwargs.get("env") or dict(os.environ), kernel_arguments(cmd)
        if arguments is None or not (FORKS and self.forks) or _own_python(env):
            command = private_command(cmd) if self.private else cmd
            return await super().launch_kernel(command, **kwargs)
        self.cwd = Path(kwargs.get("cwd") or Path.cwd())
        fork = partial(fork_server().fork, lean=self.lean, private=self.private, room=self.room)
        forked = await asyncio.to_thread(fork, arguments, kernel_environment(env), str(self.cwd))
        self.process = forked
        self.pid = self.pgid = forked.pid
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """To the kernel's group, unless it has ended: its number may be another's by now."""
        if isinstance(self.process, ForkedKernel):
            self.process.send_signal(signum)
        else:
            await super().send_signal(signum)


def kernel_arguments(command: Sequence[str]) -> list[str] | None:
    """What a command gives to an IPython kernel of this Python; None if it starts anything else."""
    python, *rest = command
    if "ipykernel_launcher" not in rest or Path(python).resolve() != Path(sys.executable).resolve():
        return None
    return rest[rest.index("ipykernel_launcher") + 1 :]


def private_command(command: Sequence[str]) -> list[str]:
    """The same kernel, listening on no TCP port; a command that starts anything else than our Python's is kept."""
    if kernel_arguments(command) is None:
        return list(command)
    python, *rest = command
    at = rest.index("ipykernel_launcher")
    # -P: the folder of a notebook must not come first where the kernel's own modules are looked up.
    return [python, "-P", *rest[:at], PRIVATE_KERNEL, *rest[at + 1 :]]


def _own_python(env: Mapping[str, str]) -> bool:
    """Whether the environment asks for another Python than ours: PYTHON… acts before any of our code does."""
    return any(value != os.environ.get(name) for name, value in env.items() if name.startswith("PYTHON"))
