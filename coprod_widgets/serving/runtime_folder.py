"""A folder for what a server needs while it runs: connection files, kernels' sockets, and what holds a token."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from ..errors import CoprodError
from ..files.temporary import others_can_replace_in

PREFIX = "coprod-run-"
PATIENCE = 2  # seconds for processes that are ending to make their last file


class PrivateFolder:
    """A new folder that only this account can enter; `remove` it at the end.

    While its process lives, or one that was given `handle`, it holds a lock on the folder. So the next start can tell
    a folder that a killed server left behind, and removes it.
    """

    def __init__(self) -> None:
        root = Path(tempfile.gettempdir())
        if others_can_replace_in(root):  # with a folder of theirs, to which a token would be written
            raise CoprodError(f"Other accounts can take folders out of {root}. Name another one in TMPDIR.")
        _remove_abandoned(root)
        self.path, self.handle = _locked(root)
        if problem := exposed(self.handle):
            self.remove()
            raise CoprodError(f"Other accounts can enter folders in {root}: {problem}. Name another one in TMPDIR.")

    def remove(self) -> None:
        """Remove the folder, also while a process that is ending still makes files in it."""
        deadline = time.monotonic() + PATIENCE
        while self.path.exists():
            shutil.rmtree(self.path, ignore_errors=True)
            if time.monotonic() > deadline:
                break  # the next start removes it
            time.sleep(0.02)
        with suppress(OSError):
            os.close(self.handle)


def exposed(handle: int) -> str:
    """Why an open folder is not private to this account; empty if it is."""
    found = os.fstat(handle)
    if found.st_uid != os.geteuid():
        return "its owner is another account"
    mode = stat.S_IMODE(found.st_mode)
    return f"its mode is {mode:04o}" if mode & 0o077 else ""


def _locked(root: Path) -> tuple[Path, int]:
    """A new folder, and its descriptor, which holds the lock."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
        with suppress(OSError):  # another start took it for an abandoned one before it was locked
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if path.exists():
                return path, handle
            os.close(handle)


def _remove_abandoned(root: Path) -> None:
    for path in root.glob(f"{PREFIX}*"):
        with suppress(OSError):  # another account's, or gone meanwhile
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if exposed(handle):
                    continue  # not made here: whatever it is, it is not ours to remove
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)
