"""A store on each database; PostgreSQL is a private server that lives as long as the tests."""

import os
import shutil
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import settings
from postgres import PreparedDatabase, as_address, new_database, server

from coprod_widgets.store import engine
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.study.self_study import SelfStudy

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


@pytest.fixture(scope="session", autouse=True)
def product_pragmas():
    """SQLite doesn't wait for the disk in tests: none of them cuts the power. What the product itself asks for."""
    asked = engine.PRAGMAS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "PRAGMAS", (*asked, "synchronous = OFF"))
        yield asked


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def study():
    return SelfStudy.load()


@pytest.fixture(scope="session")
def postgres():
    """The URL of a server to make databases on: COPROD_TEST_POSTGRES, or our own."""
    if given := os.environ.get("COPROD_TEST_POSTGRES"):
        yield sa.make_url(given).set(drivername="postgresql+psycopg")
        return
    with server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """The address of a database: empty, but prepared where a test asks for the `store` in it."""
    ready = "store" in request.fixturenames
    if request.param == "postgresql":
        return request.getfixturevalue("prepared_postgres_address" if ready else "postgres_address")
    path = tmp_path / "responses.sqlite3"
    return str(_copied(request.getfixturevalue("prepared_file"), path) if ready else path)


@pytest.fixture
def postgres_address(postgres):
    """The address of an empty database for this test alone."""
    with new_database(postgres) as url:
        yield as_address(url)


@pytest.fixture
def prepared_postgres_address(prepared_database):
    """The address of a database as `prepare` leaves it; all tests of this process use it, one after another."""
    prepared_database.reset()
    return as_address(prepared_database.url)


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory):
    """A store's file as `prepare` leaves it, to be copied: running the migrations takes longer than most tests."""
    path = tmp_path_factory.mktemp("prepared") / "responses.sqlite3"
    with ResponseStore(path) as store:
        store.prepare()
    return path


@pytest.fixture(scope="session")
def prepared_database(postgres):
    with new_database(postgres) as template:
        with ResponseStore(as_address(template)) as store:
            store.prepare()
        with closing(PreparedDatabase(postgres, template.database)) as database:
            yield database


@pytest.fixture
def store(address, clock):
    with ResponseStore(address, now=clock) as store:
        yield store


@pytest.fixture
def sqlite_store(tmp_path, clock, prepared_file):
    with ResponseStore(_copied(prepared_file, tmp_path / "responses.sqlite3"), now=clock) as store:
        yield store


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """The files of a certificate for this computer, which nobody has signed, and of its key."""
    folder = tmp_path_factory.mktemp("tls")
    openssl = shutil.which("openssl") or pytest.fail("OpenSSL is missing: apt-get install openssl")
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    which = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-days", "2"]
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *which, *files], check=True, stderr=-3)
    return folder / "cert", folder / "key"


def _copied(file, to):
    to.write_bytes(file.read_bytes())
    to.chmod(0o600)
    return to
