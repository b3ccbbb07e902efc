"""Why an event was held that a person sent after all, where that is not asked again."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("event", sa.Column("decided", sa.Text()))
