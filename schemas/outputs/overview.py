"""The overview, for programs."""

from marshmallow import Schema, fields


class StateSchema(Schema):
    """The worst that holds now. `code`: store, key_refused, qomon_down, writing_off, paused, held, slow, well."""

    code = fields.String()
    sentence = fields.String()


class CauseSchema(Schema):
    hook = fields.String()
    reason = fields.String()
    count = fields.Integer()
    since = fields.DateTime()


class TodaySchema(Schema):
    """`usual`: by this time of such a day, null where it is not known yet."""

    code = fields.String()
    count = fields.Integer()
    usual = fields.Integer(allow_none=True)


class DaySchema(Schema):
    day = fields.Date()
    received = fields.Integer()
    delivered = fields.Integer()
    created = fields.Integer()
    unchanged = fields.Integer()
    queued = fields.Integer()
    held = fields.Integer()
    failed = fields.Integer()
    others = fields.Integer()


class BecameSchema(Schema):
    rows = fields.Nested(DaySchema, many=True)


class HourSchema(Schema):
    at = fields.DateTime()
    looked = fields.Integer()
    median_ms = fields.Integer()
    slow_ms = fields.Integer()
    quota = fields.Float()


class SpeedSchema(Schema):
    rows = fields.Nested(HourSchema, many=True)


class WebhookSchema(Schema):
    id = fields.String()
    name = fields.String()
    mode = fields.String(allow_none=True)
    broken = fields.Boolean()
    paused = fields.Boolean()
    last = fields.DateTime(allow_none=True)
    today = fields.Integer()
    held = fields.Integer()
    days = fields.List(fields.Integer())


class QuotaSchema(Schema):
    space = fields.String()
    left = fields.Integer()
    most = fields.Integer()


class RoomSchema(Schema):
    """`oldest`: since when the first waits to be written; `kept`: of when the oldest kept answer is; `size`: bytes."""

    open = fields.Integer()
    oldest = fields.DateTime(allow_none=True)
    kept = fields.DateTime(allow_none=True)
    size = fields.Integer(allow_none=True)


class DeedSchema(Schema):
    at = fields.DateTime()
    who = fields.String()
    code = fields.String()
    hook = fields.String(allow_none=True)


class OverviewPage(Schema):
    state = fields.Nested(StateSchema)
    alerted = fields.Boolean()
    counted = fields.DateTime(allow_none=True)
    held = fields.Integer()
    causes = fields.Nested(CauseSchema, many=True)
    today = fields.Nested(TodaySchema, many=True)
    became = fields.Nested(BecameSchema)
    speed = fields.Nested(SpeedSchema, allow_none=True)
    webhooks = fields.Nested(WebhookSchema, many=True)
    quota = fields.Nested(QuotaSchema, many=True)
    room = fields.Nested(RoomSchema)
    deeds = fields.Nested(DeedSchema, many=True)
