"""Opens the database under the store, and says in plain words why it could not be used."""

from __future__ import annotations

import functools
import math
import os
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ..errors import StoreError
from ..files.private import folder_refusal
from ..files.temporary import remove_abandoned
from .compaction import compact, is_due
from .database_errors import FULL, NOT_PREPARED, reason_for
from .engine import PATIENCE, READING, WRITING, connect, default_path, open_engine, open_file
from .sqlite_files import check_files, create_files, make_private
from .tables import HEAD, alembic_version, failed_joins

MIGRATING = ("PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE")  # dropping a copied table must not cascade
LEAST_FREE = 10_000_000  # bytes that must be free on the disk of an SQLite file
COMPACTED_EACH = 60  # seconds between two compactions after learners' deletions: everybody who writes waits for one
LARGEST_COMPACTED = 200_000_000  # bytes of a file that a learner's deletion compacts, which takes about a second
ONE_AT_A_TIME = 0x636F70726F64  # "coprod": the number of our advisory lock

OLDER = (
    "was made by an earlier version of the kit. Keep it with coprod backup, then run coprod doctor, which brings it up "
    "to date (in Python: prepare())"
)
FOREIGN = "holds another program's tables. Give the kit a database of its own"
MISSING = "is not there. Name one that exists, or make it with coprod session open, teach, learn or demo"
OURS = {"alembic_version", "learner", "revision"}
"""Tables that a store has had since its first version."""


@dataclass
class _Shared:
    """The connection of one `Database.transaction`."""

    writes: bool
    """Whether its transaction is one that writes."""
    connection: sa.Connection | None = None
    failed: bool = False
    """Whether the database refused something: PostgreSQL would then roll back at the commit without a word."""
    after_commit: list[Callable[[], None]] = field(default_factory=list)


class Database:
    """One SQLite file or PostgreSQL database, opened anew for every transaction."""

    def __init__(self, address: str | os.PathLike[str] | None):
        """Name it by its URL or a file's path; None is a file in this account's own data folder."""
        self._engine = open_engine(os.fspath(default_path() if address is None else address))
        self._writer = self._engine.execution_options(coprod_begin=WRITING)
        self._thread = threading.local()
        url = self._engine.url.set(query={})  # a query can hold a password too
        self.file = Path(str(url.database)) if self._engine.dialect.name == "sqlite" else None
        """The file, on SQLite."""
        self.shown = str(self.file or url.render_as_string(hide_password=True))
        """Its path, or its URL without any password."""
        self.address = str(self.file or self._engine.url.render_as_string(hide_password=False))
        """What another process opens it by; it can hold a password."""

    def close(self) -> None:
        """Let go of it; harmless when called twice."""
        self._engine.dispose()

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that waits for nobody and changes nothing."""
        return nullcontext(self._shared_connection()) if self._shared else self._engine.connect()

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is committed when its block ends well; on SQLite the only writer meanwhile.

        Within `transaction` it is committed with all the rest, at the end of that.
        """
        if not self._shared:
            with self._writer.begin() as connection:
                yield connection
            return
        connection = self._shared_connection(writes=True)
        with connection.begin_nested():  # so that a block that fails can be tried again
            yield connection

    @contextmanager
    def transaction(self, *, writes: bool = False) -> Iterator[None]:
        """Within this block, `reading` and `writing` of this thread share one connection, opened when first needed.

        With `writes` all of it is one transaction. Without, what is read before the first `writing` is a transaction of
        its own: nobody has to wait for it. StoreError when the commit fails; nothing is stored when the block raises.
        """
        if self._shared:
            yield
            return
        shared = self._thread.shared = _Shared(writes)
        try:
            yield
            self.commit()
        finally:
            self._thread.shared = None
            if shared.connection:
                shared.connection.close()

    def commit(self) -> None:
        """Commit what this thread's `transaction` has written so far; what follows in it is another transaction."""
        if (shared := self._shared) and shared.connection:
            if shared.failed and shared.writes:
                raise StoreError(f"The store {self.shown} could not do all of it, so nothing was stored. Try again.")
            self._commit(shared.connection)
            for callback in shared.after_commit:
                callback()
            shared.after_commit.clear()
            shared.connection = shared.connection.execution_options(coprod_begin=READING)
            shared.writes = False

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call this once what was written so far is committed; at once outside a `transaction`."""
        if self._shared:
            self._shared.after_commit.append(callback)
        else:
            callback()

    def note_failure(self) -> None:
        """Let this thread's `transaction` fail at its commit, also where its block goes on after an error."""
        if self._shared:
            self._shared.failed = True

    @property
    def _shared(self) -> _Shared | None:
        return getattr(self._thread, "shared", None)

    def _shared_connection(self, *, writes: bool = False) -> sa.Connection:
        shared = self._shared
        assert shared is not None
        if shared.connection is None:
            shared.writes |= writes
            shared.connection = (self._writer if shared.writes else self._engine).connect()
        elif writes and not shared.writes:
            shared.connection.rollback()  # SQLite cannot turn a reader into the writer when somebody has written since
            shared.connection = shared.connection.execution_options(coprod_begin=WRITING)
            shared.writes = True
        return shared.connection

    def _commit(self, connection: sa.Connection) -> None:
        try:
            connection.commit()
        except (SQLAlchemyError, sqlite3.Error) as error:
            problem = reason_for(error, self.file)
        else:
            return
        raise StoreError(f"The store {self.shown} {problem}.")

    def lock_exclusively(self, connection: sa.Connection) -> None:
        """Let nobody else past this point until the commit; SQLite's BEGIN IMMEDIATE already sees to it."""
        if self.file is None:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_AT_A_TIME)))

    def prepare(self) -> None:
        """Make the file private to this account and bring the tables up to date, all or nothing.

        A file that is a link, another account's, or no store of ours is refused before anything about it is changed;
        so is one in a folder that another account can write to.
        """
        if self.file:
            self.refuse_folder()
            create_files(self.file)
            if problem := _no_store(self.file):
                raise StoreError(f"The store {self.shown} {problem}.")
            remove_abandoned(self.file.parent)
            make_private(self.file)
            _enable_write_ahead_log(self.file)
        with self._engine.execution_options(coprod_begin=MIGRATING).begin() as connection:
            self.lock_exclusively(connection)
            problem = _not_current(connection)
            if problem not in {None, OLDER, NOT_PREPARED}:
                raise StoreError(f"The store {self.shown} {problem}.")
            if problem:
                from .migrations.upgrade import upgrade  # loads Alembic

                upgrade(connection)
            if self.file and not connection.exec_driver_sql("PRAGMA user_version").scalar():
                connection.exec_driver_sql(f"PRAGMA user_version = {new_edition()}")
        self.vacuum_if_due()
        self.check()  # SQLite begins a write on a read-only file without a word

    def is_missing(self) -> bool:
        """Whether there is no file yet; StoreError where there can be none."""
        if self.file is None or os.path.lexists(self.file):
            return False
        there = next(folder for folder in self.file.parents if os.path.lexists(folder))
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise StoreError(f"The store {self.shown} cannot be made in {there}. Name a folder that can be written.")
        return True

    def refuse_folder(self) -> None:
        """Raise StoreError where another account could put files beside SQLite's, which would be taken for its own."""
        if self.file and (problem := folder_refusal(self.file.parent)):
            raise StoreError(f"The store {self.shown} {problem}.")

    def check_readable(self, *, older: bool = False) -> None:
        """Raise StoreError unless there is a store that this version can read, or also an `older` one."""
        if self.file:
            self.refuse_folder()
            check_files(self.file)
            if not self.file.exists():
                raise StoreError(f"The store {self.shown} {MISSING}.")
            if problem := _no_store(self.file):
                raise StoreError(f"The store {self.shown} {problem}.")
        with self.reading() as connection:
            if (problem := _not_current(connection)) and not (older and problem == OLDER):
                raise StoreError(f"The store {self.shown} {problem}.")

    def check(self) -> None:
        """Raise StoreError unless a row can be read and written right now and the tables are current."""
        self.check_readable()
        # SQLite keeps an uncommitted write in memory, so the write below would not notice a full disk.
        if self.file and shutil.disk_usage(self.file.parent).free < LEAST_FREE:
            raise StoreError(f"The store {self.shown} {FULL}.")
        with self._writer.connect() as connection:
            connection.execute(sa.insert(failed_joins).values(at=sa.func.now()))
            connection.rollback()

    def edition(self) -> str:
        """What changes when other rows take the place of these: after a restore, or with another file by this name."""
        with self.reading() as connection:
            if self.file:
                number = connection.exec_driver_sql("PRAGMA user_version").scalar()
                return f"{number}-{self.file.stat().st_ino}"
            # pg_restore makes the tables anew.
            return str(connection.scalar(sa.text("SELECT CAST(CAST('revision' AS regclass) AS oid)")))

    def vacuum_deleted_text(self, *, patient: bool = False, large: bool = False) -> bool:
        """Let deleted text leave SQLite's file and log; whether it has.

        Where others read, this waits until they have finished; one who reads for longer than that is in the way. The
        deletion is committed by now, so whatever goes wrong here is no failure of it. A `patient` caller, who may come
        again and again, has the file compacted once a minute at most: the next call after that makes up for it.
        A file above LARGEST_COMPACTED is not compacted for a patient caller unless `large`: all writers would wait for
        too long. It is marked instead, and a purge or the next start compacts it.
        """
        if self.file is None:
            return True
        remove_abandoned(self.file.parent)  # a restore that was killed left a copy of every text
        # SQLite's lack of memory is a MemoryError: a kernel has a bound on it.
        with suppress(sqlite3.Error, StoreError, OSError, MemoryError), self.raw() as raw:
            # secure_delete overwrites a row, but not the stale bytes where it stood before a page split.
            too_large = not large and self.file.stat().st_size > LARGEST_COMPACTED
            apart = (math.inf if too_large else COMPACTED_EACH) if patient else 0
            compacted = compact(raw, self.file.parent, apart=apart)
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return compacted and not busy
        return False

    def vacuum_if_due(self) -> None:
        """Compact SQLite's file where a deletion could not."""
        if self.file:
            with self.raw() as raw:
                due = is_due(raw)
            if due:
                self.vacuum_deleted_text(patient=True, large=True)

    def raw(self) -> AbstractContextManager[sqlite3.Connection]:
        """SQLite's own connection, outside any transaction, for what concerns the whole file."""
        return closing(connect(Path(str(self.file))))

    def folder_warning(self) -> str | None:
        """One sentence on the folder of an SQLite file that other accounts can enter, or None."""
        mode = self.file.parent.stat().st_mode & 0o777 if self.file else 0
        if not mode & 0o077:
            return None
        folder = self.file and self.file.parent
        return f"Other accounts of this computer can enter {folder}, where the store is; chmod 700 keeps them out."


class HasDatabase(Protocol):
    """Whatever keeps things in a database."""

    @property
    def database(self) -> Database: ...


S = TypeVar("S", bound=HasDatabase)
P = ParamSpec("P")
T = TypeVar("T")


def translate_database_errors(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Turn what a database raises into a StoreError; start again where another kernel was first."""

    @functools.wraps(method)
    def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(3):
            try:
                return method(self, *args, **kwargs)
            except IntegrityError:
                problem = "refused a row three times over. Try again"
            except (SQLAlchemyError, sqlite3.Error, OSError, UnicodeError) as error:
                problem = reason_for(error, self.database.file)
                self.database.note_failure()
                break
        # Raised out here, because the error above carries the statement's parameters: a learner's text.
        raise StoreError(f"The store {self.database.shown} {problem}.")

    return run


def utc_now() -> datetime:
    """The time now, aware and in UTC."""
    return datetime.now(UTC)


def _enable_write_ahead_log(path: Path) -> None:
    """Switch the file to a write-ahead log, which it remembers.

    SQLite's busy timeout does not cover this switch: of two that prepare one file at once, one must ask again.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with closing(connect(path)) as raw:
                raw.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _no_store(path: Path) -> str | None:
    """Why a file is no store of ours, if so; an empty one may become a store. The file is only read."""
    with closing(open_file(path, "ro")) as raw:
        names = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return FOREIGN if foreign(names) else None


def new_edition() -> int:
    """A number for SQLite's `user_version`, which `Database.edition` tells."""
    return secrets.randbelow(2**31 - 1) + 1


def _not_current(connection: sa.Connection) -> str | None:
    """Why these tables are not those of this version of the kit, in the same words wherever it is asked."""
    tables = sa.inspect(connection).get_table_names()
    if foreign(tables):
        return FOREIGN
    if "revision" in tables and connection.scalar(sa.select(alembic_version.c.version_num)) == HEAD:
        return None
    from .migrations.upgrade import refusal  # loads Alembic

    return refusal(connection, tables) or (OLDER if "revision" in tables else NOT_PREPARED)


def foreign(tables: Collection[str]) -> bool:
    """Whether these are another program's tables."""
    return bool({*tables} - {"alembic_version"}) and not {*tables} >= OURS
