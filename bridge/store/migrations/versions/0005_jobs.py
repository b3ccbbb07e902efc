"""Procrastinate's tables, where worker processes can share the store: on Postgres. Never changed once released.

They are the package's own, of the version that runs this. The comment names the last of its migrations that they have,
for a migration of ours that follows a later version of it.
"""

from importlib.resources import files

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    sql = files("procrastinate.sql")
    _run(sql.joinpath("schema.sql").read_text(encoding="utf-8"))
    last = max(file.name for file in sql.joinpath("migrations").iterdir() if file.name.endswith(".sql"))
    _run(f"COMMENT ON TABLE procrastinate_jobs IS '{last}'")
    # NOTIFY makes commits wait for each other, and every call accepted at a high rate would make one. Workers poll.
    _run("ALTER TABLE procrastinate_jobs DISABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1")


def _run(sql: str) -> None:
    """As it is: a script of several statements, and percent signs in it are its own."""
    op.get_bind().exec_driver_sql(sql, execution_options={"no_parameters": True})
