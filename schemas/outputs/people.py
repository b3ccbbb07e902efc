"""A person, for staff's programs: the same as the pages show, and as confidential."""

from marshmallow import Schema, fields


class PeoplePage(Schema):
    """Whom one asks for is posted: a twin knows the accounts only."""

    spaces = fields.List(fields.String())


class NearOutput(Schema):
    """Submissions that share an address and led to one contact, or to none yet."""

    contact = fields.Integer(allow_none=True)
    submissions = fields.Integer()


class AddressOutput(Schema):
    kind = fields.String()
    address = fields.String()


class PersonsSubmissionOutput(Schema):
    event = fields.String()
    webhook = fields.String()
    hook = fields.String()
    revision = fields.Integer()
    submitted_at = fields.DateTime()
    received_at = fields.DateTime()
    outcome = fields.String()
    reason = fields.String(allow_none=True)
    erased = fields.DateTime(allow_none=True)
    contact = fields.Integer(allow_none=True)


class WaitingOutput(PersonsSubmissionOutput):
    due = fields.DateTime(allow_none=True)


class WrittenOutput(Schema):
    """A field that a submission wrote. `before`, `after`: None where no way back is kept."""

    event = fields.String()
    webhook = fields.String()
    at = fields.DateTime()
    field = fields.String()
    change = fields.String()
    confirmed = fields.String(allow_none=True)
    before = fields.List(fields.String(), allow_none=True)
    after = fields.List(fields.String(), allow_none=True)


class MarkOutput(Schema):
    contact = fields.Integer()
    field = fields.String()
    submitted_at = fields.DateTime(allow_none=True)


class ConsentOutput(Schema):
    event = fields.String()
    webhook = fields.String()
    revision = fields.Integer()
    at = fields.String()
    opens = fields.Boolean()
    said = fields.String()
    name = fields.String()
    value = fields.String()
    wording = fields.String()


class TakenBackOutput(Schema):
    field = fields.String()
    choice = fields.String(allow_none=True)
    at = fields.DateTime()


class PersonPage(Schema):
    """`state`: nothing, several (choose by `near`), or found. `opened`: of so many of the newest submissions fields and
    consents are told."""

    state = fields.String()
    account = fields.String()
    erased = fields.DateTime(allow_none=True)
    asked_by = fields.String()
    contacts = fields.List(fields.Integer())
    names = fields.String()
    addresses = fields.List(fields.Nested(AddressOutput))
    found_by = fields.String(allow_none=True)
    near = fields.List(fields.Nested(NearOutput))
    count = fields.Integer()
    waits = fields.List(fields.Nested(WaitingOutput))
    submissions = fields.List(fields.Nested(PersonsSubmissionOutput))
    opened = fields.Integer()
    fields_ = fields.List(fields.Nested(WrittenOutput), attribute="fields", data_key="fields")
    marks = fields.List(fields.Nested(MarkOutput))
    consents = fields.List(fields.Nested(ConsentOutput))
    taken_back = fields.List(fields.Nested(TakenBackOutput))


class ErasePage(Schema):
    """What would go, by table."""

    account = fields.String()
    submissions = fields.Integer()
    gone = fields.Dict(keys=fields.String(), values=fields.Integer())


class ErasedPage(Schema):
    """The certificate: the person is a keyed fingerprint."""

    at = fields.String()
    account = fields.String()
    asked_by = fields.String()
    person = fields.String()
    contacts = fields.Integer()
    gone = fields.Dict(keys=fields.String(), values=fields.Integer())
    in_hand = fields.Integer()
    refused_left = fields.Integer()
    refused_waiting = fields.Integer()
    contact_lost = fields.Integer()
    whole = fields.Boolean()
