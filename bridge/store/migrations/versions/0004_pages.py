"""The pages: who may open them, what they list, and the figures that they draw.

Only adds, and what it adds has a default: a process of the version before goes on beside this one.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

_BYTES = {"sqlite": "BLOB", "postgresql": "BYTEA"}
_RARE = (
    "outcome IN ('created', 'held', 'failed', 'ignored', 'skipped', 'restored', 'forgotten', 'captured', 'previewed')"
)
_STATEMENTS = """
ALTER TABLE event ADD COLUMN cause TEXT;
CREATE INDEX event_cause ON event (cause, seq) WHERE cause IS NOT NULL;
CREATE INDEX event_rare ON event (outcome, seq) WHERE {rare};
CREATE INDEX event_received ON event (received_at);
CREATE INDEX delivery_proof ON delivery (address, proof, received_at);
CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY, mail TEXT NOT NULL UNIQUE, role TEXT NOT NULL, stamp TEXT NOT NULL,
    sealed {blob} NOT NULL, link TEXT, link_until BIGINT, step BIGINT, created_at BIGINT NOT NULL, seen_at BIGINT
);
CREATE INDEX account_link ON account (link);
CREATE TABLE attempt (whose TEXT NOT NULL PRIMARY KEY, tries INTEGER NOT NULL, at BIGINT NOT NULL);
CREATE TABLE card (cause TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, sealed {blob} NOT NULL);
CREATE TABLE figures (name TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, body TEXT NOT NULL);
CREATE TABLE secret (
    id TEXT NOT NULL PRIMARY KEY, hook TEXT NOT NULL, made_at BIGINT NOT NULL, until BIGINT, sealed {blob} NOT NULL
);
CREATE INDEX secret_hook ON secret (hook)
"""


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in _STATEMENTS.format(blob=_BYTES[dialect], rare=_RARE).split(";"):
        op.get_bind().exec_driver_sql(statement)
