"""The files of an SQLite store: for this account alone, and looked at before they are used."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from ..errors import StoreError
from ..files.private import STORE_ENDINGS, make_folder, refusal


def create_files(path: Path) -> None:
    """Make the file, if there is nothing by its name, and look at what is there."""
    make_folder(path.parent)
    with suppress(FileExistsError):
        path.touch(mode=0o600, exist_ok=False)
    check_files(path)


def _with_files_beside(path: Path, endings: Collection[str] = STORE_ENDINGS) -> list[Path]:
    return [path, *(path.with_name(path.name + ending) for ending in endings)]


def check_files(path: Path, endings: Collection[str] = STORE_ENDINGS) -> None:
    """Refuse a store, or a file beside it, that is a link, no regular file, or another account's."""
    for file in _with_files_beside(path, endings):
        if problem := refusal(file):
            raise StoreError(f"The store {file} {problem}.")


def make_private(path: Path) -> None:
    """Take everyone else's rights to the files away: by a descriptor, so that no link can come between."""
    for file in _with_files_beside(path):
        with suppress(FileNotFoundError):
            if file.lstat().st_mode & 0o077:
                _take_rights_away(file)


def _take_rights_away(file: Path) -> None:
    # A descriptor without O_PATH must not be closed in a process that has the database open: that drops SQLite's locks.
    handle = os.open(file, getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK) | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            raise StoreError(f"The store {file} was replaced meanwhile. Look at who can write to its folder.")
        whole = f"/proc/self/fd/{handle}" if hasattr(os, "O_PATH") else handle
        os.chmod(whole, found.st_mode & 0o700)  # noqa: PTH101
    finally:
        os.close(handle)
