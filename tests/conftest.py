"""A store on each database; PostgreSQL is a private server that lives as long as the tests."""

import os
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings
from postgres import server

from coprod_widgets.self_study import SelfStudy
from coprod_widgets.store import ResponseStore

# A first example pays for imports; how long anything takes is for `make bench` to say.
settings.register_profile("kit", deadline=None)
settings.load_profile("kit")


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self):
        self.time = datetime(2026, 9, 14, 8, 30, 0, 123456, tzinfo=UTC)

    def __call__(self):
        return self.time

    def forward(self, seconds):
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def study():
    return SelfStudy.load()


@pytest.fixture(scope="session")
def postgres():
    """The URL of a server to make a database on for each test: COPROD_TEST_POSTGRES, or our own."""
    if given := os.environ.get("COPROD_TEST_POSTGRES"):
        yield sa.make_url(given).set(drivername="postgresql+psycopg")
        return
    with tempfile.TemporaryDirectory(prefix="coprod-pg-") as folder, server(Path(folder)) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """The address of an empty database."""
    if request.param == "sqlite":
        return str(tmp_path / "responses.sqlite3")
    return request.getfixturevalue("postgres_address")


@pytest.fixture
def postgres_address(postgres):
    name = f"coprod_{uuid.uuid4().hex}"
    server = sa.create_engine(postgres, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        yield postgres.set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(address, clock):
    with ResponseStore(address, now=clock) as store:
        store.prepare()
        yield store


@pytest.fixture
def sqlite_store(tmp_path, clock):
    with ResponseStore(tmp_path / "responses.sqlite3", now=clock) as store:
        store.prepare()
        yield store
