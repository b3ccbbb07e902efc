"""What a tool posts whose users choose the keys themselves: one object, and nothing is certain in it. Shapes only."""

from marshmallow import EXCLUDE, Schema


class MappedSchema(Schema):
    class Meta:
        unknown = EXCLUDE
