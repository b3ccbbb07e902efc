"""What a contact showed when it was last read, so that a colleague's change is that of a field and not of everything.

It only adds: the version before runs on these tables too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("seen", sa.Column("shown", sa.Text()))
    op.add_column("seen", sa.Column("since", sa.Text()))
