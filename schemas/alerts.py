"""What people chose about alerts, as it is kept."""

from marshmallow import EXCLUDE, Schema, fields
from marshmallow.validate import Range

HOURS = Range(0, 23)
DAYS = Range(1, 365)


class PreferencesSchema(Schema):
    """`only_urgent`: names of channels that get only what is urgent; `admins`: of those that only admins read;
    `at_least`: by the id of a webhook, within how many days something comes."""

    class Meta:
        unknown = EXCLUDE

    quiet_from = fields.Integer(load_default=21, validate=HOURS)
    quiet_until = fields.Integer(load_default=8, validate=HOURS)
    weekly = fields.Boolean(load_default=True)
    reminder = fields.Boolean(load_default=True)
    only_urgent = fields.List(fields.String(), load_default=list)
    admins = fields.List(fields.String(), load_default=list)
    at_least = fields.Dict(fields.String(), fields.Integer(validate=DAYS), load_default=dict)
