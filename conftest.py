"""Whatever a test or a notebook stores goes to a passing folder, never to this computer's own store."""

import os
import re
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

pytest_plugins = ["tests.fast"]


def pytest_configure(config):
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, signal.default_int_handler)  # end fixtures first, as after Ctrl-C
    folder = tempfile.mkdtemp(prefix="coprod-")
    # Its input ends with this process, even one that is killed.
    remove = ["sh", "-c", 'read -r _; rm -rf "$1"', "sh", folder]
    config.add_cleanup(subprocess.Popen(remove, stdin=subprocess.PIPE, start_new_session=True).communicate)
    os.environ["COPROD_STORE"] = str(Path(folder, "responses.sqlite3"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file of tests stays in one process, and so do all that open a browser: two browsers slow each other down.

    But those with a JupyterLab are left to a process that has nothing else to do any more.
    """
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return _browser(config.rootpath / file) if file.startswith("tests/browser/") else file

    return ByFile(config, log)


@cache
def _browser(file):
    return "JupyterLab" if re.search("^from (labs|rooms) import", file.read_text(), re.MULTILINE) else "learners' pages"
