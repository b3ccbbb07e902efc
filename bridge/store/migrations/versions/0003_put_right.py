"""What people put right: events sent again or put back, alone or in a job of many; what was decided; the audit.

Only adds, and what it adds has a default: a process of the version before goes on beside this one.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

_SERIAL = {"sqlite": "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "postgresql": "BIGSERIAL PRIMARY KEY"}
_BYTES = {"sqlite": "BLOB", "postgresql": "BYTEA"}
_STATEMENTS = """
ALTER TABLE event ADD COLUMN action TEXT;
ALTER TABLE event ADD COLUMN origin TEXT;
ALTER TABLE event ADD COLUMN job TEXT;
ALTER TABLE event ADD COLUMN decision {blob};
CREATE INDEX event_origin ON event (origin) WHERE origin IS NOT NULL;
CREATE INDEX event_job ON event (job, seq) WHERE job IS NOT NULL;
CREATE TABLE job (
    id TEXT NOT NULL PRIMARY KEY, action TEXT NOT NULL, space TEXT NOT NULL, at BIGINT NOT NULL, sealed {blob} NOT NULL,
    total INTEGER NOT NULL, next BIGINT NOT NULL, stopped BIGINT, ended BIGINT
);
CREATE INDEX job_at ON job (at);
CREATE TABLE audit (
    seq {seq}, at BIGINT NOT NULL, who TEXT NOT NULL, did TEXT NOT NULL, subject TEXT, sealed {blob} NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_subject ON audit (subject)
"""


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in _STATEMENTS.format(seq=_SERIAL[dialect], blob=_BYTES[dialect]).split(";"):
        op.get_bind().exec_driver_sql(statement)
