"""The hook file's shape: which keys and words it has. What they mean together is not here.

How a value is written is in `lines`.
"""

from datetime import timedelta
from typing import Any, get_args

import phonenumbers
from flask_babel import lazy_gettext as _
from marshmallow import fields
from marshmallow.validate import OneOf

from schemas.codes import Kind, Op
from schemas.fields import CONVERSIONS
from schemas.lines import Conversion, Count, Days, Line, Path, Some, Span, Table, To, Values, Zone, later, shaped, word

MODES = ("capture", "preview", "approve", "live")
IDENTITIES = ("id", "mail", "mobile", "phone")
NAME = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff/\\]{1,80}"
_NO_PROOF = _("is missing: write {scheme: ..., secret: $NAME}, or none where the tool cannot prove itself.")
_REGION = _("is no country in two capitals, such as FR.")
_APPROVE = _("must be a number from 1 to 1000: how many writes wait for somebody's yes.")

HANDSHAKE = r"plain|meta|echo:[\w.-]{1,64}"
REPLY = r"report|empty|ack|text:[ -~]{1,200}"

_OF_A_HEADER = r"header:[A-Za-z0-9_-]{1,64}|"
_LONGEST_WAIT = timedelta(seconds=20)
"""Platforms cut a call off at 30."""


def _header() -> Line:
    return shaped(r"[A-Za-z0-9_-]{1,64}", _("must be the name of a header, such as X-Token."))


def _place(also: str = "", **kwargs: Any) -> Line:
    says = _("must be the names on the way to it, with dots between, such as data.entries.")
    if also:
        says = _(
            "must be the names on the way to it, with dots between, such as data.entries, or header: and the name of "
            "one."
        )
    return shaped(rf"{also}[^.:]+(\.[^.]+)*", says, **kwargs)


class ProofSchema(Table):
    scheme = Line(required=True)
    secret = Some(Line())
    until = Days()
    header = _header()
    user = Line()
    field = shaped(
        r"[^.\s]+(\.[^.\s]+)*", _("must be the name of the field, with dots on the way to it, such as data.token.")
    )
    signed = Line()
    prefix = Line()
    hash = word("sha256", "sha1", "sha512")
    encoding = word("hex", "base64")
    key = word("text", "base64", "hex")
    timestamp = _header()
    id = _header()
    tolerance = Span(
        timedelta(seconds=1), timedelta(hours=1), _("must be seconds or minutes up to 60m, such as 5m or 300s.")
    )


class Proof(fields.Nested):
    """`none` alone stands for {scheme: none}."""

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super().deserialize({"scheme": value} if isinstance(value, str) else value, *args, **kwargs)


class OnlySchema(Table):
    answer = Line(required=True)
    allowed = Some(Line(), required=True, data_key="is")


class PingSchema(Table):
    at = _place(required=True)
    allowed = Some(Line(), required=True, data_key="is")


class ReadsSchema(Table):
    """How a tool that the bridge does not know lays out what it sends (docs/tools.md 6 a-d, i)."""

    records = _place()
    label = Line()
    value = Line()
    key = Line()
    unpack = Some(_place())
    id = _place(_OF_A_HEADER)
    time = _place(_OF_A_HEADER)
    ping = fields.Nested(PingSchema)


class WhenSchema(Table):
    kind = Some(word(*get_args(Kind)), required=True)


class ContactSchema(Table):
    find = Some(word(*IDENTITIES), load_default=("id", "mail", "mobile"))
    names = word("agree", "ignore", load_default="agree")
    missing = word("create", "hold", "ignore", load_default="hold")
    address_policy = word("keep", "replace", "hold", data_key="address")


class RuleSchema(Table):
    """One line of `fields`."""

    source = Line(data_key="from")
    to = To(required=True)
    convert = Conversion(sorted((*CONVERSIONS, "signed_id")), data_key="as")
    change = word(*get_args(Op))
    values = Values()
    otherwise = word("hold", "skip")
    agrees = Some(Line(), data_key="yes")
    refuses = Some(Line(), data_key="no")
    when = fields.Nested(WhenSchema)
    constant = Line(data_key="value")
    path = Path()


class HookSchema(Table):
    """The whole file but its rules, which are loaded one by one so that each fault keeps its line. What it loads is
    named as `Hook` names it."""

    name = shaped(
        NAME, _("must be a name of up to 80 characters on one line, without slashes."), data_key="hook", required=True
    )
    address = shaped(r"[a-z0-9-]{4,64}", _("must be 4 to 64 small letters, digits and hyphens, or left out."))
    source = Line(required=True)
    proof = Proof(ProofSchema, required=True, error_messages={"required": [_NO_PROOF]})
    mode = word(*MODES, required=True)
    wait = Span(timedelta(), _LONGEST_WAIT, _("must be seconds or milliseconds up to 20s, such as 2s, 500ms or 0."))
    space = Line(load_default="default")
    timezone = Zone()
    region = Line(validate=OneOf(phonenumbers.SUPPORTED_REGIONS, error=later(_REGION)))
    filter = fields.Nested(OnlySchema, data_key="only")
    contact = fields.Nested(ContactSchema, load_default=lambda: ContactSchema().load({}))
    rules = fields.Raw(data_key="fields", load_default=())
    answer = word("short", "full", load_default="short")
    methods = Some(word("POST", "GET"), load_default=("POST",))
    reply = shaped(REPLY, _("must be report, empty, ack (Salesforce's) or a text such as text:OK."))
    reads = fields.Nested(ReadsSchema)
    handshake = shaped(
        HANDSHAKE, _("must be plain, meta or echo: and the name of a query value, such as echo:challenge.")
    )
    approve = Count(1000, _APPROVE)
    owner = word("git", "pages", load_default="git")
