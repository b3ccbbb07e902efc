"""The inbox and its batches, for programs: codes, never words."""

from marshmallow import Schema, fields


class ListedSchema(Schema):
    """`person`: as the reader may see them; `fields`: how many were changed; `about`: what an action is done to."""

    event = fields.String()
    submitted_at = fields.String()
    received_at = fields.String()
    hook = fields.String()
    version = fields.Integer()
    person = fields.String(allow_none=True)
    outcome = fields.String()
    reason = fields.String(allow_none=True)
    contact = fields.Integer(allow_none=True)
    fields_ = fields.Integer(attribute="fields", data_key="fields")
    waits_since = fields.String(allow_none=True)
    action = fields.String(allow_none=True)
    about = fields.String(allow_none=True)
    withdraws = fields.Boolean()


class InboxPage(Schema):
    """`many`: how many there are; `more`: there are more than that. `next`: the number to say as `before`."""

    rows = fields.Nested(ListedSchema, many=True)
    many = fields.Integer()
    more = fields.Boolean()
    said = fields.Dict(keys=fields.String(), values=fields.String())
    next = fields.Integer(allow_none=True)


class JobSchema(Schema):
    """`outcomes`: what became of those begun; `left`: those that could not be begun."""

    job = fields.String()
    action = fields.String()
    state = fields.String()
    at = fields.String()
    who = fields.String(allow_none=True)
    why = fields.String(allow_none=True)
    total = fields.Integer()
    begun = fields.Integer()
    done = fields.Integer()
    waits = fields.Integer()
    outcomes = fields.Dict(keys=fields.String(), values=fields.Integer())
    left = fields.List(fields.String())
    done_by = fields.String(allow_none=True)


class BatchesPage(Schema):
    jobs = fields.Nested(JobSchema, many=True)


class BatchPage(Schema):
    """`done`: what a page that follows it looks at."""

    batch = fields.Nested(JobSchema)
    done = fields.Integer()
    state = fields.String()
