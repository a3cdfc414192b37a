"""Opens the database of an address: an SQLite file, or a database on a PostgreSQL server."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from ..errors import StoreError
from ..files.private import SQLITE_ENDINGS, shown, taken_for_another
from .sqlite_files import check_files

READING, WRITING = ("BEGIN",), ("BEGIN IMMEDIATE",)  # a read never waits for a write
PRAGMAS = ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY")
PATIENCE = 10  # seconds to wait for a server, or for another program's write
ADDRESSES = "a file's path, sqlite:///path/to/file, or postgresql+psycopg://account:password@host/database"


def default_path() -> Path:
    """Where the store of this account is, unless another is named."""
    from platformdirs import user_data_path  # here, because a served kernel is told its store

    return user_data_path("coprod") / "responses.sqlite3"


def open_engine(address: str) -> sa.Engine:
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
    engine = sa.create_engine(url, creator=lambda: connect(path), poolclass=sa.NullPool, hide_parameters=True)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        for statement in connection.get_execution_options().get("coprod_begin", READING):
            connection.exec_driver_sql(statement)

    return engine


def connect(path: Path) -> sqlite3.Connection:
    # Before every use: SQLite would read a log that somebody put there since the store was prepared.
    check_files(path, SQLITE_ENDINGS)
    connection = open_file(path, "rw")
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def open_file(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file that exists: without a mode SQLite would start an empty one where it went missing."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False
    )
