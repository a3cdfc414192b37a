"""A real `coprod learn` to test against, started as its user starts it."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil

from coprod_widgets.export import read_csv, write_csv
from coprod_widgets.self_study import SelfStudy
from coprod_widgets.store import ResponseStore

STUDY = SelfStudy.load()


@dataclass
class Learn:
    """A running `coprod learn`, its address and its store."""

    process: subprocess.Popen
    url: str
    store: Path
    port: int
    log: Path

    def answers(self) -> dict[str, str]:
        """The newest text of each question, as the export gives it back; for a store with one learner."""
        with ResponseStore(str(self.store)) as store:
            rows = list(store.rows())
        write_csv(rows, self.store.with_suffix(".csv"), STUDY)
        frame = read_csv(self.store.with_suffix(".csv"))
        return dict(zip(frame["question"], frame["text"], strict=True))

    def kernels(self) -> list[int]:
        """Process ids of the living kernels: what the fork server has forked, or the server has started anew."""
        found = []
        for child in psutil.Process(self.process.pid).children():
            forking = any("serving.forkserver" in word for word in child.cmdline())
            found += [one.pid for one in child.children()] if forking else [child.pid]
        return found

    def kill(self) -> None:
        """End the server and all its kernels, as a power cut would."""
        for pid in [self.process.pid, *self.kernels()]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


def start(store: Path, port: int | None = None, *more: str) -> Learn:
    """Start the command that a user starts, and wait until its page answers."""
    port = port or free_port()
    log = store.parent / f"learn-{port}.log"
    command = [
        sys.executable,
        "-m",
        "coprod_widgets.cli",
        "learn",
        "--no-open",
        "--port",
        str(port),
        "--store",
        str(store),
        *more,
    ]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    learn = Learn(process, f"http://127.0.0.1:{port}/", store, port, log)
    deadline = time.monotonic() + 60
    while "is at http" not in log.read_text():
        assert process.poll() is None, f"coprod learn ended: {log.read_text()}"
        assert time.monotonic() < deadline, "coprod learn did not start within a minute"
        time.sleep(0.05)  # a file has nothing to wait on
    urlopen(f"{learn.url}coprod/host.js").close()
    return learn


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop(learn: Learn) -> None:
    if learn.process.poll() is None:
        learn.process.send_signal(signal.SIGINT)
        learn.process.wait(timeout=30)
