"""Refused calls of a webhook, for programs: what is in them is masked, for everybody."""

from marshmallow import Schema, fields

from schemas.outputs.webhooks import TheWebhook


class SaidLine(Schema):
    label = fields.String()
    answer = fields.String()


class ReadLine(Schema):
    """`more`: answers that are not shown."""

    kind = fields.String()
    answers = fields.List(fields.Nested(SaidLine))
    more = fields.Integer()


class RefusedCall(Schema):
    """`last` is null if it came once; `waits`: it came while the webhook did not load; `long`: too long to be kept."""

    id = fields.String()
    first = fields.DateTime()
    last = fields.DateTime(allow_none=True)
    why = fields.String()
    waits = fields.Boolean()
    long = fields.Boolean()
    method = fields.String(allow_none=True)
    size = fields.Integer(allow_none=True)
    content_type = fields.String(allow_none=True)
    headers = fields.List(fields.String(), allow_none=True)
    read = fields.List(fields.Nested(ReadLine), allow_none=True)


class RefusedPage(Schema):
    """`callers`: from how many places they came."""

    webhook = fields.Nested(TheWebhook)
    calls = fields.List(fields.Nested(RefusedCall))
    many = fields.Integer()
    callers = fields.Integer()


class AcceptPage(Schema):
    webhook = fields.Nested(TheWebhook)
    call = fields.Nested(RefusedCall)


class DropPage(Schema):
    webhook = fields.Nested(TheWebhook)
    many = fields.Integer()
