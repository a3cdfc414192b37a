"""A private PostgreSQL server, for as long as it is needed, and databases on it."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from processes import ending_with_parent

from coprod_widgets.store.tables import HEAD, alembic_version, metadata

# A store opens a connection for each transaction, so one that is idle is about to close.
END_TRANSACTIONS = sa.text("""
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
""")
# Whoever changes a table writes a row anew in one of these catalogs; its `xmin` says in which transaction.
STRUCTURE = sa.text("""
WITH ours AS (SELECT oid, xmin FROM pg_class WHERE relnamespace = 'public'::regnamespace)
SELECT string_agg(part, ' ' ORDER BY part) FROM (
  SELECT oid || '@' || xmin AS part FROM ours
  UNION ALL SELECT attrelid || '.' || attnum || '@' || a.xmin FROM pg_attribute a JOIN ours ON attrelid = ours.oid
  UNION ALL SELECT conrelid || '-' || c.oid || '@' || c.xmin FROM pg_constraint c JOIN ours ON conrelid = ours.oid
) parts
""")
# DELETE takes 3 ms where TRUNCATE takes 20: TRUNCATE makes new files for every table and index, empty or not.
EMPTY = [
    *(sa.delete(table) for table in reversed(metadata.sorted_tables)),
    sa.text("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"),
    sa.delete(alembic_version),
    sa.insert(alembic_version).values(version_num=HEAD),
]


# Stops the server and removes its folder, once its input has ended.
END = 'read -r _; folder=$1; shift; "$@" -m immediate stop; rm -rf "$folder"'


@contextmanager
def server():
    """A server that listens in a folder of its own only; not as root, which PostgreSQL refuses.

    A shell in a session of its own ends it, when this process closes the shell's input or is gone, killed or not.
    """
    folder = Path(tempfile.mkdtemp(prefix="coprod-pg-"))
    account = _account() if os.geteuid() == 0 else None
    run = ["setpriv", f"--reuid={account}", "--clear-groups", "--"] if account else []
    if account:
        shutil.chown(folder, account)
    options = "fsync=off synchronous_commit=off full_page_writes=off max_connections=50 listen_addresses=''"
    settings = " ".join(f"-c {option}" for option in [*options.split(), f"unix_socket_directories={folder}"])
    control = [program("pg_ctl"), "-D", str(folder / "data"), "-w", "-s"]
    begin = [*run, *ending_with_parent("KILL"), *control]
    end = ["sh", "-c", END, "sh", str(folder), *run, *control]
    initdb = "-A trust -U coprod -E UTF8 --locale=C --no-sync"
    with subprocess.Popen(end, cwd=folder, stdin=subprocess.PIPE, start_new_session=True):
        subprocess.run([*begin, "-o", initdb, "initdb"], check=True, cwd=folder, stdout=subprocess.DEVNULL)
        subprocess.run([*begin, "-l", str(folder / "log"), "-o", settings, "start"], check=True, cwd=folder)
        yield sa.make_url(f"postgresql+psycopg://coprod@/postgres?host={folder}")


def _account():
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def program(name):
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = shutil.which(name) or (installed and str(installed[-1]))
    return found or pytest.fail("PostgreSQL is missing: apt-get install postgresql")


@contextmanager
def new_database(server, template="template0"):
    """Make a database on a server, a copy of another one; yield its URL, and drop it at the end."""
    engine = sa.create_engine(server, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    url = server.set(database=f"coprod_{uuid.uuid4().hex}")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {url.database} ENCODING 'UTF8' TEMPLATE {template}")
        try:
            yield url
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {url.database} WITH (FORCE)")


class PreparedDatabase:
    """A copy of a prepared database, which many tests use one after another.

    Before each of them `reset` deletes every row, in a tenth of the time that a new copy takes. It makes a new copy
    only where a test has changed a table. Every test begins with number 1 in every table.
    """

    def __init__(self, server, template):
        """`server` is the URL of the server, `template` the name of the database to copy."""
        self.server, self.template = server, template
        self._opened = ExitStack()
        self._copy()

    def reset(self):
        """Undo what the tests before have done to the database."""
        with self._engine.begin() as connection:
            connection.execute(END_TRANSACTIONS)
            changed = connection.scalar(STRUCTURE) != self._structure
        if changed:
            self._copy()
        with self._engine.begin() as connection:
            for statement in EMPTY:
                connection.execute(statement)

    def close(self):
        self._opened.close()

    def _copy(self):
        self._opened.close()
        self.url = self._opened.enter_context(new_database(self.server, self.template))
        self._engine = sa.create_engine(self.url)
        self._opened.callback(self._engine.dispose)
        with self._engine.connect() as connection:
            self._structure = connection.scalar(STRUCTURE)


def as_address(url):
    """What a store is opened by; a URL's own `str` hides the password."""
    return url.render_as_string(hide_password=False)
