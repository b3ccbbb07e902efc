"""Settings, for programs: what is set, never a secret."""

from marshmallow import Schema, fields

from schemas.alerts import PreferencesSchema


class SettingsPage(Schema):
    """Whoever asks."""

    mail = fields.String()
    name = fields.String()
    role = fields.String()
    language = fields.String(allow_none=True)
    second_factor = fields.Boolean()


class SecondFactorPage(Schema):
    """Never the key: only whoever looks at the page sees it."""

    on = fields.Boolean()


class StaffPersonPage(Schema):
    id = fields.String()
    mail = fields.String()
    name = fields.String()
    role = fields.String()
    seen_at = fields.DateTime(allow_none=True)
    second_factor = fields.Boolean()
    password = fields.Boolean()
    invited_until = fields.DateTime(allow_none=True)


class StaffPage(Schema):
    people = fields.List(fields.Nested(StaffPersonPage))


class StateOutput(Schema):
    """`reason` None: it is written there."""

    name = fields.String()
    reason = fields.String(allow_none=True)
    since = fields.DateTime(allow_none=True)


class WritingOutput(StateOutput):
    by = fields.String(allow_none=True)
    waits = fields.Integer()


class StoppedWebhookOutput(Schema):
    hook = fields.String()
    name = fields.String()
    since = fields.DateTime(allow_none=True)
    by_itself = fields.Boolean()


class WritingPage(Schema):
    switched_on = fields.Boolean()
    spaces = fields.List(fields.Nested(WritingOutput))
    webhooks = fields.List(fields.Nested(StoppedWebhookOutput))


class DaysOutput(Schema):
    variable = fields.String()
    days = fields.Integer()
    given = fields.Boolean()


class ExpiringOutput(Schema):
    """`many` are given up within 14 days, `last` of them within 3; `kept` wait on: consents taken back."""

    webhook = fields.String()
    many = fields.Integer()
    last = fields.Integer()
    kept = fields.Integer()


class KeepingPage(Schema):
    days = fields.List(fields.Nested(DaysOutput))
    expiring = fields.List(fields.Nested(ExpiringOutput))


class AccountOutput(StateOutput):
    url = fields.String()
    token = fields.String()


class SettingOutput(Schema):
    """A secret's value is masked. `given` false: the default."""

    name = fields.String()
    value = fields.String()
    given = fields.Boolean()


class InstallationPage(Schema):
    spaces = fields.List(fields.Nested(AccountOutput))
    settings = fields.List(fields.Nested(SettingOutput), attribute="every")
    faults = fields.List(fields.String())


class NotedOutput(Schema):
    at = fields.DateTime()
    who = fields.String()
    did = fields.String()
    subject = fields.String(allow_none=True)
    hook = fields.String(allow_none=True)
    from_ = fields.String(allow_none=True, attribute="from", data_key="from")
    why = fields.String(allow_none=True)
    more = fields.Dict()
    erased = fields.Boolean()
    opens = fields.Boolean()


class ActivityPage(Schema):
    noted = fields.List(fields.Nested(NotedOutput))


class ChannelOutput(Schema):
    """`name`: a fingerprint of its address, which is never shown; `scheme`: what kind of channel it is."""

    name = fields.String()
    scheme = fields.String()
    understood = fields.Boolean()
    failures = fields.Integer()
    failing = fields.Boolean()
    failed_at = fields.DateTime(allow_none=True)
    sent_at = fields.DateTime(allow_none=True)


class AlertOutput(Schema):
    cause = fields.String()
    kind = fields.String()
    subject = fields.String()
    line = fields.String()
    since = fields.DateTime()
    told_at = fields.DateTime(allow_none=True)
    muted_until = fields.DateTime(allow_none=True)


class AlertsPage(Schema):
    """`told`: what is so now; `muted`: what nobody is told of for a while."""

    channels = fields.List(fields.Nested(ChannelOutput))
    heartbeat = fields.Boolean()
    chosen = fields.Nested(PreferencesSchema)
    told = fields.List(fields.Nested(AlertOutput))
    muted = fields.List(fields.Nested(AlertOutput))
