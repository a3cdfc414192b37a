"""Temporary files of what learners wrote: for this account alone, and removed also after a process was killed."""

from __future__ import annotations

import errno
import fcntl
import grp
import os
import pwd
import secrets
import shutil
import signal
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import FileError

NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # opening a pipe must not wait for its other end
TEMPORARY = ".coprod-unfinished-"
"""How the names of temporary files and folders begin."""


@contextmanager
def private_folder(beside: Path) -> Iterator[Path]:
    """A new folder for what nobody else may read, and which must not stay: it is removed at the end of the block.

    SIGTERM and SIGHUP end the block first, then the program. A process that is killed leaves its folder behind without
    a lock, by which `remove_abandoned` knows it.
    """
    with _ending_first():
        path, handle = _locked_folder(beside)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
            os.close(handle)


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files that a process left in this folder when it was killed.

    Folders only where nobody else could have given another folder of this account such a name; none is made elsewhere.
    """
    for path in folder.glob(f"{TEMPORARY}*"):
        with suppress(OSError):  # another process's, another account's, or gone meanwhile
            handle = os.open(path, os.O_RDONLY | NO_LINK)
            try:
                found = os.fstat(handle)
                if found.st_uid != os.geteuid() or found.st_mode & 0o077:
                    continue  # not made here: whatever it is, it is not ours to remove
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if stat.S_ISDIR(found.st_mode) and not _others_can_rename_in(folder):
                    shutil.rmtree(path)
                elif stat.S_ISREG(found.st_mode):
                    path.unlink()
            finally:
                os.close(handle)


def place_to_write(folder: Path) -> Path:
    """This folder, or that of temporary files where another account could exchange what is being written here."""
    places = folder, Path(tempfile.gettempdir())
    for place in places:
        if not others_can_replace_in(place):
            return place
    raise FileError(
        f"{folder} is no place to write to: other accounts can take files out of it, and out of {place}. Name a folder "
        "of your own in TMPDIR."
    )


def copy_into(source: Path, target: Path) -> None:
    """Copy a file into a folder that others may change meanwhile: by a descriptor, which they cannot exchange."""
    copy = target.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    handle = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK, 0o600)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        with source.open("rb") as content, os.fdopen(handle, "wb", closefd=False) as into:
            shutil.copyfileobj(content, into)
        os.fsync(handle)
        if not os.path.samestat(os.fstat(handle), os.lstat(copy)):
            raise PermissionError(errno.EPERM, "another account replaces files there")
        os.replace(copy, target)  # noqa: PTH105
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def others_can_replace_in(folder: Path) -> bool:
    """Whether another account can rename what this one has in a folder, or any folder on the way to it."""
    real = Path(os.path.realpath(folder))
    return any(_others_can_rename_in(one) for one in (real, *real.parents))


def _others_can_rename_in(folder: Path) -> bool:
    found = folder.stat()
    writable = found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and has_others(found.st_gid))
    return found.st_uid not in (os.geteuid(), 0) or bool(writable and not found.st_mode & stat.S_ISVTX)


def has_others(group: int) -> bool:
    """Whether a group has another account; most desktops give each account a group of its own, and containers none."""
    try:
        members, own = set(grp.getgrgid(group).gr_mem), pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # no such group or account here: a container's, in which nobody else is
        return group not in {os.getegid(), *os.getgroups()}
    others = (one for one in pwd.getpwall() if one.pw_gid == group and one.pw_uid not in (0, os.geteuid()))
    return bool(members - {own}) or any(others)


def sync(path: str | os.PathLike[str]) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _locked_folder(beside: Path) -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(dir=beside, prefix=TEMPORARY))  # with mode 0700
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | NO_LINK)
        with suppress(OSError):  # a network's folder may have no locks: then it is nobody's to remove either
            fcntl.flock(handle, fcntl.LOCK_EX)
        if path.exists():
            return path, handle
        os.close(handle)  # another process took it for an abandoned one before it was locked


@contextmanager
def _ending_first() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block before the program, where they would end it at once."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)}
        before = {one: handler for one, handler in before.items() if handler == signal.SIG_DFL}  # nohup ignores SIGHUP
    for one in before:
        signal.signal(one, _end)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
