"""NationBuilder: a whole person after a change, or a donation with its donor (docs/tools.md 3.13)."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Json, Record, Submission
from bridge.sources.kit import BOTH, Channel, Source, at, load, marked, records, submission, withdrawal
from bridge.sources.kit.answers import answers, beside, members, own_names, theirs
from schemas.dates import day, moment
from schemas.sources.nationbuilder import NationBuilderSchema

_CALL = NationBuilderSchema()
_TYPES: Mapping[str, AnswerType] = {
    **dict.fromkeys(("email", "email1", "email2", "email3", "email4"), "mail"),
    **dict.fromkeys(("mobile", "phone", "work_phone_number"), "phone"),
    "birthdate": "date",
    "tags": "choices",
}
_NOT_ANSWERS = ("id", "created_at", "updated_at")


def _refused(call: Json) -> tuple[Channel, ...]:
    """A box that nobody ticked is false too: `email_opt_in` alone says nothing."""
    person = at(call, "payload.person") or at(call, "payload.donation.donor")
    left = bool(at(person, "unsubscribed_at")) and at(person, "email_opt_in") is False
    return marked(person, {"do_not_contact": BOTH}) or (("email",) if left else ())


def read(record: Record, zone: ZoneInfo) -> Submission:
    call = load(_CALL, record.body, "NationBuilder")
    when = moment(call["person"].get("updated_at"), zone)
    said = (*_person(call["person"]), *_beside(call["said"]))
    return submission(record, when, said, back=withdrawal(record.body, _refused))


def _person(person: Mapping[str, Json]) -> Iterator[Answer]:
    days = {name: day(person[name], "%a, %d %b %Y") for name in ("birthdate",) if name in person}
    own = own_names(_TYPES, person, "email")
    yield from theirs(members({**person, **days}, types=_TYPES, hidden=_NOT_ANSWERS), own)


def _beside(said: Mapping[str, Json]) -> Iterator[Answer]:
    for name, value in said.items():
        if isinstance(value, dict):
            yield from beside(value, prefix=f"{name}.", hidden=_NOT_ANSWERS)
        else:
            yield from theirs(answers(name, name, value), ())


SOURCE = Source(
    title="NationBuilder",
    proof="body",
    split=records("NationBuilder", _CALL, key="payload.person.id payload.person.updated_at"),
    refuses=_refused,
    read=read,
    never_sends="the labels of custom fields: only their slugs",
    proof_field="token",
)
