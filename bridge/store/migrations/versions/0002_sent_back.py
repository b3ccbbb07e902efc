"""Since when an event that was sent back from its contact is looked for again (ledger.md 7)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("event", sa.Column("left_at", sa.BigInteger()))
