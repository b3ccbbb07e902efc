"""The mode under which an event was judged: what was only looked at repeats nothing once its hook is live.

It only adds: the version before runs on these tables too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("event", sa.Column("mode", sa.Text()))
