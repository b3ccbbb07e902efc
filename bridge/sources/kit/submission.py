"""The last step of every read: answers with a key each, and who they point at."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from flask_babel import gettext as _

from bridge.errors import Unreadable
from bridge.model import Answer, Record, Submission, Value
from bridge.sources.kit.json_body import MAX_FIELDS, MAX_NAME
from bridge.sources.kit.labels import seen
from schemas import normal
from schemas.codes import Kind
from schemas.countries import code_of
from schemas.others import SOMEBODY_ELSE

MAX_NAMES = 1_000_000
"""Signs of the keys, labels and aliases of one record: each is compared, folded and reported."""

_NO_REGION = "ZZ"
"""Reads only numbers that begin with +, which is how tools with phone questions write them."""

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DUMMY = "<test lead: dummy data for "
_NOBODY = ("test@fb.com", "test@meta.com")
"""What Meta's testing tool fills a form with: it comes through whatever fetches leads."""


def submission(
    record: Record, submitted_at: datetime | None, answers: Iterable[Answer], kind: Kind = "submitted"
) -> Submission:
    listed = _distinct(_bounded(answers))
    if kind == "submitted" and any(map(_is_dummy, listed)):
        kind = "test"
    return Submission(record.key, submitted_at, kind, listed, _as_written(listed), record.body)


def thin(record: Record, submitted_at: datetime | None) -> Submission:
    """A call that only says that there are answers."""
    return Submission(record.key, submitted_at, "submitted", (), record=record.body, thin=True)


def identities(answers: Sequence[Answer], region: str) -> dict[str, str]:
    """mail, mobile and phone in normal form, the first of each, from answers that the tool types as such."""
    found: dict[str, str] = {}
    for kind, _answer, normalised in _typed(answers, region, country(answers)):
        if normalised:
            found.setdefault(kind, normalised)
    return found


def country(answers: Iterable[Answer]) -> str:
    """The ISO code of the one country that the addresses say which the tool types as such; "" for none and several."""
    addresses = (answer.value for answer in answers if answer.type == "address")
    codes = {code_of(value.get("country", "")) for value in addresses if isinstance(value, Mapping)} - {""}
    return codes.pop() if len(codes) == 1 else ""


def _as_seen(answer: Answer) -> Answer:
    """Without what nobody sees (law 17), the label as people see it; as it was sent it still names the answer, and the
    key stays as sent."""
    if isinstance(answer.value, str) and not answer.offered and _plain(answer.label, answer.value):
        return answer
    sent = normal.visible(answer.label)
    label, value, offered = seen(sent), _visible(answer.value), tuple(map(normal.visible, answer.offered))
    if label == answer.label and value == answer.value and offered == answer.offered:
        return answer
    named = label == sent or sent in (answer.key, *answer.aliases)
    aliases = answer.aliases if named else (*answer.aliases, sent)
    return replace(answer, label=label, value=value, offered=offered, aliases=aliases)


def _plain(label: str, text: str) -> bool:
    return normal.plain(label + text) and seen(label) is label


def _visible(value: Value) -> Value:
    if isinstance(value, str):
        return normal.visible(value)
    if isinstance(value, tuple):
        return tuple(map(normal.visible, value))
    return {name: normal.visible(part) for name, part in value.items()} if isinstance(value, Mapping) else value


def _as_written(answers: Iterable[Answer]) -> dict[str, str]:
    """The same as the person wrote it. A number that only a region could read is `phone`."""
    found: dict[str, str] = {}
    for kind, written, normalised in _typed(answers, _NO_REGION, ""):
        if normalised or kind == "phone":
            found.setdefault(kind, written)
    return found


def _typed(answers: Iterable[Answer], region: str, country: str) -> Iterator[tuple[str, str, str | None]]:
    for answer in answers:
        if answer.type not in ("mail", "phone") or not isinstance(answer.value, str):
            continue
        if not normal.bare(answer.value) or _is_somebody_elses(answer):
            continue
        if answer.type == "mail":
            yield "mail", answer.value, normal.mail(answer.value)
        else:
            number = normal.phone(answer.value, region, country)
            yield "mobile" if number and normal.is_mobile(number) else "phone", answer.value, number


def _is_somebody_elses(answer: Answer) -> bool:
    """Whether a question for an address asks for that of another: who invited, who comes along, who pays."""
    named = normal.folded(_HUMP.sub(" ", f"{answer.key} {answer.label}"))
    return not SOMEBODY_ELSE.isdisjoint(re.split(r"[^a-z]+", named))


def _is_dummy(answer: Answer) -> bool:
    said = answer.value.strip() if isinstance(answer.value, str) else ""
    return said.startswith(_DUMMY) or (answer.type == "mail" and said in _NOBODY)


def _bounded(answers: Iterable[Answer]) -> list[Answer]:
    """The answers as they are made, as people see them. Raises Unreadable for more of them, and for longer names,
    than a form has."""
    listed, signs = list[Answer](), 0
    for answer in map(_as_seen, answers):
        key, label = len(answer.key), len(answer.label)
        signs += key + label + sum(map(len, answer.aliases))
        if len(listed) == MAX_FIELDS:
            raise Unreadable(_("The record holds more than %(most)s answers.", most=MAX_FIELDS))
        if key > MAX_NAME or label > MAX_NAME or signs > MAX_NAMES:
            raise Unreadable(
                _(
                    "A label is longer than %(most)s signs, or all are longer than %(whole)s.",
                    most=MAX_NAME,
                    whole=MAX_NAMES,
                )
            )
        listed.append(answer)
    return listed


def _distinct(answers: list[Answer]) -> tuple[Answer, ...]:
    """Answers that share a key become `key#1`, `key#2`; the key stays an alias that names them all."""
    uses = Counter(answer.key for answer in answers)
    if len(uses) == len(answers):
        return tuple(answers)
    taken, seen = set(uses), Counter[str]()
    return tuple(answer if uses[answer.key] == 1 else _numbered(answer, seen, taken) for answer in answers)


def _numbered(answer: Answer, seen: Counter[str], taken: set[str]) -> Answer:
    seen[answer.key] += 1
    key = f"{answer.key}#{seen[answer.key]}"
    while key in taken:
        key += "#"
    taken.add(key)
    return replace(answer, key=key, aliases=(*answer.aliases, answer.key))
