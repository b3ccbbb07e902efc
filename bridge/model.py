"""What the steps hand to each other: frozen shapes and nothing else.

The words are explained in docs/architecture.md; a step takes one of these and gives the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Literal, Self, TypeAlias

from schemas import normal
from schemas.codes import Kind, Op

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
AnswerType: TypeAlias = Literal[
    "text", "number", "bool", "choice", "choices", "mail", "phone", "date", "name", "address", "file"
]
Value: TypeAlias = str | int | float | bool | tuple[str, ...] | Mapping[str, str] | None
"""Text, number, bool, the texts chosen (in the order of the answer), or named parts such as an address."""


Status: TypeAlias = Literal["open", "held", "done", "kept"]
"""Of an event in the ledger: somebody is to work on it, a person is to decide, it is over, it was only kept."""


class Outcome(StrEnum):
    """What became of an event (docs/report.md); its sentences are in schemas/codes.py."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    CREATED = "created"
    UNCHANGED = "unchanged"
    HELD = "held"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"
    CAPTURED = "captured"
    PREVIEWED = "previewed"
    SKIPPED = "skipped"
    FAILED = "failed"
    RESTORED = "restored"
    FORGOTTEN = "forgotten"
    UNKNOWN = "unknown"
    """What a later version wrote, or a damaged row; never stored."""

    @property
    def status(self) -> Status:
        return _STATUSES.get(self, "done")

    @property
    def is_final(self) -> bool:
        """Nobody works on it or decides about it any more."""
        return self.status == "done"


_STATUSES: Mapping[Outcome, Status] = {
    Outcome.QUEUED: "open",
    Outcome.HELD: "held",
    Outcome.FAILED: "held",
    Outcome.UNKNOWN: "held",
    Outcome.CAPTURED: "kept",
    Outcome.PREVIEWED: "kept",
}


class Class(IntEnum):
    """What comes first of all that is due (docs/ledger.md 23). The numbers are in the store."""

    LIVE = 0
    """Received within the last minute."""
    STAFF = 1
    BACKLOG = 2
    RETRY = 3
    REPLAY = 4
    PREVIEW = 5


@dataclass(frozen=True, slots=True)
class Lane:
    """What is worked on one after the other (docs/ledger.md 1): the events that wait to be written on one `contact`,
    those of which nobody knows yet whose they are but that share an `identity` (its fingerprint), or one `event` alone.
    """

    kind: Literal["contact", "identity", "event"]
    space: str
    key: str

    @classmethod
    def of_contact(cls, space: str, contact: int) -> Self:
        return cls("contact", space, str(contact))

    @classmethod
    def read(cls, text: str, space: str = "") -> Self:
        """As the store has it: `contact:space:9000017`, `identity:space:a1b2...`, `event:c3d4...` of this `space`."""
        kind, _, rest = text.partition(":")
        named, _, key = rest.rpartition(":")
        return cls(kind, named or space, key)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return f"event:{self.key}" if self.kind == "event" else f"{self.kind}:{self.space}:{self.key}"

    @property
    def contact(self) -> int | None:
        return int(self.key) if self.kind == "contact" else None


@dataclass(frozen=True, slots=True)
class Event:
    """One event as the ledger has it. `record` and `report` are sealed; times are aware and in UTC.

    `attempts` counts equal faults of Qomon one after the other, and `fault` names them; `asked`: how long Qomon was
    asked for it before `asked_at`, which is None while it is not. `found`: the identity that led to its contact.
    `left`: the contact that turned out not to be this person, since `left_at`. `released`: when a person sent it after
    all, `decided` what they had seen, `decision`, sealed, what they said of it. `parent`: the unsubscription that it is
    a row of, `reaches` the contact that this row is for. `erased`: since when its record and report are empty.
    """

    id: str
    seq: int
    space: str
    delivery: str
    hook: str
    revision: int
    mode: str | None
    key: str
    digest: str
    kind: Kind
    lane: Lane | None
    status: Status
    outcome: Outcome
    reason: str | None
    submitted_at: datetime
    received_at: datetime
    record: bytes = field(repr=False)
    report: bytes = field(repr=False)
    attempts: int = 0
    fault: str | None = None
    asked: timedelta | None = None
    asked_at: datetime | None = None
    found: str | None = None
    left: int | None = None
    left_at: datetime | None = None
    released: datetime | None = None
    decided: tuple[str, ...] = ()
    parent: str | None = None
    reaches: int | None = None
    withdraws: bool = False
    erased: datetime | None = None
    decision: bytes | None = field(default=None, repr=False)
    action: Literal["replay", "restore"] | None = None
    """What it does to another event, its `origin`, as a part of a `job`, if of one."""
    origin: str | None = None
    job: str | None = None
    hook_name: str | None = None
    damaged: bool = False
    """Its row says what this version does not know."""

    @classmethod
    def from_row(cls, row: Any) -> Self:
        """The only place where a row of the table `event` is taken apart; `hook_name` is there where it was joined.

        It never fails: nobody is to be stopped by what a later version wrote, or a damaged disk.
        """
        known = {name: getattr(row, name) for name in _AS_STORED}
        known |= {"lane": Lane.read(row.lane, row.space) if row.lane else None}
        known |= {"hook_name": getattr(row, "hook_name", None)}
        try:
            return cls(**known, **_read(row))
        except (ValueError, TypeError, AttributeError, OverflowError):
            return cls(**known, outcome=Outcome.UNKNOWN, submitted_at=_NEVER, received_at=_NEVER, damaged=True)

    @property
    def stamp(self) -> tuple[int, int]:
        """Which of two events is newer: its time of submission in milliseconds, then the order of reception."""
        return normal.epoch_ms(self.submitted_at), self.seq


_AS_STORED = (
    *("id", "seq", "space", "delivery", "hook", "revision", "mode", "key", "digest", "kind", "status", "reason"),
    *("record", "report", "attempts", "fault", "found", "left", "parent", "reaches", "decision"),
    *("action", "origin", "job"),
)
_NEVER = normal.from_epoch_ms(0)


def _read(row: Any) -> dict[str, Any]:
    """The columns that say more than what they hold. Raises whatever their reading raises."""
    return {
        "outcome": Outcome(row.outcome),
        "submitted_at": normal.from_epoch_ms(row.submitted_at),
        "received_at": normal.from_epoch_ms(row.received_at),
        "left_at": _moment(row.left_at),
        "released": _moment(row.released),
        "decided": tuple(row.decided.split(",")) if row.decided else (),
        "withdraws": bool(row.withdraws),
        "erased": _moment(row.erased),
        "asked": None if row.asked is None else timedelta(milliseconds=row.asked),
        "asked_at": _moment(row.asked_at),
    }


def _moment(at: int | None) -> datetime | None:
    return None if at is None else normal.from_epoch_ms(at)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One HTTP call as it came. Header names are lower case; `query` is raw, without the question mark. `url` is the
    address as the tool sees it: PUBLIC_URL with the path and the query as they came. `vouched`: the only headers whose
    ids the proof covers; None: all, as whoever sends them is the tool."""

    method: str
    headers: Mapping[str, str]
    body: bytes
    query: str = ""
    path_secret: str | None = None
    url: str = ""
    vouched: frozenset[str] | None = None

    def id_in(self, header: str) -> str:
        """What a header says the call or event is named; blank where whoever repeats a call could say so."""
        return self.headers.get(header, "").strip() if self.vouched is None or header in self.vouched else ""

    @property
    def content_type(self) -> str:
        """As sent, parameters (charset, boundary) included; empty when the caller gave none."""
        return self.headers.get("content-type", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said to one question. `key` is stable in the tool; None or "" or () is an empty answer.

    `offered`: the choices that the question listed, in its order, where the tool tells them. `parts`: what the tool
    sent as parts of the answer under names that the value does not have (`5.2`, the wording of a consent).
    """

    key: str
    label: str
    type: AnswerType
    value: Value
    aliases: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form, as its submissions show it; the last one says its label and type.

    `offered`: the choices that the tool lists (`listed`), or else those that were said, none for other types.
    `said`: the last different answers that are not empty, newest first. `seen`: the submissions that held it, from
    `first` to `last`.
    """

    key: str
    label: str
    type: AnswerType
    offered: tuple[str, ...]
    said: tuple[Value, ...]
    seen: int
    first: datetime
    last: datetime
    aliases: tuple[str, ...] = ()
    listed: bool = False
    parts: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)


@dataclass(frozen=True, slots=True)
class Record:
    """One event's own slice of a delivery, as the tool wrote it: what is sealed, and read again on a replay.

    `key` None means that the tool gives no id: the inbox then hashes the slice.
    `volatile` names the top-level keys of `body` that change when the tool sends the same thing again.
    """

    body: Json
    key: str | None = None
    volatile: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Submission:
    """A record read into the common shape. `submitted_at` is aware and in UTC, None when the tool does not say."""

    key: str | None
    submitted_at: datetime | None
    kind: Kind
    answers: tuple[Answer, ...]
    identities: Mapping[str, str] = field(default_factory=dict[str, str])
    """id, mail, mobile, phone as the tool's typed fields say them: those present, as written."""
    record: Json = field(default=None, repr=False)
    """What the tool sent of this event, for rules with a `path`."""
    thin: bool = False
    """The tool only says that there are answers, and keeps them (docs/tools.md 1.6): a person must see to it."""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark for the report: a code of the closed list, the answer's key and the rule's number when they apply."""

    code: str
    answer: str | None = None
    rule: int | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """Which person an event says it is about. Identities are in normal form (schemas/normal.py).

    `joins`: what will say the same person from now on, and nobody is found by yet: the new one of two addresses.
    """

    identities: Mapping[str, str]
    firstname: str = ""
    surname: str = ""
    joins: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule writes. `field` is the request's spelling (`birth_city`, `address.city`, `tags`) or, for a
    Qomon form, `formdatas.<form_id>` or `custom_fields.<form_id>`; `name` is the same with the label, for people.

    `kind` says how values compare and merge: text, mail, phone, date, bool, postcode, tags, and for forms
    text, numeric, date, radio, checkbox. `consent` marks the forms of the consent category.
    """

    field: str
    name: str
    kind: str
    form_id: int | None = None
    consent: bool = False

    @property
    def is_list(self) -> bool:
        """Whether it holds several values, each added and removed by itself."""
        return self.kind in ("tags", "checkbox")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the mapping wants of the contact.

    `values`: for a plain field one text (or bool); for tags the names; for a form the (form_ref_id, data) pairs.
    `answer` is the key of the answer behind it, None for a constant.
    """

    rule: int
    target: Target
    op: Op
    values: tuple[str | bool | tuple[int, str], ...]
    answer: str | None = None
    refuses: bool = False
    """The values are choices that say no: to choose one is the withdrawal."""

    @property
    def withdraws(self) -> bool:
        """Whether it takes back a consent, or is "do not contact" (docs/laws.md 7)."""
        if self.target.field == "black_list":
            return self.values == (True,)
        return self.target.consent and (self.op == "remove") != self.refuses

    @property
    def grants(self) -> bool:
        """Whether it gives a consent, or takes back that somebody refused."""
        return self.target.consent and self.op != "clear" and not self.withdraws

    @property
    def refuses_all(self) -> bool:
        """A no to everything that the form asks: it holds one answer, or this is its only choice that says no."""
        return self.refuses and (self.op == "replace" or self.target.kind != "checkbox")


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one rule made of one answer: the report's line before the contact was looked at."""

    key: str
    label: str
    status: Literal["mapped", "unmapped", "not_sent", "empty", "invalid", "held"]
    to: str | None = None
    sent: Json = None
    rule: int | None = None
    outside: tuple[str, ...] = ()
    """What was said and is no choice."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What the mapping wants of the contact; never the contact itself.

    `hold` is a reason of the closed list (unknown_choice, unknown_field) when the event must wait for a person.
    """

    wanted: tuple[Change, ...]
    answers: tuple[Mapped, ...]
    rules: Mapping[int, Literal["used", "not_seen", "not_applicable"]]
    notes: tuple[Note, ...] = ()
    hold: str | None = None
