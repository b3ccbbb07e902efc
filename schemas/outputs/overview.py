"""The overview, for programs."""

from marshmallow import Schema, fields


class OverviewPage(Schema):
    waiting = fields.Integer()
