"""What a tool's file is made of: `Source`, the ways to split a call into records, and what a read ends in.

A tool's file ends with `SOURCE = Source(...)`; the table lists them.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from html import unescape
from itertools import chain
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from marshmallow import Schema, ValidationError

from bridge.errors import Unreadable
from bridge.model import Answer, Delivery, Json, Record, Submission, Value
from bridge.sources.kit.answers import members
from bridge.sources.kit.form_body import json_of
from bridge.sources.kit.json_body import MAX_FIELDS, MAX_NAME, header_key
from bridge.sources.kit.replies import REPORT, Reply
from bridge.sources.kit.values import at, key_of, slices, table, text_of, without
from schemas import normal
from schemas.codes import Kind
from schemas.countries import code_of
from schemas.sources.envelope import Zone
from schemas.words import SOMEBODY_ELSE

SHOWN = timedelta(seconds=2)
"""How long a call waits for its report where the tool shows it to people and nobody waits at a form."""

AT_ONCE = timedelta()
"""Where a visitor waits, or the tool hangs up early."""

Keys: TypeAlias = Literal["event", "record", "hash"]
"""What an id of this tool names: a call or event, which never means anything else; a record or submission, which comes
again when it is edited, and when it is edited back; or nothing, because the tool sends none (docs/ledger.md 3)."""
Split: TypeAlias = Callable[[Delivery], list[Record]]

MAX_NAMES = 1_000_000
"""Signs of the keys, labels and aliases of one record: each is compared, folded and reported."""

_NO_REGION = "ZZ"
"""Reads only numbers that begin with +, which is how tools with phone questions write them."""

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DUMMY = "<test lead: dummy data for "
_NOBODY = ("test@fb.com", "test@meta.com")
"""What Meta's testing tool fills a form with: it comes through whatever fetches leads."""

_TAGS = """
a abbr b big br center cite code del div em font h1 h2 h3 h4 h5 h6 hr i img input ins label li mark ol p q s small
span strike strong sub sup svg tt u ul
"""
_BREAKING = "br|div|h[1-6]|hr|li|ol|p|ul"
_TAG = re.compile(rf"</?(?:{'|'.join(_TAGS.split())})(?:\s[^<>]*)?/?>", re.IGNORECASE)
"""Of HTML only: `Nom <prénom>` and `< 18 ans` are words."""

_BREAK = re.compile(rf"</?(?:{_BREAKING})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

_PLUMBING = re.compile(
    r"_wpnonce|_wp_http_referer|nonce_field|(\w+[_-])?nonce|_wpcf7\w*|__fluent_form_embded_post_id"
    r"|_fluentform_\d+_fluentformnonce|g-recaptcha-response|h-captcha-response|cf-turnstile-response|altcha"
    r"|frc-captcha-(solution|response)|ak_(js|hp_textarea|b[a-z]{1,4})"
)
"""What WordPress, its form plug-ins and captchas put among the answers: nobody typed it, and some of it is a token."""

Channel: TypeAlias = Literal["email", "sms"]
Refused: TypeAlias = Callable[[Json], tuple[Channel, ...]]

BOTH: tuple[Channel, ...] = ("email", "sms")

ONE = "withdrawn_from"
"""In a record that was made for one of several channels: which one."""


@dataclass(frozen=True, slots=True)
class Source:
    """`proof` and `wait` are what this tool usually offers; a hook may say otherwise.

    `retries` and `never_sends` are short sentences for people. `hides`: places in a record (`rawRequest.path`) of
    secrets and of what the tool keeps for itself: they are taken out before anything is stored. `proof_field`: where
    the tool writes its secret, for the proof `body`; it is hidden too. `wordpress`: its forms are on such a site.
    `refuses`: the channels that a record refuses, each once: one that refuses both becomes one for each. `reply`: what
    the tool must hear of a stored call, `handshake`: how it sets a webhook up (replies.py). `names_in`: the headers
    that may name a call. `busy`: the status that it takes for "later": 503 where it drops what is answered 429.
    """

    title: str
    split: Split
    read: Callable[[Record, ZoneInfo], Submission]
    never_sends: str
    keys: Keys = "record"
    proof: str = "url"
    retries: str = "not stated"
    name: str = ""
    wait: timedelta = AT_ONCE
    hides: tuple[str, ...] = ()
    proof_field: str = ""
    wordpress: bool = False
    refuses: Refused | None = None
    reply: Reply = REPORT
    handshake: str | None = None
    names_in: tuple[str, ...] = ()
    busy: int = 429


def hiding(source: Source) -> Source:
    """The source with a split that lets nothing hidden out. What has no key of its own is named by a header."""
    places = (*source.hides, *filter(None, [source.proof_field]))

    def bare(body: Json) -> Json:
        if source.wordpress and isinstance(body, dict):
            body = {name: value for name, value in body.items() if not _PLUMBING.fullmatch(name)}
        return without(body, places)

    def split(delivery: Delivery) -> list[Record]:
        named = header_key(delivery, *source.names_in) if source.names_in else None
        found = source.split(delivery)
        records = [replace(record, body=bare(record.body), key=record.key or named) for record in found]
        return [piece for record in records for piece in _each_channel(record, source.refuses)]

    return replace(source, split=split)


def records(
    title: str,
    schema: Schema,
    *,
    key: str = "",
    each: str | None = None,
    volatile: str = "",
    body: Callable[[Delivery], Json] = json_of,
) -> Split:
    """The split of most tools; `body` reads what was posted (`form_body`), the rest is as in `checked`."""
    return lambda delivery: checked(title, schema, body(delivery), key=key, each=each, volatile=volatile)


def checked(
    title: str, schema: Schema, payload: Json, *, key: str = "", each: str | None = None, volatile: str = ""
) -> list[Record]:
    """The records of a parsed body. `key`: the places of the ids, blanks between them, "" when the tool has none.
    `each`: where the list of records is, "" when the body is it, None when the body is one. `volatile`: names at the
    record's top. Raises Unreadable."""
    bodies = [payload] if each is None else slices(payload, each)
    for body in bodies:
        load(schema, body, title)
    names = frozenset(volatile.split())
    return [Record(body, key_of(*(at(body, place) for place in key.split())), names) for body in bodies]


def objects(title: str, payload: Json) -> list[Json]:
    """The elements of a list, or the payload alone, unchecked: one that is spoilt is then held by itself.

    Raises Unreadable where none of them can be a record.
    """
    found = slices(payload)
    if found and not any(isinstance(one, dict) for one in found):
        raise Unreadable(_("Not what %(title)s sends: the body holds no object.", title=title))
    return found


_CALL: ContextVar["_Call | None"] = ContextVar("call", default=None)


@dataclass(slots=True)
class _Call:
    """What schemas made of the parts of a call while it was split, by schema and part; the part is kept, so that no
    other one takes its place."""

    zone: tzinfo
    splitting: bool = True
    loaded: dict[tuple[int, int], tuple[Any, Any]] = field(default_factory=dict[tuple[int, int], tuple[Any, Any]])


@contextmanager
def one_call(zone: tzinfo) -> Iterator[_Call]:
    """What is loaded to split a call, in this zone, is not loaded again to read its records in it."""
    call = _Call(zone)
    token = _CALL.set(call)
    try:
        yield call
    finally:
        _CALL.reset(token)


def load(schema: Schema, payload: Any, tool: str, zone: tzinfo = UTC) -> Any:
    """What the schema makes of the payload. `zone`: of times without an offset. Raises Unreadable with the names of the
    faulty places."""
    call, place = _CALL.get(), (id(schema), id(payload))
    if call is None:
        return _loaded(schema, payload, tool, zone)
    if call.splitting:
        found = _loaded(schema, payload, tool, call.zone)
        call.loaded[place] = (payload, found)
        return found
    if zone == call.zone and place in call.loaded:
        return call.loaded[place][1]
    return _loaded(schema, payload, tool, zone)


def _loaded(schema: Schema, payload: Any, tool: str, zone: tzinfo) -> Any:
    try:
        with Zone(zone):
            return schema.load(payload)
    except ValidationError as fault:
        places = ", ".join(sorted(_places(fault.messages))[:5])
        raise Unreadable(_("Not what %(tool)s sends: look at %(places)s.", tool=tool, places=places)) from None


def _places(messages: Any, path: str = "") -> list[str]:
    if not isinstance(messages, dict):
        return [path or "the top level"]
    return [
        place
        for name, inner in messages.items()
        for place in _places(inner, path if name == "_schema" else f"{path}.{name}".lstrip("."))
    ]


def submission(
    record: Record,
    submitted_at: datetime | None,
    answers: Iterable[Answer] = (),
    kind: Kind = "submitted",
    back: tuple[Answer, ...] = (),
) -> Submission:
    """`back`: its withdrawal, which makes it an unsubscription, whatever else it says."""
    listed = _distinct(_bounded(chain(answers, back)))
    if kind == "submitted" and back:
        kind = "unsubscribed"
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
    """Without what nobody sees (docs/laws.md 17), the label as people see it; as it was sent it still names the answer,
    and the key stays as sent.
    """
    said, sent = answer.value, normal.visible(answer.label)
    if isinstance(said, str) and not answer.offered and normal.plain(said) and seen(sent) == sent == answer.label:
        return answer
    label, value, offered = seen(sent), _visible(said), tuple(map(normal.visible, answer.offered))
    if label == answer.label and value == answer.value and offered == answer.offered:
        return answer
    named = label == sent or sent in (answer.key, *answer.aliases)
    aliases = answer.aliases if named else (*answer.aliases, sent)
    return replace(answer, label=label, value=value, offered=offered, aliases=aliases)


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


def seen(label: str) -> str:
    """Without the tags of HTML and with its entities read; as it was sent where nothing would be left."""
    if "<" not in label and "&" not in label:
        return label
    bare = _TAG.sub("", _BREAK.sub(" ", label))
    read = _ENTITY.sub(lambda found: unescape(found[0]), bare)
    return label if read == label else " ".join(read.split()) or label


def read_members(record: Record, _zone: ZoneInfo) -> Submission:
    return submission(record, None, members(record.body))


def _each_channel(record: Record, refuses: Refused | None) -> list[Record]:
    if refuses is None or not isinstance(record.body, dict) or refuses(record.body) != BOTH:
        return [record]
    return [replace(record, body={**record.body, ONE: one}, key=record.key and f"{record.key}:{one}") for one in BOTH]


def withdrawal(body: Json, refused: Refused) -> tuple[Answer, ...]:
    """The answer `channel` (`email` or `sms`: an unsubscription is about one address) where a tool says by a mark among
    everything else that a person took it back; nothing of any other record."""
    channels = refused(body)
    one = table(body).get(ONE)
    said = text_of(one) if one in channels else next(iter(channels), "")
    return (Answer("channel", "channel", "text", said),) if said else ()


def marked(fields: Json, marks: Mapping[str, tuple[Channel, ...]]) -> tuple[Channel, ...]:
    """The channels of the fields that are on; one that is off, or empty, says nothing."""
    named = table(fields)
    on = [name for name in marks if text_of(named.get(name)).strip().casefold() in ("true", "1", "yes")]
    return tuple(channel for channel in BOTH if any(channel in marks[name] for name in on))
