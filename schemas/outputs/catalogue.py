"""Qomon's fields, for programs."""

from marshmallow import Schema, fields


class ChoiceSchema(Schema):
    """`value` is what Qomon stores, `label` what people see."""

    label = fields.String()
    value = fields.String()


class UseSchema(Schema):
    id = fields.String()
    name = fields.String()


class FieldSchema(Schema):
    """`twice`: another field of its category has the same name."""

    id = fields.Integer()
    label = fields.String()
    type = fields.String()
    choices = fields.Nested(ChoiceSchema, many=True)
    more = fields.Integer()
    twice = fields.Boolean()
    uses = fields.Nested(UseSchema, many=True)


class CategorySchema(Schema):
    code = fields.String()
    fields_ = fields.Nested(FieldSchema, many=True, attribute="fields", data_key="fields")


class CataloguePage(Schema):
    """`lost_at`: when a list was read of which too much was gone, so that the one before is used."""

    space = fields.String()
    read = fields.DateTime(allow_none=True)
    many = fields.Integer()
    found = fields.Integer()
    part = fields.Integer()
    parts = fields.Integer()
    lost_at = fields.DateTime(allow_none=True)
    categories = fields.Nested(CategorySchema, many=True)


class AdoptPage(Schema):
    space = fields.String()
    read = fields.DateTime(allow_none=True)
    lost_at = fields.DateTime(allow_none=True)
    webhooks = fields.List(fields.String())
