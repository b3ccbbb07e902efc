"""The tables of the first issue (ledger.md, Tables). Never changed once released."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _delivery()
    _event()
    _identity()
    _known()
    _lane()
    _creating()
    _intent()
    _undo()
    _mark()
    _seen()
    _receipt()
    _bucket()
    _hook()
    _revision()
    _pin()
    _catalogue()
    _space()
    _vault()


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
    )


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("hook", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text()),
        sa.Column("found", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text()),
        sa.Column("leases", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger()),
        sa.Column("due", sa.BigInteger()),
        sa.Column("left", sa.BigInteger()),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("event_key", "event", ["space", "hook", "key"])
    op.create_index("event_lane", "event", ["lane", "status"])
    op.create_index("event_status", "event", ["status", "due"])


def _identity() -> None:
    op.create_table(
        "identity",
        sa.Column("space", sa.Text(), primary_key=True),
        sa.Column("fingerprint", sa.Text(), primary_key=True),
        sa.Column("event", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
    )
    op.create_index("identity_event", "identity", ["event"])


def _known() -> None:
    op.create_table(
        "known",
        sa.Column("space", sa.Text(), primary_key=True),
        sa.Column("fingerprint", sa.Text(), primary_key=True),
        sa.Column("contact", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def _lane() -> None:
    op.create_table(
        "lane",
        sa.Column("lane", sa.Text(), primary_key=True),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text()),
    )
    op.create_index("lane_due", "lane", ["due"])


def _creating() -> None:
    op.create_table(
        "creating",
        sa.Column("space", sa.Text(), primary_key=True),
        sa.Column("fingerprint", sa.Text(), primary_key=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("contact", sa.BigInteger()),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def _intent() -> None:
    op.create_table(
        "intent",
        sa.Column("lane", sa.Text(), primary_key=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )


def _undo() -> None:
    op.create_table(
        "undo",
        sa.Column("event", sa.Text(), primary_key=True),
        sa.Column("contact", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )


def _mark() -> None:
    op.create_table(
        "mark",
        sa.Column("space", sa.Text(), primary_key=True),
        sa.Column("contact", sa.BigInteger(), primary_key=True),
        sa.Column("field", sa.Text(), primary_key=True),
        sa.Column("element", sa.Text(), primary_key=True),
        sa.Column("submitted_at", sa.BigInteger()),
        sa.Column("seq", sa.BigInteger()),
        sa.Column("sent", sa.Text()),
        sa.Column("read", sa.Text()),
    )


def _seen() -> None:
    op.create_table(
        "seen",
        sa.Column("space", sa.Text(), primary_key=True),
        sa.Column("contact", sa.BigInteger(), primary_key=True),
        sa.Column("ours", sa.Text()),
        sa.Column("others", sa.BigInteger()),
    )


def _receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("event", sa.Text(), primary_key=True),
        sa.Column("field", sa.Text(), primary_key=True),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("contact", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("receipt_contact", "receipt", ["space", "contact"])


def _bucket() -> None:
    op.create_table(
        "bucket",
        sa.Column("space", sa.Text(), primary_key=True),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("burst", sa.Integer(), nullable=False),
    )


def _hook() -> None:
    op.create_table(
        "hook",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("address", sa.Text(), nullable=False, unique=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger()),
    )


def _revision() -> None:
    op.create_table(
        "revision",
        sa.Column("hook", sa.Text(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("who", sa.Text()),
        sa.Column("why", sa.Text()),
    )


def _pin() -> None:
    op.create_table(
        "pin",
        sa.Column("hook", sa.Text(), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True),
        sa.Column("rule", sa.Integer(), primary_key=True),
        sa.Column("form_id", sa.BigInteger(), nullable=False),
    )


def _catalogue() -> None:
    op.create_table(
        "catalogue",
        sa.Column("space", sa.Text(), primary_key=True),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("doubt", sa.Text()),
        sa.Column("doubted_at", sa.BigInteger()),
    )


def _space() -> None:
    op.create_table(
        "space",
        sa.Column("space", sa.Text(), primary_key=True),
        sa.Column("profile", sa.Text()),
        sa.Column("paused", sa.BigInteger()),
        sa.Column("trouble", sa.Text()),
        sa.Column("since", sa.BigInteger()),
        sa.Column("probe", sa.BigInteger()),
    )


def _vault() -> None:
    op.create_table(
        "vault",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
