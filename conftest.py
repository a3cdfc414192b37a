"""Whatever a test or a notebook stores goes to a passing folder, never to this computer's own store."""

import os
import tempfile
from pathlib import Path


def pytest_configure(config):
    folder = tempfile.TemporaryDirectory(prefix="coprod-")
    config.add_cleanup(folder.cleanup)
    os.environ["COPROD_STORE"] = str(Path(folder.name, "responses.sqlite3"))
