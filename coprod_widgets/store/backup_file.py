"""Reads the file of a backup, which somebody may have changed: plain tables, and rows that a store can hold."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..errors import CoprodError, FileError
from ..files.private import SQLITE_ENDINGS, refusal, shown
from ..text.days import is_moment
from .database import Database
from .tables import HEAD, UtcTime, alembic_version, learners, metadata, removed_answers, withdrawals
from .withdrawals import PSEUDONYM

NO_BACKUP = "is not a backup that can be read. Name a file that coprod backup wrote"
NO_STORE = "is not a backup of a store. Name a file that coprod backup wrote"
DAMAGED = "is damaged, or was changed: it holds what no store does. Name another file that coprod backup wrote"
OF_THE_DISK = ("SQLITE_FULL", "SQLITE_IOERR")  # not of the backup, but of where it is being copied to
NAMED = {learners, withdrawals, removed_answers}
"""Tables whose pseudonyms are noted in a file, one a line."""


def look_for(backup: Path) -> None:
    """Say so of the backup where it is not there or cannot be read."""
    try:
        found = backup.is_file()
        if found:
            backup.open("rb").close()
    except OSError as error:
        raise FileError(f"{shown(backup)} cannot be read: {error.strerror}.") from None
    if not found:
        raise CoprodError(f"There is no backup {shown(backup)}.")


def read_backup(backup: Path, folder: Path) -> Database:
    """The rows of a backup in a new store in this private folder, which has the tables of this version of the kit.

    Nothing of the file itself is used any further: a view or a trigger in it could run for ever, or bring a deleted
    learner back. CoprodError names the backup and says what is wrong with it.
    """
    given, new = Database(folder / "given.sqlite3"), Database(folder / "copy.sqlite3")
    given.shown = new.shown = str(backup)  # messages are about what the caller named
    problem = NO_BACKUP
    try:
        _copy_file(backup, Path(str(given.file)))
        problem = DAMAGED
        if _is_plain_store(given):
            if _needs_upgrade(given):
                given.prepare()
            new.prepare()
            _copy_rows(given, new)
            return new
        problem = NO_STORE
    except (SQLAlchemyError, sqlite3.Error, ValueError, TypeError, LookupError, OverflowError) as error:
        cause = getattr(error, "orig", error)
        if (getattr(cause, "sqlite_errorname", None) or "").startswith(OF_THE_DISK):
            raise
    finally:
        for file in folder.glob("given.sqlite3*"):
            file.unlink()
    # Raised out here, because the error above can quote a row.
    raise CoprodError(f"{shown(backup)} {problem}.")


def _copy_file(backup: Path, target: Path) -> None:
    if backup.stat().st_size > shutil.disk_usage(target.parent).free:  # else learners' answers have no room meanwhile
        raise FileError(f"{shown(backup)} is larger than the room on the disk of the store. Make room on it.")
    target.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"{backup.absolute().as_uri()}?{_uri_query(backup)}", uri=True)) as source,
        closing(sqlite3.connect(target)) as into,
    ):
        source.backup(into, pages=10_000, progress=lambda *_: None)  # in steps, so that a signal is heard


def refuse_itself(backup: Path, store: Path | None) -> None:
    """What is saved between the copy of a store and its return would be lost; FileError where they are one file."""
    if store and store.exists() and store.samefile(backup):
        raise FileError(f"{shown(backup)} is the store itself, not a backup of it. Name what coprod backup wrote.")


def beside(backup: Path) -> list[Path]:
    """What stands beside a backup that SQLite would take for a part of it."""
    names = (backup.with_name(f"{backup.name}{ending}") for ending in SQLITE_ENDINGS)
    return [file for file in names if os.path.lexists(file)]


def _uri_query(backup: Path) -> str:
    """How SQLite is to open a backup: with the log beside it only if that is of this account, or of the backup's own.

    Else others could add to what it holds, in a folder such as /tmp. As immutable, a log that appears is not read.
    """
    found = beside(backup)
    for file in found:
        if (problem := refusal(file)) and (file.is_symlink() or file.stat().st_uid != backup.stat().st_uid):
            raise FileError(f"{shown(file)} {problem}. It would be read as a part of the backup: move it away.")
    return "mode=ro" if found else "mode=ro&immutable=1"


def _is_plain_store(given: Database) -> bool:
    """Whether there is a store; ValueError where there is more in it than tables and indexes."""
    with given.raw() as raw:
        made = raw.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        tables = [name for kind, name, _ in made if kind == "table"]
        computed = [
            column
            for table in tables
            for *_, column in raw.execute("SELECT * FROM pragma_table_xinfo(?)", (table,))
            if column  # hidden, or computed whenever it is read
        ]
    others = {kind for kind, _, _ in made} - {"table", "index"}
    virtual = any((sql or "").upper().startswith("CREATE VIRTUAL") for _, _, sql in made)
    if others or computed or virtual:
        raise ValueError("not plain tables")
    return "revision" in tables


def _needs_upgrade(given: Database) -> bool:
    with given.reading() as connection:
        (version,) = connection.scalars(sa.select(alembic_version.c.version_num)).all()  # ValueError for none, or two
    return bool(version != HEAD)


def _copy_rows(given: Database, new: Database) -> None:
    with given.reading() as source, new.writing() as into:
        for table in metadata.sorted_tables:
            for rows in source.execute(sa.select(table)).mappings().partitions(500):
                into.execute(sa.insert(table), [_checked(table, row) for row in rows])


def _checked(table: sa.Table, row: Any) -> dict[str, Any]:
    """A row as it can be stored; ValueError where a value is not of its column's type, which SQLite does not check."""
    for column in table.columns:
        value: Any = row[column.name]
        kind: Any = _python_type(column)
        if value is None or kind is None:  # whether it can be none the database checks
            continue
        if type(value) is not kind or (kind is datetime and not is_moment(value)):
            raise ValueError("another type")
        if column.name == "pseudonym" and table in NAMED and not PSEUDONYM.fullmatch(value):
            raise ValueError("no pseudonym")
    return dict(row)


def _python_type(column: sa.Column[Any]) -> type | None:
    kinds = {UtcTime: datetime, sa.Boolean: bool, sa.Integer: int, sa.String: str}
    return next((found for kind, found in kinds.items() if isinstance(column.type, kind)), None)
