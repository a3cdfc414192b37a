"""Files for this account alone: looked at before they are touched, and never reached through a link."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import FileError
from .temporary import NO_LINK, TEMPORARY, copy_into, has_others, place_to_write, private_folder, remove_abandoned, sync

SQLITE_ENDINGS = ("-wal", "-shm", "-journal")
STORE_ENDINGS = (*SQLITE_ENDINGS, ".withdrawn")
"""What stands beside an SQLite store; a file of such a name would be taken for a part of it."""

LONGEST_LOOK = 10_000_000
"""How many bytes of a file are looked at before it is replaced; no figure is longer."""


def shown(path: str | os.PathLike[str]) -> str:
    """A file's name as it can be printed, whatever bytes it has."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def refusal(path: Path) -> str | None:
    """Why this file must be left alone: a link, no regular file, or another account's. None if nothing is there."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found.st_mode):
        return f"is a link to {shown(os.path.realpath(path))}. Name that file itself"
    if stat.S_ISDIR(found.st_mode):
        return "is a folder. Name a file"
    if not stat.S_ISREG(found.st_mode):
        return "is not a regular file. Name another"
    if found.st_uid != os.geteuid():
        return "belongs to another account. Run the command as that account, or name another file"
    return None


def taken_for_another(path: Path) -> str | None:
    """What a file of this name would be taken for, whatever is in it. None if for nothing."""
    name = path.name.casefold()  # many disks tell no capital from a small letter
    if name.endswith(STORE_ENDINGS):
        return "would be taken for a part of a store"
    return "would be taken for a file that was never finished" if name.startswith(TEMPORARY) else None


def folder_refusal(folder: Path) -> str | None:
    """Why no file of a store may stand in this folder: another account could put files beside it. None if none can.

    A sticky folder keeps others from taking a file away, and not from adding one that SQLite then reads.
    """
    try:
        found = folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if found.st_uid not in (os.geteuid(), 0):
        return f"is in a folder of another account. Name a store in a folder of your own, not in {shown(folder)}"
    if found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and has_others(found.st_gid)):
        return (
            "is in a folder that other accounts can write to. Run chmod go-w on that folder, or name a store in "
            f"another one: {shown(folder)}"
        )
    return None


def make_folder(folder: Path) -> None:
    """Make a folder for this account alone, and those above it that are missing; one that exists keeps its mode."""
    for missing in reversed([one for one in folder.parents if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)  # mkdir's own `parents` would leave their mode to the umask
    folder.mkdir(mode=0o700, exist_ok=True)


def refuse(path: Path) -> None:
    """Raise FileError where `refusal` finds a reason, or the file cannot even be looked at."""
    try:
        if problem := refusal(path):
            raise FileError(f"{shown(path)} {problem}.")
    except OSError as error:
        raise _unusable(path, error) from None


@contextmanager
def written_whole(path: str | os.PathLike[str], *, replaces: Callable[[bytes], bool] | None = None) -> Iterator[Path]:
    """A temporary file to write to, which takes this name once the block has ended well and it is on the disk.

    What stands there is replaced only if it is a regular file of this account and `replaces` says of its content that
    it may be; an empty one always. FileError names the path and what is in the way, or why it cannot be written.
    """
    target = Path(path)
    refuse_to_replace(target, replaces)
    try:
        place = place_to_write(target.parent)
        for one in {place, target.parent}:
            remove_abandoned(one)
        with private_folder(place) as folder:
            temporary = folder / "whole"
            temporary.touch(mode=0o600)
            yield temporary
            sync(temporary)
            refuse_to_replace(target, replaces)  # somebody may have put a file there meanwhile
            if place == target.parent:
                os.replace(temporary, target)  # noqa: PTH105
            else:
                copy_into(temporary, target)
        with suppress(OSError):  # a network's folder cannot be synced
            sync(target.parent)  # the name, too, must outlive a power cut
    except OSError as error:
        raise _unusable(target, error) from None


def append(path: Path, line: bytes) -> None:
    """Add to a file of this account, on a line of its own even where the last one was cut short. May raise OSError."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | NO_LINK, 0o600)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "not a regular file of this account")
        if found.st_size and os.pread(handle, 1, found.st_size - 1) != b"\n":
            line = b"\n" + line
        file.write(line)
        os.fsync(handle)


def read(path: Path, most: int = -1) -> bytes:
    """The content of a regular file of this account, or its first bytes, not through a link.

    FileNotFoundError where there is none, else FileError.
    """
    try:
        handle = os.open(path, os.O_RDONLY | NO_LINK)
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
                return file.read(most)
    except FileNotFoundError:
        raise
    except OSError as error:
        if not path.is_symlink():
            raise _unusable(path, error, "read") from None
    raise FileError(f"{shown(path)} {refusal(path) or 'is not a regular file'}.")


def refuse_to_replace(target: Path, replaces: Callable[[bytes], bool] | None) -> None:
    """Raise FileError unless a file can be written here. Ask before doing anything that cannot be undone."""
    if str(target) == "-":
        raise FileError("Standard output is no place for what learners wrote. Name a file.")
    if not target.name or "\0" in str(target):
        raise FileError(f"{shown(target)!r} is not the name of a file. Name a file to write.")
    if shown(target) != str(target):
        raise FileError(f"The name {shown(target)} is not UTF-8. Give the file another name.")
    if problem := taken_for_another(target):
        raise FileError(f"{target} {problem}. Name another file.")
    refuse(target)
    if not target.parent.is_dir():
        raise FileError(f"{target} cannot be written: there is no folder {target.parent}.")
    try:
        content = read(target, LONGEST_LOOK)
    except FileNotFoundError:
        return
    if replaces is None:
        raise FileError(f"{target} exists already, and is not overwritten. Name another file.")
    if content and not replaces(content):
        raise FileError(f"{target} is not an earlier file of this kind, and is not overwritten. Name another file.")


def _unusable(path: Path, error: OSError, what: str = "written") -> FileError:
    return FileError(f"{shown(path)} cannot be {what}: {error.strerror or type(error).__name__}.")
