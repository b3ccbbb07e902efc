"""Salesforce: outbound messages of a workflow or a flow, in SOAP, up to 100 objects each (docs/tools.md 3.20)."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bridge.model import Answer, AnswerType, Delivery, Json, Record, Submission
from bridge.sources.kit import BOTH, Channel, Source, at, key_of, load, marked, slices, submission, withdrawal
from bridge.sources.kit.answers import answers, theirs
from bridge.sources.kit.choices import are_joined
from bridge.sources.kit.replies import Reply
from bridge.sources.kit.xml_body import TYPE, parse_xml
from schemas.dates import moment
from schemas.sources.salesforce import MessageSchema

_MESSAGE = MessageSchema()
_HIDDEN = ("SessionId", "ActionId", "EnterpriseUrl", "PartnerUrl")
"""A credential that is good for hours, and where it is good."""
_TYPES: Mapping[str, AnswerType] = {
    **dict.fromkeys(("Email", "PersonEmail"), "mail"),
    **dict.fromkeys(("MobilePhone", "PersonMobilePhone", "Phone", "HomePhone", "OtherPhone"), "phone"),
    **dict.fromkeys(("PersonHomePhone", "PersonOtherPhone"), "phone"),
    **dict.fromkeys(("Birthdate", "PersonBirthdate"), "date"),
}
_MARKS: Mapping[str, tuple[Channel, ...]] = {
    **dict.fromkeys(("HasOptedOutOfEmail", "PersonHasOptedOutOfEmail"), ("email",)),
    "et4ae5__HasOptedOutOfEmail__c": ("email",),
    "et4ae5__HasOptedOutOfMobile__c": ("sms",),
    "npsp__Do_Not_Contact__c": BOTH,
}
"""Those of Salesforce, of Marketing Cloud, and of its package for charities."""
_CLOCKS = ("LastModifiedDate", "SystemModstamp", "CreatedDate")
_NOT_ANSWERS = (TYPE, "Id", "IsDeleted", "OwnerId", "CreatedById", "LastModifiedById", *_CLOCKS)


def split(delivery: Delivery) -> list[Record]:
    """One record per notification. XML of another shape is one record that `read` refuses: so it is kept without the
    credential, which a body that is kept whole would hold."""
    envelope = parse_xml(delivery.body, _HIDDEN)
    message = at(envelope, "Envelope.Body.notifications")
    if not isinstance(message, dict):
        return [Record(envelope)]
    told = slices(message.get("Notification"))
    return [Record({**message, "Notification": one}, key_of(at(one, "Id"))) for one in told]


def _refused(message: Json) -> tuple[Channel, ...]:
    return marked(at(message, "Notification.sObject"), _MARKS)


def read(record: Record, zone: ZoneInfo) -> Submission:
    fields = load(_MESSAGE, record.body, "Salesforce")["notification"]["object"]
    when = next(filter(None, (moment(fields.get(clock), zone) for clock in _CLOCKS)), None)
    return submission(record, when, _answers(fields), back=withdrawal(record.body, _refused))


def _answers(fields: Mapping[str, Json]) -> Iterator[Answer]:
    """The fields that everybody has first: the alphabet, which Salesforce keeps, puts other addresses before Email."""
    for name in sorted(fields, key=lambda name: name not in _TYPES):
        if name not in _NOT_ANSWERS:
            value = fields[name]
            kind = _TYPES.get(name) or ("choices" if are_joined(value, ";") else None)
            yield from theirs(answers(name, name, value, kind, separator=";"), _TYPES)


SOURCE = Source(
    title="Salesforce",
    keys="event",
    split=split,
    refuses=_refused,
    read=read,
    retries="for 24 h",
    never_sends="a signature; labels, only the API names of the fields; which of them changed",
    hides=_HIDDEN,
    reply=Reply("ack"),
)
