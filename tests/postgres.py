"""A private PostgreSQL server, for as long as it is needed."""

import os
import pwd
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa


@contextmanager
def server(folder):
    """A server that listens in this folder only; not as root, which PostgreSQL refuses."""
    account = _account() if os.geteuid() == 0 else None
    run = ["setpriv", f"--reuid={account}", "--clear-groups", "--"] if account else []
    if account:
        shutil.chown(folder, account)
    options = "fsync=off synchronous_commit=off full_page_writes=off max_connections=50 listen_addresses=''"
    settings = " ".join(f"-c {option}" for option in [*options.split(), f"unix_socket_directories={folder}"])
    control = [*run, _program("pg_ctl"), "-D", str(folder / "data"), "-w", "-s"]
    initdb = "-A trust -U coprod -E UTF8 --locale=C --no-sync"
    subprocess.run([*control, "-o", initdb, "initdb"], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    subprocess.run([*control, "-l", str(folder / "log"), "-o", settings, "start"], check=True, cwd=folder)
    try:
        yield sa.make_url(f"postgresql+psycopg://coprod@/postgres?host={folder}")
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, cwd=folder)


def _account():
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _program(name):
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = shutil.which(name) or (installed and str(installed[-1]))
    return found or pytest.fail("PostgreSQL is missing: apt-get install postgresql")
