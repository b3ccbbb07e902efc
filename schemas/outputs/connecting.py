"""Connecting a form, and what its address receives, for programs: codes, counts and moments, never a secret."""

from marshmallow import Schema, fields


class ToolShown(Schema):
    id = fields.String()
    title = fields.String()
    scheme = fields.String()


class ConnectPage(Schema):
    tiles = fields.List(fields.Nested(ToolShown))
    others = fields.List(fields.Nested(ToolShown))


class SecretShown(Schema):
    id = fields.String()
    made_at = fields.DateTime()
    until = fields.DateTime(allow_none=True)
    over = fields.Boolean()
    calls = fields.Integer(attribute="calls.many")
    last = fields.DateTime(attribute="calls.last", allow_none=True)


class VariableShown(Schema):
    name = fields.String()
    set = fields.Boolean()
    until = fields.String(allow_none=True)
    over = fields.Boolean()
    calls = fields.Integer(attribute="calls.many")
    last = fields.DateTime(attribute="calls.last", allow_none=True)


class Said(Schema):
    question = fields.String()
    value = fields.String()


class Arrived(Schema):
    event = fields.String()
    at = fields.DateTime()
    kind = fields.String()
    outcome = fields.String()
    answers = fields.List(fields.Nested(Said))


class ReceptionPage(Schema):
    hook = fields.String(attribute="webhook.id")
    name = fields.String(attribute="webhook.name")
    mode = fields.String(allow_none=True)
    address = fields.String()
    scheme = fields.String(attribute="secrets.scheme")
    stored = fields.List(fields.Nested(SecretShown), attribute="secrets.stored")
    variables = fields.List(fields.Nested(VariableShown), attribute="secrets.variables")
    seen = fields.String()
    refused = fields.Integer()
    arrived = fields.List(fields.Nested(Arrived))


class SecretPage(Schema):
    hook = fields.String(attribute="webhook.id")
    scheme = fields.String(attribute="secrets.scheme")
    stored = fields.List(fields.Nested(SecretShown), attribute="secrets.stored")
    days = fields.Integer()
