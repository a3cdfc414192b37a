"""A test run that is interrupted, or killed, leaves no process and no folder."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from processes import ending_with_parent, gone

TESTS = Path(__file__).parent
SECONDS = 60  # a worker of pytest-xdist gives itself 15 when its run is gone


@pytest.fixture
def folder():
    """A short path that every account can enter, as PostgreSQL needs it."""
    with tempfile.TemporaryDirectory(prefix="coprod-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def default_signals():
    """As in a terminal: a run in the background, or under nohup, ignores what would end it, and so would this one."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def run(request, folder):
    """A test run that waits and keeps its temporary files in the folder, and the ids of what it has started."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("COPROD_", "PYTEST_"))}
    ours |= {"TMPDIR": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "yes"}  # only what it needs, to be there sooner
    command = [sys.executable, "-m", "pytest", "-s", "-o", "addopts=", "-p", "xdist", "-p", "no:cacheprovider"]
    process = subprocess.Popen(
        [*ending_with_parent("KILL"), *command, *request.param, "tests/interrupted.py"],
        cwd=TESTS.parent,
        env=ours,
        preexec_fn=default_signals,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "The test waits.\n" in process.stderr
    [postmaster] = folder.glob("coprod-pg-*/data/postmaster.pid")
    children = psutil.Process(process.pid).children(recursive=True)
    yield process, [int(postmaster.read_text().splitlines()[0]), *(child.pid for child in children)]
    process.kill()
    process.communicate()


@pytest.mark.parametrize(
    ("run", "number"),
    [
        ([], signal.SIGINT),
        ([], signal.SIGHUP),
        ([], signal.SIGKILL),
        (["-n1"], signal.SIGTERM),
        (["-n1"], signal.SIGKILL),
    ],
    indirect=["run"],
    ids=str,
)
def test_a_run_that_is_ended_leaves_no_process_and_no_folder(run, number, folder):
    process, started = run
    process.send_signal(number)
    assert [pid for pid in started if not gone(pid, SECONDS)] == []
    assert list(folder.glob("coprod-*")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_a_process_ends_with_the_one_that_started_it():
    program = (
        "import subprocess; from processes import ending_with_parent\n"
        "subprocess.run([*ending_with_parent(), 'sh', '-c', 'echo $$; exec sleep 600'])"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=TESTS, stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    assert gone(child)
