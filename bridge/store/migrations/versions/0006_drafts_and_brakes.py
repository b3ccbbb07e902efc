"""Drafts of hooks, what a revision knew of its form and of Qomon's fields, and the brakes of a hook. Never changed once
released.

It only adds: the version before runs on these tables too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("revision", sa.Column("form", sa.LargeBinary()))
    op.add_column("revision", sa.Column("forms", sa.Text()))
    op.create_index("event_hook", "event", ["hook", "seq"])
    _draft()
    _question_pin()
    _brake()
    _spread()
    _hourly()


def _draft() -> None:
    op.create_table(
        "draft",
        sa.Column("hook", sa.Text(), primary_key=True),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("who", sa.Text()),
    )


def _question_pin() -> None:
    op.create_table(
        "question_pin",
        sa.Column("hook", sa.Text(), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True),
        sa.Column("rule", sa.Integer(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
    )


def _brake() -> None:
    op.create_table(
        "brake",
        sa.Column("hook", sa.Text(), primary_key=True),
        sa.Column("paused", sa.BigInteger()),
        sa.Column("tripped", sa.BigInteger()),
        sa.Column("why", sa.Text()),
        sa.Column("allowed", sa.Text()),
        sa.Column("recent", sa.Text()),
    )


def _spread() -> None:
    op.create_table(
        "spread",
        sa.Column("hook", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), primary_key=True),
        sa.Column("contact", sa.BigInteger(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("spread_at", "spread", ["at"])


def _hourly() -> None:
    op.create_table(
        "hourly",
        sa.Column("hook", sa.Text(), primary_key=True),
        sa.Column("hour", sa.BigInteger(), primary_key=True),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("cleared", sa.Integer(), nullable=False),
    )
