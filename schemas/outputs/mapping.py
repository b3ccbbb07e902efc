"""The mapping of a webhook, its dry run and its versions, for programs."""

from marshmallow import Schema, fields


class SuggestionSchema(Schema):
    to = fields.String(allow_none=True)
    confidence = fields.String()
    asks = fields.Boolean()


class RowSchema(Schema):
    """`to` is None where nobody decided; `status` and `becomes`: what the newest answer would be sent as."""

    id = fields.String()
    key = fields.String()
    part = fields.String()
    label = fields.String()
    seen = fields.Integer()
    said = fields.List(fields.String())
    to = fields.Function(lambda row: row["was"] or None)
    change = fields.String(allow_none=True)
    status = fields.String(allow_none=True)
    becomes = fields.String(allow_none=True)
    suggestion = fields.Nested(SuggestionSchema, allow_none=True)
    faults = fields.List(fields.String())


class PoliciesSchema(Schema):
    find = fields.Function(lambda said: said["find"].split(","))
    names = fields.String()
    missing = fields.String()
    address = fields.Function(lambda said: said["address"] or None)


class MappingPage(Schema):
    undecided = fields.Integer()
    rows = fields.List(fields.Nested(RowSchema))
    policies = fields.Nested(PoliciesSchema)
    based = fields.String()
    draft = fields.Function(lambda page: page["drafted"] is not None)


class ChoiceSchema(Schema):
    said = fields.String()
    seen = fields.Integer()
    value = fields.String()


class MappingRowPage(Schema):
    row = fields.Nested(RowSchema)
    kind = fields.String()
    to = fields.String()
    convert = fields.String()
    change = fields.String(allow_none=True)
    choices = fields.List(fields.Nested(ChoiceSchema))
    otherwise = fields.String()
    based = fields.String()


class CaseSchema(Schema):
    event = fields.String()
    at = fields.DateTime()


class PreviewPage(Schema):
    cases = fields.List(fields.Nested(CaseSchema))


class VersionSchema(Schema):
    number = fields.Integer()
    at = fields.DateTime()
    who = fields.String(allow_none=True)
    why = fields.String(allow_none=True)
    differences = fields.List(fields.String())
    submissions = fields.Integer()


class DraftSchema(Schema):
    base = fields.Integer()
    at = fields.DateTime()
    who = fields.String(allow_none=True)
    differences = fields.List(fields.String())


class VersionsPage(Schema):
    versions = fields.List(fields.Nested(VersionSchema))
    draft = fields.Nested(DraftSchema, allow_none=True)


class LineSchema(Schema):
    name = fields.String()
    same = fields.Integer()
    new = fields.Integer()
    lost = fields.Integer()
    different = fields.Integer()
    events = fields.List(fields.String())


class PublishPage(Schema):
    submissions = fields.Integer()
    lost = fields.Integer()
    lines = fields.List(fields.Nested(LineSchema))
    holds = fields.Dict(keys=fields.String(), values=fields.Integer())
    left_out = fields.Integer()
    differences = fields.List(fields.String())
    faults = fields.List(fields.String())
    undecided = fields.Integer()


class DiscardPage(Schema):
    differences = fields.List(fields.String())
