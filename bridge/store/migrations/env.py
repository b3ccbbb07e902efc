"""What Alembic runs to migrate: on the connection, and in the transaction, that bridge/store/store.py gives it."""

from alembic import context

from bridge.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by making it anew
    transactional_ddl=True,  # the whole upgrade or nothing
)
with context.begin_transaction():
    context.run_migrations()
