"""Unsubscriptions reach every contact of an address, in a row each, and are remembered. Never changed once released.

It only adds: the version before runs on these tables too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("event", sa.Column("parent", sa.Text()))
    op.add_column("event", sa.Column("reaches", sa.BigInteger()))
    op.add_column("event", sa.Column("withdraws", sa.Integer()))
    _index("event_parent", ["parent"])
    _index("event_withdraws", ["withdraws", "seq"])
    op.create_table(
        "withdrawn",
        sa.Column("space", sa.Text(), primary_key=True),
        sa.Column("fingerprint", sa.Text(), primary_key=True),
        sa.Column("field", sa.Text(), primary_key=True),
        sa.Column("element", sa.Text(), primary_key=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
    )


def _index(name: str, columns: list[str]) -> None:
    """It holds the few rows that say anything there."""
    some = sa.text(f"{columns[0]} IS NOT NULL")
    op.create_index(name, "event", columns, sqlite_where=some, postgresql_where=some)
