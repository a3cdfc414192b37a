"""Opens the database under the store, and says in plain words why it could not be used."""

from __future__ import annotations

import functools
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from ..errors import StoreError
from ..files.private import SQLITE_ENDINGS, folder_refusal, shown, taken_for_another
from ..files.temporary import remove_abandoned
from .compaction import compact, is_due
from .database_errors import FULL, NOT_PREPARED, reason_for
from .sqlite_files import begin_files, look_at, make_private
from .tables import HEAD, alembic_version, failed_joins

READING, WRITING = ("BEGIN",), ("BEGIN IMMEDIATE",)  # a read never waits for a write
MIGRATING = ("PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE")  # dropping a copied table must not cascade
PRAGMAS = ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY")
PATIENCE = 10  # seconds to wait for a server, or for another program's write
LEAST_FREE = 10_000_000  # bytes that must be free on the disk of an SQLite file
COMPACTED_EACH = 60  # seconds between two compactions after learners' deletions: everybody who writes waits for one
ONE_AT_A_TIME = 0x636F70726F64  # "coprod": the number of our advisory lock

ADDRESSES = "a file's path, sqlite:///path/to/file, or postgresql+psycopg://account:password@host/database"
OLDER = (
    "was made by an earlier version of the kit. Keep it with coprod backup, then run coprod doctor, which brings it up "
    "to date (in Python: prepare())"
)
FOREIGN = "holds another program's tables. Give the kit a database of its own"
MISSING = "is not there. Name one that exists, or make it with coprod session open, teach, learn or demo"
OURS = {"alembic_version", "learner", "revision"}
"""Tables that a store has had since its first version."""


class Database:
    """One SQLite file or PostgreSQL database, opened anew for every transaction."""

    def __init__(self, address: str | os.PathLike[str] | None):
        """Name it by its URL or a file's path; None is a file in this account's own data folder."""
        self._engine = _engine(os.fspath(default_path() if address is None else address))
        self._writer = self._engine.execution_options(coprod_begin=WRITING)
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
        return self._engine.connect()

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that is committed when its block ends well; on SQLite the only writer meanwhile."""
        return self._writer.begin()

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
            begin_files(self.file)
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

    def look(self, *, older: bool = False) -> None:
        """Raise StoreError unless there is a store that this version can read, or also an `older` one."""
        if self.file:
            self.refuse_folder()
            look_at(self.file)
            if not self.file.exists():
                raise StoreError(f"The store {self.shown} {MISSING}.")
            if problem := _no_store(self.file):
                raise StoreError(f"The store {self.shown} {problem}.")
        with self.reading() as connection:
            if (problem := _not_current(connection)) and not (older and problem == OLDER):
                raise StoreError(f"The store {self.shown} {problem}.")

    def check(self) -> None:
        """Raise StoreError unless a row can be read and written right now and the tables are current."""
        self.look()
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

    def vacuum_deleted_text(self, *, patient: bool = False) -> bool:
        """Let deleted text leave SQLite's file and log; whether it has.

        Where others read, this waits until they have finished; one who reads for longer than that is in the way. The
        deletion is committed by now, so whatever goes wrong here is no failure of it. A `patient` caller, who may come
        again and again, has the file compacted once a minute at most: the next call after that makes up for it.
        """
        if self.file is None:
            return True
        remove_abandoned(self.file.parent)  # a restore that was killed left a copy of every text
        # SQLite's lack of memory is a MemoryError: a kernel has a bound on it.
        with suppress(sqlite3.Error, StoreError, OSError, MemoryError), self.raw() as raw:
            # secure_delete overwrites a row, but not the stale bytes where it stood before a page split.
            compacted = compact(raw, self.file.parent, apart=COMPACTED_EACH if patient else 0)
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return compacted and not busy
        return False

    def vacuum_if_due(self) -> None:
        """Compact SQLite's file where a deletion could not."""
        if self.file:
            with self.raw() as raw:
                due = is_due(raw)
            if due:
                self.vacuum_deleted_text(patient=True)

    def raw(self) -> AbstractContextManager[sqlite3.Connection]:
        """SQLite's own connection, outside any transaction, for what concerns the whole file."""
        return closing(_connect(Path(str(self.file))))

    def open_to_others(self) -> str | None:
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
                break
        # Raised out here, because the error above carries the statement's parameters: a learner's text.
        raise StoreError(f"The store {self.database.shown} {problem}.")

    return run


def utc_now() -> datetime:
    """The time now, aware and in UTC."""
    return datetime.now(UTC)


def default_path() -> Path:
    """Where the store of this account is, unless another is named."""
    from platformdirs import user_data_path  # here, because a served kernel is told its store

    return user_data_path("coprod") / "responses.sqlite3"


def _engine(address: str) -> sa.Engine:
    try:
        url = sa.make_url(address) if "://" in address else sa.URL.create("sqlite", database=address)
    except (ArgumentError, ValueError):
        url = sa.URL.create("unreadable")
    server = url.drivername in {"postgresql", "postgresql+psycopg"}
    file = url.drivername == "sqlite" and url.database not in {None, "", ":memory:"} and not url.query
    if not (server or file) or "@" in (url.host or ""):  # not quoted: it can hold a password
        raise StoreError(f"The store's address can't be used. Give {ADDRESSES} (with %40 for @ in a password).")
    return _postgres(url) if server else _sqlite(_store_file(str(url.database)))


def _store_file(name: str) -> Path:
    """The file of an SQLite store; refused where it can't be one, whatever is done with it."""
    try:
        path = Path(name).expanduser().absolute()
        folder = not path.name or path.name == ".." or path.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # no such home, a name that is too long or has a NUL
        reason = getattr(error, "strerror", None) or "no usable path"
        raise StoreError(f"The store {shown(name)} cannot be opened: {reason}.") from None
    if shown(path) != str(path):
        raise StoreError(f"The name of the store {shown(path)} is not UTF-8. Give the file another name.")
    if folder:
        raise StoreError(f"The store {path} is a folder. Name a file in it.")
    if problem := taken_for_another(path):
        raise StoreError(f"The store {path} {problem}. Give it another name.")
    return path


def _postgres(url: sa.URL) -> sa.Engine:
    # In SQL_ASCII, which initdb chooses without a locale, psycopg would give bytes before anything can be refused.
    limits = {"client_encoding": "utf8", "connect_timeout": str(PATIENCE), "options": f"-c lock_timeout={PATIENCE}s"}
    url = url.set(drivername="postgresql+psycopg", query=limits | dict(url.query))
    try:
        return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
    except ImportError:
        problem = "A store on PostgreSQL needs psycopg: pip install 'coprod-widgets[postgres]'."
    raise StoreError(problem)


def _sqlite(path: Path) -> sa.Engine:
    url = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(url, creator=lambda: _connect(path), poolclass=sa.NullPool, hide_parameters=True)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        for statement in connection.get_execution_options().get("coprod_begin", READING):
            connection.exec_driver_sql(statement)

    return engine


def _connect(path: Path) -> sqlite3.Connection:
    # Before every use: SQLite would read a log that somebody put there since the store was prepared.
    look_at(path, SQLITE_ENDINGS)
    connection = _open(path, "rw")
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _open(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file that exists: without a mode SQLite would start an empty one where it went missing."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False
    )


def _enable_write_ahead_log(path: Path) -> None:
    """Switch the file to a write-ahead log, which it remembers.

    SQLite's busy timeout does not cover this switch: of two that prepare one file at once, one must ask again.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with closing(_connect(path)) as raw:
                raw.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _no_store(path: Path) -> str | None:
    """Why a file is no store of ours, if so; an empty one may become a store. The file is only read."""
    with closing(_open(path, "ro")) as raw:
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
