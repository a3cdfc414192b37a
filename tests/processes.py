"""Processes that tests start, and how they end: with the test run, even one that is killed."""

import sys
import time

import psutil


def ending_with_parent(signal="TERM"):
    """The words before a command that make Linux send it this signal when the process that started it is gone.

    It keeps its process id. Start it from the main thread: Linux takes the end of the thread for that of the process.
    On other systems the list is empty, and what a killed run started goes on.
    """
    return ["setpriv", f"--pdeathsig={signal}", "--"] if sys.platform == "linux" else []


def gone(pid, seconds=10):
    """Whether a process ends in time; a zombie has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)  # a process that is not a child has nothing to wait on
    return False
