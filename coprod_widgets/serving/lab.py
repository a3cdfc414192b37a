"""JupyterLab for the instructor and the learners' page beside it: two processes, one store, one Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from time import sleep
from typing import IO
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import psutil
from platformdirs import user_state_path

from ..apps.teaching import ADDRESS
from ..errors import CoprodError
from ..files.private import make_folder
from ..store.settings import STORE
from .runtime_folder import PrivateFolder
from .server import check_address

PROJECTOR = "teach/projector.ipynb"
LAB_PORTS = range(8888, 8988)
LOGGED = re.compile(r"^\[[A-Z] [^\]]*\]\s*")
"""What Jupyter writes in front of each line: level, time and program."""
LONGEST_WORDS = 300
PATIENCE = 20  # seconds for a process to end by itself
SETTINGS = Path(__file__).with_name("jupyter")
"""JupyterLab's defaults here: it would ask for its makers' news in front of a class, which may have no internet."""
PRIVATE = (
    "--KernelManager.transport=ipc",
    "--KernelProvisionerFactory.default_provisioner_name=coprod-fork",
    "--ForkProvisioner.forks=False",
    "--ForkProvisioner.private=True",
)
"""Kernels hold what learners wrote, and any account of this computer may read from a TCP port that sends it."""

CHILD = (sys.executable, "-P", "-m", f"{__package__}.child_process")
"""Runs a module that ends with this process. -P: a file of the folder where the command was given is no module."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Where the learners' page listens, and with which certificate."""

    host: str
    port: int
    certfile: Path | None = None
    keyfile: Path | None = None

    @property
    def address(self) -> str:
        """What learners open."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.certfile else 'http'}://{host}:{self.port}/"

    @property
    def command(self) -> list[str]:
        """The command that serves it. The store's address is no part of it: it can hold a password."""
        own = ["--no-open", "--host", self.host, "--port", str(self.port)]
        own += ["--certfile", str(self.certfile)] if self.certfile else []
        own += ["--keyfile", str(self.keyfile)] if self.keyfile else []
        return [*CHILD, "coprod_widgets", "learn", *own]


@dataclass(frozen=True, kw_only=True)
class Lab:
    """JupyterLab on one notebook, for this computer only and with a token."""

    notebook: Path
    root: Path
    port: int
    token: str
    more: Sequence[str] = ()

    @property
    def address(self) -> str:
        """What the instructor opens."""
        inside = quote(self.notebook.relative_to(self.root).as_posix())
        return f"http://127.0.0.1:{self.port}/lab/tree/{inside}?token={self.token}"

    @property
    def projector(self) -> str:
        """What is opened on the screen that everybody sees.

        In a workspace of its own: JupyterLab opens what a workspace had open, and with the lesson's notebook a browser
        is sent what that notebook is sent.
        """
        return f"http://127.0.0.1:{self.port}/lab/workspaces/projector/tree/{PROJECTOR}?token={self.token}"

    @property
    def command(self) -> list[str]:
        """The command that serves it. The token is no part of it: every account sees commands."""
        # It listens where the token is sent and nowhere else: where `more` says one of these again, JupyterLab refuses.
        own = ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0"]
        own += ["--ServerApp.sock=", "--Application.log_level=ERROR"]
        own += [f"--ServerApp.root_dir={self.root}", "--no-browser"]
        # JupyterLab's own choice here is a login shell, whose profile forgets the PATH below on many systems.
        shell = shlex.quote(os.environ.get("SHELL") or "sh")
        own.append(f"--ServerApp.terminado_settings=shell_command={shell}")
        return [*CHILD, "jupyterlab", *own, *self.more, *PRIVATE, str(self.notebook)]

    @property
    def environment(self) -> dict[str, str]:
        """What it is told beside the command."""
        there = os.environ.get("JUPYTER_CONFIG_PATH")
        path = os.pathsep.join([str(SETTINGS), *([there] if there else [])])
        # So that `coprod` is found in its terminal too, where no environment is activated.
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return {"JUPYTER_TOKEN": self.token, "JUPYTER_CONFIG_PATH": path, "PATH": programs}

    def begin(self) -> bool:
        """Start the kernels of both notebooks; whether it answers already. Call it once JupyterLab itself listens.

        JupyterLab asks which kernel a notebook is to have when it has not read yet which there are, but never for a
        notebook whose kernel runs.
        """
        try:
            for path in (self.notebook, self.root / PROJECTOR):
                kernel = {"type": "notebook", "name": path.name, "kernel": {"name": "python3"}}
                self._post("api/sessions", {"path": path.relative_to(self.root).as_posix(), **kernel})
        except HTTPError:
            return True  # it answers; what is wrong with the kernel it says in its page
        except OSError:
            return False
        return True

    def _post(self, what: str, told: Mapping[str, object]) -> None:
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        url, data = f"http://127.0.0.1:{self.port}/{what}", json.dumps(told).encode()
        # Past any proxy: it could not reach this computer, and would read the token.
        build_opener(ProxyHandler({})).open(Request(url, data, headers), timeout=PATIENCE).close()


def listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether this process is the one that listens on a port; any account of the computer could have taken it."""
    try:
        found = psutil.Process(process.pid).net_connections("tcp")
    except psutil.Error:  # it has ended
        return False
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in found)


def free_lab_port() -> int:
    """The first port that JupyterLab may have."""
    for port in LAB_PORTS:
        try:
            check_address("127.0.0.1", port)
        except CoprodError:
            continue
        return port
    raise CoprodError(f"No port from {LAB_PORTS[0]} to {LAB_PORTS[-1]} is free for JupyterLab. End another JupyterLab.")


def run_together(
    page: Page, lab: Lab, *, store: str, say: Callable[[str], None], ready: Callable[[], None], browser: bool = False
) -> bool:
    """Run both until Ctrl-C, SIGTERM or a closed terminal; whether that is how it ended.

    `ready` is called when both answer, and a `browser` is opened then. When JupyterLab ends by itself, learners go on
    writing; without their page nothing goes on.
    """
    check_address(page.host, page.port)
    check_address("127.0.0.1", lab.port)
    shared = {**os.environ, STORE: store}
    heard: SimpleQueue[str] = SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: heard.put("stop"))
    running: dict[str, subprocess.Popen[bytes]] = {}
    log = user_state_path("coprod") / "teach.log"
    # JupyterLab writes its token and the keys of its kernels there, in files with names that can be known.
    runtime = PrivateFolder()
    try:
        running["page"] = _started(page.command, shared, heard, "page")
        # JupyterLab warns of much that is none of an instructor's business: it would push the addresses off the screen.
        with _new_log(log) as told:
            own = {**shared, ADDRESS: page.address, **lab.environment, "JUPYTER_RUNTIME_DIR": str(runtime.path)}
            running["lab"] = _started(lab.command, own, heard, "lab", stderr=told, keep=runtime.handle)
        threading.Thread(target=_await, args=(page, lab, running, heard), daemon=True).start()
        so_far = set()
        while (news := heard.get()) not in ("stop", "page"):
            so_far.add(news)
            if news == "lab":
                say(f"JupyterLab has ended. {_last_words(log, lab.token)}All that it said is in {log}.")
            if news != "ready" and so_far >= {"lab", "page listens"}:
                say(f"Learners can still write at {page.address}; Ctrl-C ends their page too.")
            if news == "ready" and "lab" not in so_far:
                ready()
                if browser:
                    # JupyterLab's own file, which only this account can read: every account sees a browser's address.
                    opening = f"jpserver-file-to-run-{running['lab'].pid}-open.html"
                    webbrowser.open((runtime.path / opening).as_uri())
        return news == "stop"
    finally:
        _end(running.values())
        runtime.remove()


def _new_log(path: Path) -> IO[bytes]:
    """An empty file that only this account can read, and not one that a link leads to."""
    make_folder(path.parent)
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _last_words(log: Path, token: str) -> str:
    """The last line in which JupyterLab says why it ended, without its time; nothing where it says none."""
    try:
        lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return ""
    said = [LOGGED.sub("", line) for line in lines if line and token not in line]
    return f"It said: {said[-1][:LONGEST_WORDS]} " if said else ""


def _await(page: Page, lab: Lab, running: Mapping[str, subprocess.Popen[bytes]], heard: SimpleQueue[str]) -> None:
    """Say so when the page listens, and when JupyterLab answers too; a port has nothing to wait on."""
    while not listens(running["page"], page.port):
        sleep(0.2)
    heard.put("page listens")
    while not (listens(running["lab"], lab.port) and lab.begin()):
        sleep(0.2)
    heard.put("ready")


def _started(
    command: Sequence[str],
    environment: Mapping[str, str],
    heard: SimpleQueue[str],
    name: str,
    stderr: IO[bytes] | None = None,
    keep: int | None = None,
) -> subprocess.Popen[bytes]:
    """A process in a session of its own: JupyterLab would ask whether Ctrl-C was meant. It ends with this one.

    What it says is said here for both; what goes wrong stands on standard error, or in a file given for it. It holds
    the descriptor that it is to `keep`, and other accounts can read none of the files that it makes.
    """
    silent = subprocess.DEVNULL
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,  # closed when this process ends; see child_process.py
        stdout=silent,
        stderr=stderr,
        start_new_session=True,
        umask=0o077,
        pass_fds=() if keep is None else (keep,),
    )

    def monitor() -> None:
        process.wait()
        heard.put(name)

    threading.Thread(target=monitor, daemon=True).start()
    return process


def _end(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    """Ask both at once, so that they end in the time of the slower one."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
