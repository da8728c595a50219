"""Alembic's entry: runs on the connection `migrate.bring_up_to_date` hands over, nothing else."""

from alembic import context

from dispatcher.adapters.sql.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
