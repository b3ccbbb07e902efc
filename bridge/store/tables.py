"""The tables of the store, declared once; each room owns the SQL of its own (docs/ledger.md, Tables).

Times are milliseconds since the epoch, UTC. Identities and event keys are keyed fingerprints, never the thing itself;
`record`, `report` and `sealed` columns are opened by the vault only.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

metadata = MetaData()

_seq = BigInteger().with_variant(Integer(), "sqlite")
_PARENTS, _WITHDRAWS = text("parent IS NOT NULL"), text("withdraws IS NOT NULL")
_WHOLE, _LANE = text("erased IS NULL"), text("lane IS NOT NULL")
_ORIGIN, _JOB = text("origin IS NOT NULL"), text("job IS NOT NULL")
_CAUSE, _REACHES = text("cause IS NOT NULL"), text("reaches IS NOT NULL")
_RARE = text(
    "outcome IN ('created', 'held', 'failed', 'ignored', 'skipped', 'restored', 'forgotten', 'captured', 'previewed')"
)


def _table(name: str, *parts: SchemaItem, **more: Any) -> Table:
    return Table(name, metadata, *parts, **more)


def _keys(kind: type[TypeEngine[Any]], *names: str) -> list[Column[Any]]:
    return [Column(name, kind, primary_key=True) for name in names]


def _filled(kind: type[TypeEngine[Any]], *names: str) -> list[Column[Any]]:
    """Columns that are never NULL."""
    return [Column(name, kind, nullable=False) for name in names]


def _open(kind: type[TypeEngine[Any]], *names: str) -> list[Column[Any]]:
    """Columns that may be NULL."""
    return [Column(name, kind) for name in names]


# What came.

delivery = _table(  # one call that was let in
    "delivery",
    Column("id", Text, primary_key=True),
    Column("received_at", BigInteger, nullable=False),
    *_filled(Text, "proof", "address"),
    Index("delivery_received", "received_at"),
    Index("delivery_proof", "address", "proof", "received_at"),
)

event = _table(  # one record of a delivery: what it said, where it stands, what became of it
    "event",
    Column("seq", _seq, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    *_filled(Text, "space", "delivery", "hook"),
    Column("revision", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("key_kind", Text, nullable=False),  # event, record: the tool's own; hash: made from the record; id: a part's
    Column("mode", Text),  # the hook's when it was last judged
    *_filled(Text, "digest", "kind"),
    Column("lane", Text),
    Column("found", Text),  # the identity that led to the contact lane
    Column("status", Text, nullable=False),  # open, held, done, kept
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False, default=0),  # equal faults of Qomon, one after the other
    Column("fault", Text),  # which
    Column("leases", Integer, nullable=False, default=0),  # of the version before: now they are the lane's
    *_filled(BigInteger, "submitted_at", "received_at"),
    Column("released", BigInteger),  # when a person sent it after all
    Column("decided", Text),  # why it was held when a person sent it after all, where that is not asked again
    Column("due", BigInteger),  # kept events whose preview is still to be made
    Column("left", BigInteger),  # the contact that turned out not to be this person
    Column("left_at", BigInteger),  # since when it has been looked for again
    Column("parent", Text),  # the unsubscription that this row is a part of
    Column("reaches", BigInteger),  # the contact to which an unsubscription's address led this row
    Column("withdraws", Integer),  # 1 while a withdrawal waits with a held event for somebody to say who it is
    *_filled(LargeBinary, "record", "report"),
    Column("ended", BigInteger),  # when it left its lane, was held or kept: its days are counted from then
    Column("erased", BigInteger),  # when its record and report were emptied, those days being over
    Column("asked", BigInteger),  # milliseconds in which Qomon was asked for it
    Column("asked_at", BigInteger),  # since when it is asked again; NULL while it waits for something else
    Column("action", Text),  # replay, restore: what people want of another event, its `origin`
    Column("origin", Text),
    Column("job", Text),  # the batch that it is a part of
    Column("decision", LargeBinary),  # what a person decided of it: whose it is, what an answer means or should be
    Column("cause", Text),  # a keyed fingerprint of why it is held: those of one cause are one card of To do
    Index("event_key", "space", "hook", "key"),
    Index("event_hook", "hook", "seq"),
    Index("event_lane", "lane", "status", "submitted_at", "seq", sqlite_where=_LANE, postgresql_where=_LANE),
    Index("event_status", "status", "due"),
    Index("event_parent", "parent", sqlite_where=_PARENTS, postgresql_where=_PARENTS),
    Index("event_withdraws", "withdraws", "seq", sqlite_where=_WITHDRAWS, postgresql_where=_WITHDRAWS),
    Index("event_ended", "status", "ended", sqlite_where=_WHOLE, postgresql_where=_WHOLE),
    Index("event_origin", "origin", sqlite_where=_ORIGIN, postgresql_where=_ORIGIN),
    Index("event_job", "job", "seq", sqlite_where=_JOB, postgresql_where=_JOB),
    Index("event_cause", "cause", "seq", sqlite_where=_CAUSE, postgresql_where=_CAUSE),
    Index("event_rare", "outcome", "seq", sqlite_where=_RARE, postgresql_where=_RARE),
    Index("event_received", "received_at"),
    Index("event_reaches", "reaches", sqlite_where=_REACHES, postgresql_where=_REACHES),
    sqlite_autoincrement=True,
)

identity = _table(  # whom an event speaks of
    "identity",
    *_keys(Text, "space", "fingerprint", "event"),
    Column("name", Text, nullable=False),  # id, mail, mobile, phone, new mail
    Index("identity_event", "event"),
)

refused = _table(  # a call that was not let in, until somebody judges it
    "refused",
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

lane = _table(  # what waits for one person, and who works on it
    "lane",
    Column("lane", Text, primary_key=True),
    Column("space", Text, nullable=False),
    Column("due", BigInteger, nullable=False),  # when to drain; while owned, when the lease ends
    Column("owner", Text),
    Column("class", Integer, nullable=False, server_default=text("0")),  # what of it comes first: model.Class
    Column("leases", Integer, nullable=False, server_default=text("0")),  # runners that never gave it back
    Index("lane_due", "due"),
    Index("lane_class", "space", "class", "due"),
)

creating = _table(  # who is being created, so that nobody else creates the same person
    "creating", *_keys(Text, "space", "fingerprint"), *_filled(Text, "event"), *_filled(BigInteger, "at")
)

intent = _table(  # what is about to be written on a contact: on the disk before the call
    "intent",
    Column("lane", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# What is known of people and contacts.

known = _table(  # the contact that an identity led to
    "known", *_keys(Text, "space", "fingerprint"), *_filled(BigInteger, "contact", "at"), Index("known_at", "at")
)

withdrawn = _table(  # what an address took back, for good: fingerprints (docs/ledger.md 21)
    "withdrawn",
    *_keys(Text, "space", "fingerprint", "field", "element"),
    Column("channel", Text, nullable=False),  # mail, phone
    Column("submitted_at", BigInteger, nullable=False),
)

mark = _table(  # what our last write of a field left on a contact
    "mark",
    Column("space", Text, primary_key=True),
    Column("contact", BigInteger, primary_key=True),
    *_keys(Text, "field", "element"),
    *_open(BigInteger, "submitted_at", "seq"),
    *_open(Text, "sent", "read"),
)

seen = _table(  # how a contact looked when it was last read
    "seen",
    Column("space", Text, primary_key=True),
    Column("contact", BigInteger, primary_key=True),
    Column("ours", Text),  # Qomon's moment of our last write
    Column("others", BigInteger),  # when somebody else last changed what no read before could tell of
    Column("shown", Text),  # fingerprints of the last read, by field and element
    Column("since", Text),  # what somebody else changed since a read of ours, and when
    Column("at", BigInteger),  # when it was last looked at: marks are kept while the contact is active
    Index("seen_at", "at"),
)

undo = _table(  # how to take an event's write back
    "undo",
    Column("event", Text, primary_key=True),
    *_filled(BigInteger, "contact", "at"),
    Column("sealed", LargeBinary, nullable=False),
    Index("undo_at", "at"),
    Index("undo_contact", "contact"),
)

receipt = _table(  # the proof of a consent
    "receipt",
    *_keys(Text, "event", "field"),
    Column("space", Text, nullable=False),
    *_filled(BigInteger, "contact", "at"),
    Column("sealed", LargeBinary, nullable=False),
    Index("receipt_contact", "space", "contact"),
)

# What people did.

job = _table(  # many events sent again or put back, some at a time
    "job",
    Column("id", Text, primary_key=True),
    *_filled(Text, "action", "space"),
    Column("at", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # which events, as whom, why
    Column("total", Integer, nullable=False),  # events that it was to be of
    Column("next", BigInteger, nullable=False),  # where to go on: a number, or of what is put back a moment; 0: anew
    Column("stopped", BigInteger),  # by people, since
    Column("ended", BigInteger),  # since when all of it is begun
    Index("job_at", "at"),
)

audit = _table(  # who did what, when, from where, why: only added to
    "audit",
    Column("seq", _seq, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("did", Text, nullable=False),  # a code: decided, restored, erased, ...
    Column("subject", Text),  # the event, hook, job or space that it was done to
    Column("sealed", LargeBinary, nullable=False),  # from where, why, and what else there is to say
    Index("audit_at", "at"),
    Index("audit_subject", "subject"),
    sqlite_autoincrement=True,
)

# Who may look and decide.

account = _table(  # somebody who may open the pages
    "account",
    Column("id", Text, primary_key=True),
    Column("mail", Text, nullable=False, unique=True),  # a keyed fingerprint
    Column("role", Text, nullable=False),  # viewer, staff, admin
    Column("stamp", Text, nullable=False),  # sessions that name another one are over
    Column("sealed", LargeBinary, nullable=False),  # mail, name, language, the password's hash, the second factor
    Column("link", Text),  # a keyed fingerprint of the one-time link that sets a password
    Column("link_until", BigInteger),
    Column("step", BigInteger),  # the last code of the second factor that was used: none is used twice
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
    Index("account_link", "link"),
)

attempt = (
    _table(  # wrong logins, by keyed fingerprint of what was typed or of where they came from; the last that counted
        "attempt", *_keys(Text, "whose"), *_filled(Integer, "tries"), *_filled(BigInteger, "at")
    )
)

card = _table(  # what people noted at one cause of To do: the note, who is to see to it
    "card", *_keys(Text, "cause"), *_filled(BigInteger, "at"), *_filled(LargeBinary, "sealed")
)

figures = _table(  # counts of the overview, made in the background: no answer and no person
    "figures", *_keys(Text, "name"), *_filled(BigInteger, "at"), *_filled(Text, "body")
)

# What the bridge says by itself.

alert = _table(  # something that people are told of, once: ids, counts and labels, no person and no answer
    "alert",
    Column("cause", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("hook", Text),  # its id
    *_filled(BigInteger, "since", "seen"),  # seen: when it was last found to be so
    Column("many", Integer, nullable=False),
    Column("facts", Text, nullable=False),
    Column("told_at", BigInteger),
    Column("told_many", Integer),  # how many it was then
    Column("over", BigInteger),  # since when it is not so any more
    Column("muted_until", BigInteger),
)

channel = _table(  # where alerts go, by keyed fingerprint of its address, and how it went: failures one after the other
    "channel", *_keys(Text, "name"), *_filled(Integer, "failures"), *_open(BigInteger, "failed_at", "sent_at")
)

preference = _table(  # what people chose on the pages, for all of them
    "preference", *_keys(Text, "name"), *_filled(BigInteger, "at"), *_filled(Text, "body")
)

counter = _table(  # how often something happened, in all processes together, for the metrics
    "counter", *_keys(Text, "name", "labels"), *_filled(BigInteger, "value")
)

# Hooks.

hook = _table(  # a webhook: its address for life, and the revision in service
    "hook",
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("address", Text, nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("head", Integer, nullable=False),
    Column("deleted_at", BigInteger),
)

revision = _table(  # what was published of a hook, and what its next revision will say
    "revision",
    Column("hook", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("status", Text, nullable=False),  # published; draft: number 0, never used for an event
    Column("base", Integer, nullable=False),  # the one that it goes on from
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    *_open(Text, "who", "why"),
    Column("form", LargeBinary),  # the form's questions as they were then, where some were known
    Column("forms", Text),  # Qomon's forms that its rules name, as they were then
)

pin = _table(  # what a rule's labels meant when its revision was made
    "pin",
    Column("hook", Text, primary_key=True),
    *_keys(Integer, "revision", "rule"),
    Column("form_id", BigInteger),  # of Qomon's form
    Column("key", Text),  # of the tool's question
)

secret = _table(  # a secret that was made here, of a hook whose proof names `stored`
    "secret",
    Column("id", Text, primary_key=True),
    Column("hook", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("until", BigInteger),  # from when on it proves nothing; NULL: it goes on
    Column("sealed", LargeBinary, nullable=False),
    Index("secret_hook", "hook"),
)

brake = _table(  # what stops a hook
    "brake",
    Column("hook", Text, primary_key=True),
    Column("paused", BigInteger),  # by people, since
    Column("tripped", BigInteger),  # by itself, since
    Column("why", Text),  # what tripped it
    Column("allowed", Text),  # what people let through since, and until when
    Column("recent", Text),  # a letter for each of its last writes
)

spread = _table(  # who was given a value, for noticing one that goes to too many
    "spread",
    Column("hook", Text, primary_key=True),
    Column("value", Text, primary_key=True),  # a keyed fingerprint of one field's value
    Column("contact", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("spread_at", "at"),
)

hourly = _table(  # how much a hook created and cleared in an hour since the epoch
    "hourly", *_keys(Text, "hook"), *_keys(BigInteger, "hour"), *_filled(Integer, "created", "cleared")
)

# Qomon accounts, and keys.

space = _table(  # a Qomon account: what it is like, and what stops it
    "space",
    Column("space", Text, primary_key=True),
    Column("profile", Text),
    Column("paused", BigInteger),  # by people, since
    Column("trouble", Text),  # qomon_down, key_refused: nothing is drained until a probe says otherwise
    Column("since", BigInteger),
    Column("probe", BigInteger),  # when Qomon is asked next
)

catalogue = _table(  # the forms and fields of an account, as last read
    "catalogue",
    Column("space", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("doubt", Text),  # what the last read lacked too much of to be adopted
    Column("doubted_at", BigInteger),
)

bucket = _table(  # the calls that an account has left, for processes that share a store (docs/ledger.md 29)
    "bucket",
    Column("space", Text, primary_key=True),
    Column("tokens", Integer, nullable=False),  # thousandths
    Column("at", BigInteger, nullable=False),
    *_filled(Integer, "rate", "burst"),
)

vault = _table(  # what shows that the key is the right one, and the key of fingerprints
    "vault", metadata, Column("name", Text, primary_key=True), Column("sealed", LargeBinary, nullable=False)
)

health = _table(  # one row, written again and again to see whether the store takes one
    "health", Column("name", Text, primary_key=True), Column("writes", BigInteger, nullable=False)
)
