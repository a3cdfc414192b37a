"""What Alembic runs for `ResponseStore.prepare`, on the connection and in the transaction that it opened."""

from alembic import context

from coprod_widgets.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,  # the store begins SQLite's transactions itself, so a failed step leaves no trace
)
context.run_migrations()
