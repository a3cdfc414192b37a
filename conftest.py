"""Whatever a test or a notebook stores goes to a temporary folder; tests are spread evenly over processes."""

import json
import os
import signal
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest

DURATIONS = Path(__file__).parent / "tests" / "durations.json"


def pytest_addoption(parser):
    parser.addoption(
        "--store-durations", action="store_true", help=f"write how long each group of tests took to {DURATIONS.name}"
    )


def pytest_configure(config):
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, signal.default_int_handler)  # end fixtures first, as after Ctrl-C
    folder = tempfile.mkdtemp(prefix="coprod-")
    # Its input ends with this process, even one that is killed.
    remove = ["sh", "-c", 'read -r _; rm -rf "$1"', "sh", folder]
    config.add_cleanup(subprocess.Popen(remove, stdin=subprocess.PIPE, start_new_session=True).communicate)
    os.environ["COPROD_STORE"] = str(Path(folder, "responses.sqlite3"))
    if config.getoption("store_durations"):
        config.pluginmanager.register(StoreDurations())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Group the tests and sort the groups, the longest first: whichever process is free takes the next one.

    The tests of a file share what they start, so they form a group; those that share the one JupyterLab form another.
    """
    durations = json.loads(DURATIONS.read_text(encoding="utf-8"))
    for item in items:
        in_lab = "lab" in getattr(item, "fixturenames", ())  # cells of notebooks have no fixtures
        item.add_marker(pytest.mark.xdist_group("JupyterLab" if in_lab else item.path.stem))
    items.sort(key=lambda item: -durations.get(group(item), 0.0))


def group(item):
    return item.get_closest_marker("xdist_group").args[0]


class StoreDurations:
    """Adds up how long the tests of each group take, and stores it for the next run."""

    def __init__(self):
        self.seconds = defaultdict(float)

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid.rpartition("@")[2]] += report.duration

    def pytest_sessionfinish(self, session):
        if not hasattr(session.config, "workerinput"):
            durations = {name: round(seconds, 1) for name, seconds in sorted(self.seconds.items())}
            DURATIONS.write_text(json.dumps(durations, indent=1) + "\n", encoding="utf-8")
