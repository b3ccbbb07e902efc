"""To do, one cause and one held submission, for programs."""

from marshmallow import Schema, fields


class NoteSchema(Schema):
    who = fields.String()
    at = fields.DateTime()


class CardSchema(Schema):
    """`ends`: from when on the first of them may be erased; null: never by itself."""

    cause = fields.String()
    many = fields.Integer()
    event = fields.String()
    hook = fields.String()
    outcome = fields.String()
    reason = fields.String(allow_none=True)
    waits_for = fields.List(fields.String())
    person = fields.String()
    withdraws = fields.Boolean()
    since = fields.DateTime()
    ends = fields.DateTime(allow_none=True)
    note = fields.String()
    who = fields.String()


class RowSchema(Schema):
    event = fields.String()
    submitted = fields.DateTime()
    person = fields.String()


class TodoPage(Schema):
    cards = fields.List(fields.Nested(CardSchema))
    unnamed = fields.Integer()
    closed = fields.Nested(NoteSchema, allow_none=True)


class CausePage(Schema):
    card = fields.Nested(CardSchema)
    rows = fields.List(fields.Nested(RowSchema))
    choices = fields.List(fields.String())
    older = fields.String(allow_none=True)


class CandidateSchema(Schema):
    contact = fields.Integer()
    name = fields.String()
    town = fields.String()
    tags = fields.List(fields.String())
    changed = fields.String(allow_none=True)


class LineSchema(Schema):
    question = fields.String()
    said = fields.String()
    status = fields.String()
    to = fields.String(allow_none=True)
    holds = fields.Raw()
    would = fields.Raw()


class DecidePage(Schema):
    """`away`: Qomon does not answer, so that nothing of it is shown."""

    event = fields.String()
    outcome = fields.String()
    reason = fields.String(allow_none=True)
    person = fields.String()
    contact = fields.Integer(allow_none=True)
    away = fields.Boolean()
    candidates = fields.List(fields.Nested(CandidateSchema))
    lines = fields.List(fields.Nested(LineSchema))
    choices = fields.List(fields.String())


class QuestionSchema(Schema):
    key = fields.String()
    label = fields.String()
    value = fields.String()
    original = fields.String()
    fixed = fields.Boolean()


class CorrectPage(Schema):
    event = fields.String()
    outcome = fields.String()
    reason = fields.String(allow_none=True)
    questions = fields.List(fields.Nested(QuestionSchema))
