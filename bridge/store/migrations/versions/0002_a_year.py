"""What a year without anybody looking needs: classes and leases of lanes, and when what is stored has had its days.

Only adds, and what it adds has a default: a process of the version before goes on beside this one.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = """
ALTER TABLE event ADD COLUMN ended BIGINT;
ALTER TABLE event ADD COLUMN erased BIGINT;
ALTER TABLE event ADD COLUMN asked BIGINT;
ALTER TABLE event ADD COLUMN asked_at BIGINT;
DROP INDEX event_lane;
CREATE INDEX event_lane ON event (lane, status, submitted_at, seq) WHERE lane IS NOT NULL;
CREATE INDEX event_ended ON event (status, ended) WHERE erased IS NULL;
CREATE INDEX delivery_received ON delivery (received_at);
ALTER TABLE lane ADD COLUMN "class" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lane ADD COLUMN leases INTEGER NOT NULL DEFAULT 0;
CREATE INDEX lane_class ON lane (space, "class", due);
CREATE INDEX known_at ON known (at);
ALTER TABLE seen ADD COLUMN at BIGINT;
CREATE INDEX seen_at ON seen (at);
CREATE INDEX undo_at ON undo (at);
CREATE TABLE health (name TEXT NOT NULL PRIMARY KEY, writes BIGINT NOT NULL)
"""


def upgrade() -> None:
    for statement in _STATEMENTS.split(";"):
        op.get_bind().exec_driver_sql(statement)
