"""Whatever a test or a notebook stores goes to a temporary folder; tests are spread evenly over processes."""

import json
import os
import signal
import subprocess
import tempfile
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

pytest_plugins = ["tests.fast"]

ROOT = Path(__file__).parent
DURATIONS = ROOT / "tests" / "durations.json"


def pytest_addoption(parser):
    parser.addoption(
        "--store-durations", action="store_true", help=f"write how long each group of tests took to {DURATIONS.name}"
    )


def pytest_configure(config):
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, signal.default_int_handler)  # end fixtures first, as after Ctrl-C
    # A shell that starts the tests with "&" ignores SIGINT in them and in all that they start; commands end with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = tempfile.mkdtemp(prefix="coprod-")
    # Its input ends with this process, even one that is killed.
    remove = ["sh", "-c", 'read -r _; rm -rf "$1"', "sh", folder]
    config.add_cleanup(subprocess.Popen(remove, stdin=subprocess.PIPE, start_new_session=True).communicate)
    os.environ["COPROD_STORE"] = str(Path(folder, "responses.sqlite3"))
    if config.getoption("store_durations"):
        config.pluginmanager.register(StoreDurations())


def pytest_collection_modifyitems(items):
    """Sort the groups of tests, the longest first: whichever process is free takes the next one."""
    durations = json.loads(DURATIONS.read_text(encoding="utf-8"))
    items.sort(key=lambda item: -durations.get(group(item.nodeid), 0.0))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        """A process runs a group of tests to its end, and takes groups in the order in which they were sorted."""

        def _split_scope(self, nodeid):
            return group(nodeid)

    config.option.loadscopereorder = False
    return ByGroup(config, log)


def group(nodeid):
    """The tests of a file share what they start, so they form a group; those that share a JupyterLab form another."""
    file = nodeid.partition("::")[0]
    return "JupyterLab" if file.startswith("tests/browser/") and _in_jupyterlab(file) else file


@cache
def _in_jupyterlab(file):
    return "LabPage" in (ROOT / file).read_text(encoding="utf-8")


class StoreDurations:
    """Adds up how long the tests of each group take, and stores it for the next run."""

    def __init__(self):
        self.seconds = defaultdict(float)

    def pytest_runtest_logreport(self, report):
        self.seconds[group(report.nodeid)] += report.duration

    def pytest_sessionfinish(self, session):
        if not hasattr(session.config, "workerinput"):
            durations = {name: round(seconds, 1) for name, seconds in sorted(self.seconds.items())}
            DURATIONS.write_text(json.dumps(durations, indent=1) + "\n", encoding="utf-8")
