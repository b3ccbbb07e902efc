"""What decides which of the calls that were not let in go first. Never changed once released.

It only adds: the version before runs on these tables too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("refused", sa.Column("rank", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("refused", sa.Column("caller", sa.Text()))
    op.add_column("refused", sa.Column("digest", sa.Text()))
    op.add_column("refused", sa.Column("again", sa.BigInteger()))
    op.add_column("refused", sa.Column("size", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE refused SET size = coalesce(length(sealed), 0)")
    op.create_index("refused_leaves", "refused", ["rank", "caller", "at", "size"])
    op.create_index("refused_same", "refused", ["hook", "digest"])
