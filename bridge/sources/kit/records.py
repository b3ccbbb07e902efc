"""How most tools are split: one body, one or many records, each checked by the tool's schema and named by its ids."""

from collections.abc import Callable

from flask_babel import gettext as _
from marshmallow import Schema

from bridge.errors import Unreadable
from bridge.model import Delivery, Json, Record
from bridge.sources.kit.form_body import fields_of, payload_of
from bridge.sources.kit.json_body import parse_json
from bridge.sources.kit.paths import at, key_of, slices
from bridge.sources.kit.values import load

Split = Callable[[Delivery], list[Record]]


def json_records(title: str, schema: Schema, *, key: str, each: str | None = None, volatile: str = "") -> Split:
    """A JSON body. `key`: the places of the ids, blanks between them, "" when the tool has none. `each`: where the
    list of records is, "" when the body is it, None when the body is one. `volatile`: names at the record's top."""

    def split(delivery: Delivery) -> list[Record]:
        return checked(title, schema, parse_json(delivery.body), key=key, each=each, volatile=volatile)

    return split


def posted_records(title: str, schema: Schema, *, key: str = "", volatile: str = "", programs: bool = False) -> Split:
    """JSON or a form, as the sender was set up, which is one record either way. `programs`: see `fields_of`."""

    def split(delivery: Delivery) -> list[Record]:
        return checked(title, schema, payload_of(delivery, programs=programs), key=key, volatile=volatile)

    return split


def form_records(title: str, schema: Schema, *, key: str, volatile: str = "", programs: bool = False) -> Split:
    """The same of a form, which is one record."""

    def split(delivery: Delivery) -> list[Record]:
        return checked(title, schema, fields_of(delivery, programs=programs), key=key, volatile=volatile)

    return split


def checked(
    title: str, schema: Schema, payload: Json, *, key: str, each: str | None = None, volatile: str = ""
) -> list[Record]:
    """The records of a parsed body. Raises Unreadable."""
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
