"""The PostgreSQL databases of the tests: what one test leaves, the next one does not find."""

import subprocess

import pytest
import sqlalchemy as sa
from postgres import as_address, new_database, program

from coprod_widgets.store.responses import ResponseStore


def dumped(url):
    """Everything in a database; newer versions of pg_dump also write a random key, which is left out."""
    uri = as_address(url.set(drivername="postgresql"))
    done = subprocess.run([program("pg_dump"), "--inserts", uri], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


@pytest.fixture(scope="module")
def untouched(prepared_database):
    prepared_database.reset()
    return dumped(prepared_database.url)


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO learner (pseudonym, created_at) VALUES ('L-00000000', now())",
        "UPDATE alembic_version SET version_num = '9999'",
        "DROP TABLE alembic_version",
        "ALTER TABLE revision RENAME COLUMN text TO words",
        "ALTER TABLE consent DROP CONSTRAINT ck_consent_use",
        "CREATE INDEX by_title ON session (title)",
        "CREATE TABLE invoices (id SERIAL PRIMARY KEY)",
    ],
)
def test_what_a_test_changed_is_undone(prepared_database, untouched, change):
    with sa.create_engine(prepared_database.url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql(change)
    prepared_database.reset()
    assert dumped(prepared_database.url) == untouched


def test_a_transaction_that_a_test_left_open_is_ended(prepared_database, untouched):
    left_open = ResponseStore(as_address(prepared_database.url)).database.writing()
    with pytest.raises(sa.exc.OperationalError, match="terminating connection"), left_open as connection:
        connection.exec_driver_sql("LOCK TABLE learner")
        prepared_database.reset()
        connection.exec_driver_sql("SELECT 1")
    assert dumped(prepared_database.url) == untouched


def test_only_numbers_are_reset_in_a_new_copy(prepared_database, untouched):
    with new_database(prepared_database.server, prepared_database.template) as url:
        copy = dumped(url)
    assert [line for line in copy if "setval" not in line] == [line for line in untouched if "setval" not in line]


def test_rows_are_deleted_without_a_new_database(prepared_database):
    url = prepared_database.url
    with ResponseStore(as_address(url)) as store:
        store.enrol("phone-9f2c41d07be35a68")
    prepared_database.reset()
    assert prepared_database.url == url


def test_a_database_is_dropped_when_its_test_has_ended(postgres):
    with new_database(postgres) as url:
        dumped(url)
    with pytest.raises(sa.exc.OperationalError, match="does not exist"):
        sa.create_engine(url).connect()
