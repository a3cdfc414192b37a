"""Says in plain words what a database raised, and what to do about it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy.exc import OperationalError

from .tables import Damaged

NOT_PREPARED = "is not set up yet. Run coprod doctor, which sets it up (in Python: prepare())"
READ_ONLY = "is read-only. Let this account write the file and its folder"
UNREACHABLE = "cannot be reached, or does not let this account in. Look at host, port, database and account"
FULL = "cannot be written: the disk is full. Make room on it"
HELD = "is held by another program. Close what has it open"
CORRUPT = "is damaged. Move it away, and put the last backup in its place with coprod restore"
REASONS = {
    "SQLITE_BUSY": HELD,
    "SQLITE_CANTOPEN": "is missing or cannot be opened. See whether its folder and disk are still there",
    "SQLITE_CORRUPT": CORRUPT,
    "SQLITE_ERROR": NOT_PREPARED,
    "SQLITE_FULL": FULL,
    "SQLITE_IOERR": "cannot be read or written: its disk reports an error. Look at the disk, and at the room on it",
    "SQLITE_IOERR_SHMSIZE": FULL,  # of the index to the log, the first file that grows
    "SQLITE_LOCKED": HELD,
    "SQLITE_NOTADB": "is not an SQLite database. Name another file",
    "SQLITE_READONLY": READ_ONLY,
    "25006": "is read-only. Name the primary server",
    "42501": "does not let this account do that. Grant it the rights to create and change tables",
    "42P01": NOT_PREPARED,
    "53100": FULL,
    "55P03": HELD,
    "57P01": UNREACHABLE,
}


def reason_for(error: Exception, file: Path | None = None) -> str:
    """What is wrong and what to do; never the driver's own words, which can quote a row or a password."""
    if isinstance(error, OSError):
        return f"cannot be opened: {error.strerror or type(error).__name__}"
    if isinstance(error, Damaged):
        return CORRUPT
    cause = getattr(error, "orig", error)
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    if code is None and isinstance(cause, sqlite3.OperationalError):
        return CORRUPT  # of Python itself, which cannot read a text
    if code is None and isinstance(error, OperationalError):
        return UNREACHABLE
    code = code or type(error).__name__
    if code.startswith("SQLITE_CANTOPEN") and file and file.is_file() and not os.access(file.parent, os.W_OK):
        return READ_ONLY  # its log cannot be made
    return REASONS.get(code) or REASONS.get("_".join(code.split("_")[:2]), f"cannot be used: {code}")
