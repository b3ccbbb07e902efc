"""A claim says who asked for a person, never which contact came of it: that is known, and the claim is gone."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("creating") as table:
        table.drop_column("contact")
