"""Brings a database up to the newest migration. Nothing else loads Alembic: learners' kernels do without."""

from collections.abc import Collection

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from ..tables import alembic_version


def config(connection: sa.Connection | None = None) -> Config:
    """Where Alembic finds the migrations, and the open transaction to run them in."""
    found = Config(attributes={"connection": connection})
    found.set_main_option("script_location", "coprod_widgets.store:migrations")
    return found


def refusal(connection: sa.Connection, tables: Collection[str]) -> str | None:
    """Why this database, which has these tables, must not be touched, if so."""
    if connection.dialect.name == "postgresql" and connection.scalar(sa.text("SHOW server_encoding")) != "UTF8":
        return "cannot hold every letter. Create the database with ENCODING 'UTF8'"
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if tables and connection.scalar(sa.select(alembic_version.c.version_num)) not in {None, *known}:
        return "was made by a newer version of the kit, or by another program. Update coprod-widgets"
    return None


def upgrade(connection: sa.Connection) -> None:
    """Run what is missing; nothing of it stays if the transaction is rolled back."""
    command.upgrade(config(connection), "head")
