"""All tables: the ledger's, the hooks', and on Postgres Procrastinate's. Never changed once released.

In SQL, because it must not follow `tables`, which says what the columns are for and what is compared with this in
tests/store/test_store.py.
"""

from importlib.resources import files

from alembic import op

revision = "0001"
down_revision = None

_SERIAL = {"sqlite": "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "postgresql": "BIGSERIAL PRIMARY KEY"}
_BYTES = {"sqlite": "BLOB", "postgresql": "BYTEA"}

_TABLES = """
CREATE TABLE delivery (
    id TEXT NOT NULL PRIMARY KEY, received_at BIGINT NOT NULL, proof TEXT NOT NULL, address TEXT NOT NULL
);
CREATE TABLE event (
    seq {serial}, id TEXT NOT NULL UNIQUE,
    space TEXT NOT NULL, delivery TEXT NOT NULL, hook TEXT NOT NULL, revision INTEGER NOT NULL,
    "key" TEXT NOT NULL, key_kind TEXT NOT NULL, mode TEXT, digest TEXT NOT NULL, kind TEXT NOT NULL,
    lane TEXT, found TEXT, status TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT,
    attempts INTEGER NOT NULL, fault TEXT, leases INTEGER NOT NULL,
    submitted_at BIGINT NOT NULL, received_at BIGINT NOT NULL,
    released BIGINT, decided TEXT, due BIGINT, "left" BIGINT, left_at BIGINT,
    parent TEXT, reaches BIGINT, withdraws INTEGER, record {bytes} NOT NULL, report {bytes} NOT NULL
);
CREATE INDEX event_key ON event (space, hook, "key");
CREATE INDEX event_hook ON event (hook, seq);
CREATE INDEX event_lane ON event (lane, status);
CREATE INDEX event_status ON event (status, due);
CREATE INDEX event_parent ON event (parent) WHERE parent IS NOT NULL;
CREATE INDEX event_withdraws ON event (withdraws, seq) WHERE withdraws IS NOT NULL;
CREATE TABLE identity (
    space TEXT NOT NULL, fingerprint TEXT NOT NULL, event TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (space, fingerprint, event)
);
CREATE INDEX identity_event ON identity (event);
CREATE TABLE refused (
    id TEXT NOT NULL PRIMARY KEY, hook TEXT NOT NULL, at BIGINT NOT NULL, why TEXT NOT NULL, sealed {bytes},
    rank INTEGER NOT NULL, caller TEXT, digest TEXT, again BIGINT, size INTEGER NOT NULL
);
CREATE INDEX refused_hook ON refused (hook, at);
CREATE INDEX refused_at ON refused (at);
CREATE INDEX refused_leaves ON refused (rank, caller, at, size);
CREATE INDEX refused_same ON refused (hook, digest);
CREATE TABLE lane (lane TEXT NOT NULL PRIMARY KEY, space TEXT NOT NULL, due BIGINT NOT NULL, owner TEXT);
CREATE INDEX lane_due ON lane (due);
CREATE TABLE creating (
    space TEXT NOT NULL, fingerprint TEXT NOT NULL, event TEXT NOT NULL, at BIGINT NOT NULL,
    PRIMARY KEY (space, fingerprint)
);
CREATE TABLE intent (lane TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL, at BIGINT NOT NULL, sealed {bytes} NOT NULL);
CREATE TABLE known (
    space TEXT NOT NULL, fingerprint TEXT NOT NULL, contact BIGINT NOT NULL, at BIGINT NOT NULL,
    PRIMARY KEY (space, fingerprint)
);
CREATE TABLE withdrawn (
    space TEXT NOT NULL, fingerprint TEXT NOT NULL, field TEXT NOT NULL, element TEXT NOT NULL,
    channel TEXT NOT NULL, submitted_at BIGINT NOT NULL,
    PRIMARY KEY (space, fingerprint, field, element)
);
CREATE TABLE mark (
    space TEXT NOT NULL, contact BIGINT NOT NULL, field TEXT NOT NULL, element TEXT NOT NULL,
    submitted_at BIGINT, seq BIGINT, sent TEXT, read TEXT,
    PRIMARY KEY (space, contact, field, element)
);
CREATE TABLE seen (
    space TEXT NOT NULL, contact BIGINT NOT NULL, ours TEXT, others BIGINT, shown TEXT, since TEXT,
    PRIMARY KEY (space, contact)
);
CREATE TABLE undo (
    event TEXT NOT NULL PRIMARY KEY, contact BIGINT NOT NULL, at BIGINT NOT NULL, sealed {bytes} NOT NULL
);
CREATE TABLE receipt (
    event TEXT NOT NULL, field TEXT NOT NULL, space TEXT NOT NULL, contact BIGINT NOT NULL, at BIGINT NOT NULL,
    sealed {bytes} NOT NULL,
    PRIMARY KEY (event, field)
);
CREATE INDEX receipt_contact ON receipt (space, contact);
CREATE TABLE hook (
    id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, address TEXT NOT NULL UNIQUE, owner TEXT NOT NULL,
    head INTEGER NOT NULL, deleted_at BIGINT
);
CREATE TABLE revision (
    hook TEXT NOT NULL, number INTEGER NOT NULL, status TEXT NOT NULL, base INTEGER NOT NULL,
    at BIGINT NOT NULL, text TEXT NOT NULL, who TEXT, why TEXT, form {bytes}, forms TEXT,
    PRIMARY KEY (hook, number)
);
CREATE TABLE pin (
    hook TEXT NOT NULL, revision INTEGER NOT NULL, rule INTEGER NOT NULL, form_id BIGINT, "key" TEXT,
    PRIMARY KEY (hook, revision, rule)
);
CREATE TABLE brake (
    hook TEXT NOT NULL PRIMARY KEY, paused BIGINT, tripped BIGINT, why TEXT, allowed TEXT, recent TEXT
);
CREATE TABLE spread (
    hook TEXT NOT NULL, value TEXT NOT NULL, contact BIGINT NOT NULL, at BIGINT NOT NULL,
    PRIMARY KEY (hook, value, contact)
);
CREATE INDEX spread_at ON spread (at);
CREATE TABLE hourly (
    hook TEXT NOT NULL, hour BIGINT NOT NULL, created INTEGER NOT NULL, cleared INTEGER NOT NULL,
    PRIMARY KEY (hook, hour)
);
CREATE TABLE space (
    space TEXT NOT NULL PRIMARY KEY, profile TEXT, paused BIGINT, trouble TEXT, since BIGINT, probe BIGINT
);
CREATE TABLE catalogue (
    space TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL,
    doubt TEXT, doubted_at BIGINT
);
CREATE TABLE bucket (
    space TEXT NOT NULL PRIMARY KEY, tokens INTEGER NOT NULL, at BIGINT NOT NULL,
    rate INTEGER NOT NULL, burst INTEGER NOT NULL
);
CREATE TABLE vault (name TEXT NOT NULL PRIMARY KEY, sealed {bytes} NOT NULL)
"""


def upgrade() -> None:
    kind = op.get_bind().dialect.name
    for statement in _TABLES.format(serial=_SERIAL[kind], bytes=_BYTES[kind]).split(";"):
        _run(statement)
    if kind == "postgresql":
        _procrastinate()


def _procrastinate() -> None:
    """The package's own, of the version that runs this. The comment names the last of its migrations that they have,
    for a migration of ours that follows a later version of it."""
    sql = files("procrastinate.sql")
    _run(sql.joinpath("schema.sql").read_text(encoding="utf-8"))
    last = max(file.name for file in sql.joinpath("migrations").iterdir() if file.name.endswith(".sql"))
    _run(f"COMMENT ON TABLE procrastinate_jobs IS '{last}'")
    # NOTIFY makes commits wait for each other, and every call accepted at a high rate would make one. Workers poll.
    _run("ALTER TABLE procrastinate_jobs DISABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1")


def _run(sql: str) -> None:
    """As it is: a script of several statements, and percent signs in it are its own."""
    op.get_bind().exec_driver_sql(sql, execution_options={"no_parameters": True})
