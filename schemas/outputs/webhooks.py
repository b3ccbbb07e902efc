"""The list of webhooks and what is done with a whole one, for programs."""

from marshmallow import Schema, fields


class WebhookLine(Schema):
    """`changes` is null where nobody looked yet; `more`: than `week` says."""

    id = fields.String()
    name = fields.String()
    tool = fields.String(allow_none=True)
    mode = fields.String(allow_none=True)
    paused = fields.Boolean()
    stopped = fields.Boolean()
    loadable = fields.Boolean()
    proof = fields.String(allow_none=True)
    last = fields.DateTime(allow_none=True)
    week = fields.Integer()
    more = fields.Boolean()
    held = fields.Integer()
    refused = fields.Integer()
    changes = fields.Integer(allow_none=True)
    version = fields.Integer()
    deleted_at = fields.DateTime(allow_none=True)


class WebhooksPage(Schema):
    """`gone`: how many were deleted; `still`: to how many of those something still comes."""

    webhooks = fields.List(fields.Nested(WebhookLine))
    deleted = fields.Boolean()
    gone = fields.Integer()
    still = fields.Integer()


class TheWebhook(Schema):
    id = fields.String()
    name = fields.String()
    address = fields.String()
    owner = fields.String()
    revision = fields.Integer()
    deleted = fields.Boolean()
    faults = fields.List(fields.String())


class OneWebhook(Schema):
    webhook = fields.Nested(TheWebhook)


class DeletePage(OneWebhook):
    """`waits`: by status, what is to be decided first."""

    week = fields.Integer()
    refused = fields.Integer()
    waits = fields.Dict(keys=fields.String(), values=fields.Integer())


class ImportPage(Schema):
    """Nothing is known before a file is pasted."""

    text = fields.String()
