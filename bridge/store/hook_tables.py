"""Tables of what belongs to a hook beside its revisions: its draft, what its rules follow, its brakes, refused calls.

The others, and what holds for all of them, are in `tables`.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from bridge.store.tables import metadata

draft = Table(
    "draft",
    metadata,
    Column("hook", Text, primary_key=True),
    Column("base", Integer, nullable=False),  # the revision that it was begun from
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("who", Text),
)

question_pin = Table(
    "question_pin",
    metadata,
    Column("hook", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("rule", Integer, primary_key=True),
    Column("key", Text, nullable=False),  # the question that the rule's label meant
)

brake = Table(
    "brake",
    metadata,
    Column("hook", Text, primary_key=True),
    Column("paused", BigInteger),  # by people, since
    Column("tripped", BigInteger),  # by itself, since
    Column("why", Text),  # what tripped it
    Column("allowed", Text),  # what people let through since, and until when
    Column("recent", Text),  # a letter for each of its last writes
)

spread = Table(
    "spread",
    metadata,
    Column("hook", Text, primary_key=True),
    Column("value", Text, primary_key=True),  # a keyed fingerprint of one field's value
    Column("contact", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("spread_at", "at"),
)

hourly = Table(
    "hourly",
    metadata,
    Column("hook", Text, primary_key=True),
    Column("hour", BigInteger, primary_key=True),  # since the epoch
    Column("created", Integer, nullable=False),
    Column("cleared", Integer, nullable=False),
)

refused = Table(
    "refused",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hook", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # when it came
    Column("why", Text, nullable=False),  # what was looked for
    Column("sealed", LargeBinary),  # the call; none of one that is too long to be kept
    Column("rank", Integer, nullable=False, server_default="1"),  # who leaves last, 0, and who first: refused.Rank
    Column("caller", Text),  # a keyed fingerprint of where it came from
    Column("digest", Text),  # a keyed fingerprint of the call: the same one again is no second row
    Column("again", BigInteger),  # when it came last, if more than once
    Column("size", Integer, nullable=False, server_default="0"),  # bytes, sealed
    Index("refused_hook", "hook", "at"),
    Index("refused_at", "at"),
    Index("refused_leaves", "rank", "caller", "at", "size"),
    Index("refused_same", "hook", "digest"),
)
