"""One submission, for programs: codes and values, as far as the reader may see them."""

from marshmallow import Schema, fields


class AnswerSchema(Schema):
    question = fields.String()
    key = fields.String()
    said = fields.String()
    to = fields.String(allow_none=True)
    sent = fields.String(allow_none=True)
    status = fields.String()
    outside = fields.List(fields.String())
    original = fields.String(allow_none=True)
    corrected_by = fields.String(allow_none=True)


class ChangedSchema(Schema):
    """`known`: whether what was there, and is now, is still kept."""

    field = fields.String()
    change = fields.String()
    confirmed = fields.String(allow_none=True)
    known = fields.Boolean()
    before = fields.List(fields.String())
    form = fields.List(fields.String())
    after = fields.List(fields.String())


class StaysSchema(Schema):
    field = fields.String()
    form = fields.String(allow_none=True)
    code = fields.String()


class ConsentSchema(Schema):
    said = fields.String()
    name = fields.String()
    value = fields.String()
    wording = fields.String()
    at = fields.String(allow_none=True)


class StepSchema(Schema):
    at = fields.String(allow_none=True)
    about = fields.String(allow_none=True)


class SubmissionPage(Schema):
    """`deeds`: what can be done now, by codes."""

    event = fields.String()
    outcome = fields.String()
    reason = fields.String(allow_none=True)
    hook = fields.String()
    version = fields.Integer()
    submitted_at = fields.String()
    received_at = fields.String()
    written_at = fields.String(allow_none=True)
    next_try = fields.String(allow_none=True)
    person = fields.String(allow_none=True)
    contact = fields.Integer(allow_none=True)
    found_by = fields.String(allow_none=True)
    created = fields.Boolean()
    erased = fields.String(allow_none=True)
    action = fields.String(allow_none=True)
    about = fields.String(allow_none=True)
    parent = fields.String(allow_none=True)
    reached = fields.List(fields.String())
    deeds = fields.List(fields.String())
    answers = fields.Nested(AnswerSchema, many=True)
    changed = fields.Nested(ChangedSchema, many=True)
    stays = fields.Nested(StaysSchema, many=True)
    kept = fields.Dict(keys=fields.String(), values=fields.Integer())
    protected = fields.List(fields.String())
    consents = fields.Nested(ConsentSchema, many=True)
    steps = fields.Nested(StepSchema, many=True)
    cost = fields.Dict(keys=fields.String(), values=fields.Integer())


class PreviewedField(Schema):
    field = fields.String()
    now = fields.String()
    would = fields.String()
    changed = fields.Boolean()


class PreviewPage(Schema):
    """What would become of it; nothing was written. `refused`: why it cannot be done."""

    event = fields.String()
    refused = fields.String(allow_none=True)
    version = fields.Integer(allow_none=True)
    outcome = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    lines = fields.Nested(PreviewedField, many=True)
    stays = fields.Nested(StaysSchema, many=True)


class LeaveOutPage(Schema):
    event = fields.String()
    outcome = fields.String()
