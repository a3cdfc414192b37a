"""`pytest --fast`: what can be tested within one process and without searching for examples, for every save.

What needs a browser, a notebook or PostgreSQL is left out, and what is marked: `kernel`, or by Hypothesis as its own.
Any other test that starts a process is skipped at the moment it does, whatever it starts it with.
"""

import functools
import sys

import pytest

MARKS = {"hypothesis", "kernel"}
STARTS = {"subprocess.Popen", "os.fork", "os.posix_spawn"}


def pytest_addoption(parser):
    parser.addoption("--fast", action="store_true", help="leave out whatever needs more than this process, or long")


def pytest_ignore_collect(collection_path, config):
    in_browser = collection_path.is_relative_to(config.rootpath / "tests" / "browser")
    return True if config.getoption("fast") and (in_browser or collection_path.suffix == ".ipynb") else None


@pytest.hookimpl(trylast=True)  # after Hypothesis has marked its own
def pytest_collection_modifyitems(config, items):
    if config.getoption("fast"):
        left_out = [
            item for item in items if _needs_postgres(item) or MARKS & {mark.name for mark in item.iter_markers()}
        ]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _needs_postgres(item):
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return "postgres" in item.fixturenames or parameters.get("address") == "postgresql"


def pytest_runtest_setup(item):
    if item.config.getoption("fast"):
        _refuse_processes()


@functools.cache  # what has been added cannot be taken away
def _refuse_processes():
    def refuse(event, arguments):
        if event in STARTS:
            pytest.skip("A fast run starts no process.")

    sys.addaudithook(refuse)
