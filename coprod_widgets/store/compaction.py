"""Compacts an SQLite file after deletions, one process at a time and not for each of many."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

_turn = threading.Lock()  # SQLite's folder for temporary files is one for the whole process


def compact(raw: sqlite3.Connection, folder: Path, *, apart: float) -> bool:
    """Write the file anew, without stale bytes, unless that was done less than `apart` seconds ago; whether it was.

    SQLite's `application_id` says when it was done last, in even seconds, to every process; below zero while it is due,
    and odd where somebody had to put it off.
    """
    if (claim := _claim(raw, apart)) is None:
        return False
    with _turn:
        # Not in memory, because a kernel has little; in the store's folder, which is private and has room for a copy.
        raw.execute("PRAGMA temp_store = FILE")
        raw.execute("PRAGMA temp_store_directory = '{}'".format(str(folder).replace("'", "''")))
        try:
            raw.execute("VACUUM")
        finally:
            raw.execute("PRAGMA temp_store_directory = ''")
    _change(raw, lambda mark: -mark if mark == claim else mark)  # unless it became due again meanwhile
    return True


def is_due(raw: sqlite3.Connection) -> bool:
    """Whether deleted text may be left between the rows."""
    return _mark(raw) < 0


def _claim(raw: sqlite3.Connection, apart: float) -> int | None:
    """Note that this process begins, so that no other does; None where one was there less than `apart` seconds ago."""
    at = max(2, int(time.time()) % 2**31 // 2 * 2)

    def recent(mark: int) -> bool:
        return 0 <= at - abs(mark) // 2 * 2 < apart  # a clock that was put back makes nobody wait

    before = _change(raw, lambda mark: -(abs(mark) | 1) if recent(mark) else -at)
    return None if recent(before) else -at


def _change(raw: sqlite3.Connection, change: Callable[[int], int]) -> int:
    """Change the mark in one step; what it was."""
    raw.execute("BEGIN IMMEDIATE")
    try:
        before = _mark(raw)
        if (after := change(before)) != before:
            raw.execute(f"PRAGMA application_id = {after}")
    finally:
        raw.execute("COMMIT")
    return before


def _mark(raw: sqlite3.Connection) -> int:
    (mark,) = raw.execute("PRAGMA application_id").fetchone()
    return int(mark)
