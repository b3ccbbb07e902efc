"""What Alembic runs to migrate: on the connection, and in the transaction, that bridge/store/store.py gives it."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,  # the whole upgrade or nothing
)
with context.begin_transaction():
    context.run_migrations()
