"""Calls that were refused at the door, kept apart. Never changed once released.

It only adds: the version before runs on these tables too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "refused",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("hook", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
    )
    op.create_index("refused_hook", "refused", ["hook", "at"])
    op.create_index("refused_at", "refused", ["at"])
