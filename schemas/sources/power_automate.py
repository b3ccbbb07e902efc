"""What a flow of Power Automate posts of an answer to Microsoft Forms (sources.md 3.18). People build it: anything may
be missing."""

from marshmallow import EXCLUDE, Schema, fields


class FormsResponseSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    submitted = fields.Raw(data_key="submitDate", load_default=None)
