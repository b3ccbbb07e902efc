"""The tables of the store, declared once; each room owns the SQL of its own (ledger.md, Tables).

Times are milliseconds since the epoch, UTC. Identities and event keys are keyed fingerprints, never the thing itself;
`record`, `report` and `sealed` columns are opened by the vault only.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text

metadata = MetaData()

_seq = BigInteger().with_variant(Integer(), "sqlite")
_PARENTS, _WITHDRAWS = text("parent IS NOT NULL"), text("withdraws IS NOT NULL")

# What came.

delivery = Table(  # one call that was let in
    "delivery",
    metadata,
    Column("id", Text, primary_key=True),
    Column("received_at", BigInteger, nullable=False),
    Column("proof", Text, nullable=False),
    Column("address", Text, nullable=False),
)

event = Table(  # one record of a delivery: what it said, where it stands, what became of it
    "event",
    metadata,
    Column("seq", _seq, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("space", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("hook", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("key_kind", Text, nullable=False),  # event, record: the tool's own; hash: made from the record; id: a part's
    Column("mode", Text),  # the hook's when it was last judged
    Column("digest", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("lane", Text),
    Column("found", Text),  # the identity that led to the contact lane
    Column("status", Text, nullable=False),  # open, held, done, kept
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False, default=0),  # equal faults of Qomon, one after the other
    Column("fault", Text),  # which
    Column("leases", Integer, nullable=False, default=0),  # runners that never gave the lane back
    Column("submitted_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("released", BigInteger),  # when a person sent it after all
    Column("decided", Text),  # why it was held when a person sent it after all, where that is not asked again
    Column("due", BigInteger),  # kept events whose preview is still to be made
    Column("left", BigInteger),  # the contact that turned out not to be this person
    Column("left_at", BigInteger),  # since when it has been looked for again
    Column("parent", Text),  # the unsubscription that this row is a part of
    Column("reaches", BigInteger),  # the contact to which an unsubscription's address led this row
    Column("withdraws", Integer),  # 1 while a withdrawal waits with a held event for somebody to say who it is
    Column("record", LargeBinary, nullable=False),
    Column("report", LargeBinary, nullable=False),
    Index("event_key", "space", "hook", "key"),
    Index("event_hook", "hook", "seq"),
    Index("event_lane", "lane", "status"),
    Index("event_status", "status", "due"),
    Index("event_parent", "parent", sqlite_where=_PARENTS, postgresql_where=_PARENTS),
    Index("event_withdraws", "withdraws", "seq", sqlite_where=_WITHDRAWS, postgresql_where=_WITHDRAWS),
    sqlite_autoincrement=True,
)

identity = Table(  # whom an event speaks of
    "identity",
    metadata,
    Column("space", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("name", Text, nullable=False),  # id, mail, mobile, phone, new mail
    Index("identity_event", "event"),
)

refused = Table(  # a call that was not let in, until somebody judges it
    "refused",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hook", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # when it came
    Column("why", Text, nullable=False),  # what was looked for
    Column("sealed", LargeBinary),  # the call; none of one that is too long to be kept
    Column("rank", Integer, nullable=False),  # who leaves last, 0, and who first: quarantine.Rank
    Column("caller", Text),  # a keyed fingerprint of where it came from
    Column("digest", Text),  # a keyed fingerprint of the call: the same one again is no second row
    Column("again", BigInteger),  # when it came last, if more than once
    Column("size", Integer, nullable=False),  # bytes, sealed
    Index("refused_hook", "hook", "at"),
    Index("refused_at", "at"),
    Index("refused_leaves", "rank", "caller", "at", "size"),
    Index("refused_same", "hook", "digest"),
)

# What waits and is worked on.

lane = Table(  # what waits for one person, and who works on it
    "lane",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("space", Text, nullable=False),
    Column("due", BigInteger, nullable=False),  # when to drain; while owned, when the lease ends
    Column("owner", Text),
    Index("lane_due", "due"),
)

creating = Table(  # who is being created, so that nobody else creates the same person
    "creating",
    metadata,
    Column("space", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

intent = Table(  # what is about to be written on a contact: on the disk before the call
    "intent",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# What is known of people and contacts.

known = Table(  # the contact that an identity led to
    "known",
    metadata,
    Column("space", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("contact", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

withdrawn = Table(  # what an address took back, until the person is erased (ledger.md 21)
    "withdrawn",
    metadata,
    Column("space", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("element", Text, primary_key=True),
    Column("channel", Text, nullable=False),  # mail, phone
    Column("submitted_at", BigInteger, nullable=False),
)

mark = Table(  # what our last write of a field left on a contact
    "mark",
    metadata,
    Column("space", Text, primary_key=True),
    Column("contact", BigInteger, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("element", Text, primary_key=True),
    Column("submitted_at", BigInteger),
    Column("seq", BigInteger),
    Column("sent", Text),
    Column("read", Text),
)

seen = Table(  # how a contact looked when it was last read
    "seen",
    metadata,
    Column("space", Text, primary_key=True),
    Column("contact", BigInteger, primary_key=True),
    Column("ours", Text),  # Qomon's moment of our last write
    Column("others", BigInteger),  # when somebody else last changed what no read before could tell of
    Column("shown", Text),  # fingerprints of the last read, by field and element
    Column("since", Text),  # what somebody else changed since a read of ours, and when
)

undo = Table(  # how to take an event's write back
    "undo",
    metadata,
    Column("event", Text, primary_key=True),
    Column("contact", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

receipt = Table(  # the proof of a consent
    "receipt",
    metadata,
    Column("event", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("space", Text, nullable=False),
    Column("contact", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("receipt_contact", "space", "contact"),
)

# Hooks.

hook = Table(  # a webhook: its address for life, and the revision in service
    "hook",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("address", Text, nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("head", Integer, nullable=False),
    Column("deleted_at", BigInteger),
)

revision = Table(  # what was published of a hook, and what its next revision will say
    "revision",
    metadata,
    Column("hook", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("status", Text, nullable=False),  # published; draft: number 0, never used for an event
    Column("base", Integer, nullable=False),  # the one that it goes on from
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("who", Text),
    Column("why", Text),
    Column("form", LargeBinary),  # the form's questions as they were then, where some were known
    Column("forms", Text),  # Qomon's forms that its rules name, as they were then
)

pin = Table(  # what a rule's labels meant when its revision was made
    "pin",
    metadata,
    Column("hook", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("rule", Integer, primary_key=True),
    Column("form_id", BigInteger),  # of Qomon's form
    Column("key", Text),  # of the tool's question
)

brake = Table(  # what stops a hook
    "brake",
    metadata,
    Column("hook", Text, primary_key=True),
    Column("paused", BigInteger),  # by people, since
    Column("tripped", BigInteger),  # by itself, since
    Column("why", Text),  # what tripped it
    Column("allowed", Text),  # what people let through since, and until when
    Column("recent", Text),  # a letter for each of its last writes
)

spread = Table(  # who was given a value, for noticing one that goes to too many
    "spread",
    metadata,
    Column("hook", Text, primary_key=True),
    Column("value", Text, primary_key=True),  # a keyed fingerprint of one field's value
    Column("contact", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("spread_at", "at"),
)

hourly = Table(  # how much a hook created and cleared in an hour
    "hourly",
    metadata,
    Column("hook", Text, primary_key=True),
    Column("hour", BigInteger, primary_key=True),  # since the epoch
    Column("created", Integer, nullable=False),
    Column("cleared", Integer, nullable=False),
)

# Qomon accounts, and keys.

space = Table(  # a Qomon account: what it is like, and what stops it
    "space",
    metadata,
    Column("space", Text, primary_key=True),
    Column("profile", Text),
    Column("paused", BigInteger),  # by people, since
    Column("trouble", Text),  # qomon_down, key_refused: nothing is drained until a probe says otherwise
    Column("since", BigInteger),
    Column("probe", BigInteger),  # when Qomon is asked next
)

catalogue = Table(  # the forms and fields of an account, as last read
    "catalogue",
    metadata,
    Column("space", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("doubt", Text),  # what the last read lacked too much of to be adopted
    Column("doubted_at", BigInteger),
)

bucket = Table(  # the calls that an account has left, for processes that share a store (ledger.md 29)
    "bucket",
    metadata,
    Column("space", Text, primary_key=True),
    Column("tokens", Integer, nullable=False),  # thousandths
    Column("at", BigInteger, nullable=False),
    Column("rate", Integer, nullable=False),
    Column("burst", Integer, nullable=False),
)

vault = Table(  # what shows that the key is the right one, and the key of fingerprints
    "vault", metadata, Column("name", Text, primary_key=True), Column("sealed", LargeBinary, nullable=False)
)
