"""A bridge that speaks: alerts and their channels, what people chose about them, counters for the metrics; and the
indexes by which a person's submissions are found.

Only adds: a process of the version before goes on beside this one.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

_STATEMENTS = """
CREATE INDEX event_reaches ON event (reaches) WHERE reaches IS NOT NULL;
CREATE INDEX undo_contact ON undo (contact);
CREATE TABLE alert (
    cause TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, hook TEXT, since BIGINT NOT NULL, seen BIGINT NOT NULL,
    many INTEGER NOT NULL, facts TEXT NOT NULL, told_at BIGINT, told_many INTEGER, over BIGINT, muted_until BIGINT
);
CREATE TABLE channel (
    name TEXT NOT NULL PRIMARY KEY, failures INTEGER NOT NULL, failed_at BIGINT, sent_at BIGINT
);
CREATE TABLE preference (name TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, body TEXT NOT NULL);
CREATE TABLE counter (
    name TEXT NOT NULL, labels TEXT NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (name, labels)
)
"""


def upgrade() -> None:
    for statement in _STATEMENTS.split(";"):
        op.get_bind().exec_driver_sql(statement)
