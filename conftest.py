"""Whatever a test or a notebook stores goes to a passing folder, never to this computer's own store."""

import os
import tempfile
from pathlib import Path

import pytest


def pytest_itemcollected(item):
    """A file of tests stays in one process, and so do all that open a browser: two browsers slow each other down."""
    folder, name = item.path.parts[-2:]
    item.add_marker(pytest.mark.xdist_group("browser" if folder == "browser" else name))


def pytest_configure(config):
    folder = tempfile.TemporaryDirectory(prefix="coprod-")
    config.add_cleanup(folder.cleanup)
    os.environ["COPROD_STORE"] = str(Path(folder.name, "responses.sqlite3"))
