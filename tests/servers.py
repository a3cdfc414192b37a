"""A real `coprod learn` to test against, started as its user starts it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
from processes import ending_with_parent

from coprod_widgets.exports.csv_file import read_csv, write_csv
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.study.self_study import SelfStudy

STUDY = SelfStudy.load()
PATIENCE = {"COPROD_HEARTBEAT": "2"}


@dataclass
class Learn:
    """A running `coprod learn`, its address and its store."""

    process: subprocess.Popen
    url: str
    store: Path
    port: int
    log: Path
    earlier: frozenset[str] = frozenset()

    def for_a_test(self) -> "Learn":
        """The same server for a test of its own: it sees nothing of the learners that are in the store already."""
        return replace(self, earlier=frozenset(row["pseudonym"] for row in self.rows()))

    def rows(self, *, latest_only: bool = True) -> list[dict[str, Any]]:
        """What this test's learners have stored."""
        with ResponseStore(str(self.store)) as store:
            return [row for row in store.rows(latest_only=latest_only) if row["pseudonym"] not in self.earlier]

    def answers(self) -> dict[str, str]:
        """The newest text of each question, as the export gives it back; for a test with one learner."""
        rows = self.rows()
        write_csv(rows, self.store.with_suffix(".csv"), STUDY)
        frame = read_csv(self.store.with_suffix(".csv"))
        return dict(zip(frame["question"], frame["text"], strict=True))

    def kernels(self) -> list[int]:
        """Process ids of the living kernels: what the fork server has forked, or the server has started anew."""
        found = []
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):  # it has ended since
                forking = any("kernels.forkserver" in word for word in child.cmdline())
                found += [one.pid for one in child.children()] if forking else [child.pid]
        return found

    def kill_kernels(self) -> None:
        """End every kernel at once, as an account's memory limit does."""
        signal_all(self.kernels(), signal.SIGKILL)

    @contextmanager
    def kernels_stopped(self) -> Iterator[None]:
        """Meanwhile no kernel answers, as on a computer that has too much to do."""
        stopped = self.kernels()
        signal_all(stopped, signal.SIGSTOP)
        try:
            yield
        finally:
            signal_all(stopped, signal.SIGCONT)

    @contextmanager
    def store_away(self) -> Iterator[None]:
        """Meanwhile the store cannot be reached, as when a disk is unplugged."""
        folder = self.store.parent
        away = folder.rename(folder.with_name(f"{folder.name}-away"))
        try:
            yield
        finally:
            away.rename(folder)

    def kill(self) -> None:
        """End the server and all its kernels, as a power cut would."""
        signal_all([self.process.pid, *self.kernels()], signal.SIGKILL)
        self.process.wait()


def start(store: Path, port: int | None = None, *more: str, **variables: str) -> Learn:
    """Start the command that a user starts, with further arguments and environment; wait until its page answers.

    Its pages notice sooner than usual what a class does, and that nobody answers any more. Where there is no store yet
    it finds an empty one.
    """
    port = port or free_port()
    store.parent.mkdir(exist_ok=True)
    if not store.exists():
        store.touch(mode=0o600)
        store.write_bytes(_empty_store())
    log = store.parent / f"learn-{port}.log"
    command = [
        *ending_with_parent(),
        sys.executable,
        "-m",
        "coprod_widgets",
        "learn",
        "--no-open",
        "--port",
        str(port),
        "--store",
        str(store),
        *more,
    ]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=os.environ | PATIENCE | variables
        )
    learn = Learn(process, f"http://127.0.0.1:{port}/", store, port, log)
    deadline = time.monotonic() + 60
    while "is at http" not in log.read_text():
        assert process.poll() is None, f"coprod learn ended: {log.read_text()}"
        assert time.monotonic() < deadline, "coprod learn did not start within a minute"
        time.sleep(0.05)  # a file has nothing to wait on
    urlopen(f"{learn.url}coprod/host.js").close()
    return learn


@cache
def _empty_store() -> bytes:
    """Making one loads Alembic, which no other start needs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "responses.sqlite3")
        with ResponseStore(path) as store:
            store.prepare()
        return path.read_bytes()


def signal_all(pids: list[int], number: signal.Signals) -> None:
    """Signal them all; a page that an earlier test has left may just have lost its kernel."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop(learn: Learn) -> None:
    if learn.process.poll() is None:
        learn.process.send_signal(signal.SIGINT)
        learn.process.wait(timeout=30)
