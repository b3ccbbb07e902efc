"""What a tool means by what it sends: days in the form of a site, tests, moved bookings, withdrawals in disguise."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sources import SOURCES, identities
from schemas.normal import certain_day, to_ms
from tests.support.recorded_calls import ALL, FORM, PARIS, Payload, post

OLD_DAY, NEW_DAY = "2024-01-05T10:00:00.000Z", "2026-03-14T08:21:10.000Z"
ME, NOT_THEIRS = "zoe@example.org", "parrain@example.org"


@given(day=st.dates(min_value=date(1900, 1, 1)), between=st.sampled_from("/.- "), order=st.sampled_from(["DM", "MD"]))
def test_a_day_in_numbers_is_read_only_if_it_is_the_same_both_ways_round(day: date, between: str, order: str) -> None:
    first, second = (day.day, day.month) if order == "DM" else (day.month, day.day)
    sure = day.day > 12 or day.day == day.month
    assert certain_day(f"{first:02}{between}{second}{between}{day.year}") == (day if sure else None)
    assert certain_day(f"{day.year}{between}{day.month}{between}{day.day:02}") == day


@given(said=st.text(alphabet="0123456789/.- ,abcdefjuilletmarsé", max_size=20))
def test_any_text_is_a_day_or_none(said: str) -> None:
    found = certain_day(said)
    assert found is None or str(found.year) in said


@pytest.mark.parametrize("said", ["5 juillet", "5 juillet 86", "5 6 juillet 1986", "5 julliet 1986", "le 5", ""])
def test_words_without_one_day_month_and_year_are_no_day(said: str) -> None:
    assert certain_day(said) is None


SOAP = """<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>
<notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>00D</OrganizationId><Notification>
<Id>04l</Id><sObject xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Email>zoe@example.org</sf:Email>%s</sObject>
</Notification></notifications></soapenv:Body></soapenv:Envelope>"""


def channels(source: str, body: Any) -> list[tuple[str | None, str, Any]]:
    """Of each event its key, its kind, and the channel that was taken back."""
    tool = SOURCES[source]
    read = [tool.read(record, PARIS) for record in post(source, body)]
    said = [{answer.key: answer.value for answer in one.answers}.get("channel") for one in read]
    return [(one.key, one.kind, channel) for one, channel in zip(read, said, strict=True)]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("", [("04l", "submitted", None)]),
        ("<sf:HasOptedOutOfEmail>false</sf:HasOptedOutOfEmail>", [("04l", "submitted", None)]),
        ("<sf:HasOptedOutOfEmail>true</sf:HasOptedOutOfEmail>", [("04l", "unsubscribed", "email")]),
        ("<sf:HasOptedOutOfFax>true</sf:HasOptedOutOfFax>", [("04l", "submitted", None)]),
        (
            "<sf:npsp__Do_Not_Contact__c>true</sf:npsp__Do_Not_Contact__c>",
            [("04l:email", "unsubscribed", "email"), ("04l:sms", "unsubscribed", "sms")],
        ),
    ],
)
def test_a_mark_of_salesforce_is_a_withdrawal(field: str, expected: Any) -> None:
    assert channels("salesforce", (SOAP % field).encode()) == expected


@pytest.mark.parametrize(
    ("source", "body", "kind", "channel"),
    [
        ("brevo", {"event": "contact_updated", "content": [{"email": "a@example.org"}]}, "submitted", None),
        ("brevo", {"event": "contact_updated", "emailBlacklist": False, "email": "a@example.org"}, "submitted", None),
        ("brevo", {"event": "list_addition", "smsBlacklist": True, "email": "a@example.org"}, "unsubscribed", "sms"),
        ("brevo", {"event": "contact_deleted", "emailBlacklist": True, "email": "a@example.org"}, "deleted", None),
        ("brevo", {"event": "hard_bounce", "email": "a@example.org"}, "ping", None),
        ("brevo", {"msg_status": "delivered", "to": "33639980177"}, "ping", None),
        ("odoo", {"_model": "res.partner", "_id": 1, "is_blacklisted": False, "opt_out": False}, "submitted", None),
        ("odoo", {"_model": "mailing.contact", "_id": 1, "opt_out": True}, "unsubscribed", "email"),
        ("odoo", {"_model": "mail.blacklist", "_id": 1, "active": False}, "ping", None),
        ("odoo", {"_model": "phone.blacklist", "_id": 1, "number": "+33639980177"}, "unsubscribed", "sms"),
        ("nationbuilder", {"payload": {"person": {"id": 1, "email_opt_in": False}}}, "submitted", None),
        ("hubspot", {"properties": {"hs_email_optout": {"value": "false"}}}, "submitted", None),
    ],
)
def test_only_a_mark_that_is_on_is_a_withdrawal(source: str, body: Any, kind: str, channel: str | None) -> None:
    assert [one[1:] for one in channels(source, body)] == [(kind, channel)]


@pytest.mark.parametrize("payload", [one for one in ALL if one.said], ids=lambda one: f"{one.source}-{one.name}")
def test_every_unsubscription_says_its_channel_and_nothing_else_does(payload: Payload) -> None:
    for event in payload.said:
        named = [one["value"] for one in event["answers"] if one["key"] == "channel"]
        assert named in ([["email"], ["sms"]] if event["kind"] == "unsubscribed" else [[]])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"created_at": OLD_DAY}, OLD_DAY),
        ({"id": 5, "created_at": OLD_DAY}, None),
        ({"rowNumber": 5, "createdAt": OLD_DAY}, None),
        ({"id": 5, "created_at": OLD_DAY, "updated_at": NEW_DAY}, NEW_DAY),
        ({"Id": 5, "CreatedAt": OLD_DAY, "UpdatedAt": NEW_DAY}, NEW_DAY),
        ({"created_at": OLD_DAY, "lastModified": NEW_DAY}, NEW_DAY),
        ({"submitted_at": OLD_DAY, "updated_at": NEW_DAY}, OLD_DAY),
        ({"updated_at": "", "created_at": OLD_DAY}, OLD_DAY),
    ],
)
def test_when_a_row_was_made_is_not_when_it_says_this(said: Any, expected: str | None) -> None:
    (record,) = post("json", {"prénom": "Zoé", **said})
    at = SOURCES["json"].read(record, PARIS).submitted_at
    assert (at and to_ms(at)) == expected


@pytest.mark.parametrize(
    ("source", "body"),
    [
        (
            "donorbox",
            [{"id": 1, "status": "paid", "donor": {"name": "Zoé", "tribute": NOT_THEIRS}, "ecard": NOT_THEIRS}],
        ),
        ("helloasso", {"eventType": "Order", "data": {"id": 1, "payer": {}}, "metadata": {"referrer": NOT_THEIRS}}),
        ("hubspot", {"properties": {"hubspot_owner_email": {"value": NOT_THEIRS}}}),
        ("nationbuilder", {"payload": {"donation": {"id": 1, "donor": {"id": 2}, "recruiter_email": NOT_THEIRS}}}),
        ("odoo", {"_model": "res.partner", "_id": 1, "user_email": NOT_THEIRS}),
        ("pipedrive", {"meta": {"action": "change", "entity": "person"}, "data": {"owner_email": NOT_THEIRS}}),
        ("raisely", {"data": {"type": "donation.succeeded", "uuid": "1", "data": {"recipientEmail": NOT_THEIRS}}}),
        ("brevo", {"event": "contact_updated", "content": {"attributes": {"PARRAIN": NOT_THEIRS}}}),
        ("salesforce", (SOAP % f"<sf:Owner_Mail__c>{NOT_THEIRS}</sf:Owner_Mail__c>").replace(ME, "").encode()),
    ],
)
def test_an_address_beside_the_person_is_an_answer_and_nobodys_identity(source: str, body: Any) -> None:
    (record,) = post(source, body)
    said = SOURCES[source].read(record, PARIS)
    assert NOT_THEIRS in [answer.value for answer in said.answers]
    assert identities(said.answers, "FR") == {}


@pytest.mark.parametrize(
    "label",
    [
        "E-mail de votre parrain",
        "Courriel d’un ami",
        "guest_email",
        "recipientEmail",
        "E-mail (urgence)",
        "Mail de la personne invitée",
        "E-mail de la personne qui vous a parrainé",
        "email-collegue",
        "E-mail du député",
        "sponsorEmail",
        "owner_email",
        "E-mail d’un parent",
        "Courriel de votre voisine",
        "E-mail du mandataire",
        "buyer_email",
    ],
)
def test_the_address_of_another_is_never_who_somebody_is(label: str) -> None:
    (record,) = post("contact_form_7", {label: NOT_THEIRS, "Votre e-mail": ME})
    said = SOURCES["contact_form_7"].read(record, PARIS)
    assert [answer.value for answer in said.answers] == [NOT_THEIRS, ME]
    assert identities(said.answers, "FR") == dict(said.identities) == {"mail": ME}


@pytest.mark.parametrize(
    "label", ["E-mail", "Familiarité (e-mail)", "user_email", "Adresse électronique", "E-mail (invitations)"]
)
def test_words_that_only_hold_such_a_word_are_about_the_person(label: str) -> None:
    (record,) = post("contact_form_7", {label: ME})
    assert SOURCES["contact_form_7"].read(record, PARIS).identities == {"mail": ME}


@pytest.mark.parametrize("source", ["contact_form_7", "elementor", "fluent_forms", "forminator", "ninja_forms"])
def test_a_token_of_wordpress_or_of_a_captcha_is_not_even_stored(source: str) -> None:
    tokens = ("_wpnonce", "_fluentform_27_fluentformnonce", "g-recaptcha-response", "cf-turnstile-response", "my_nonce")
    (record,) = post(source, urlencode({"Prénom": "Zoé", **dict.fromkeys(tokens, "298a2a8028")}).encode(), FORM)
    assert record.body == {"Prénom": "Zoé"}


def test_a_word_of_forminators_is_an_answer_where_somebody_chose_the_keys() -> None:
    said = {"action": "Tracter", "form_id": "Carte 12", "page_id": "3"}
    (record,) = post("forminator", said)
    assert {one.key: one.value for one in SOURCES["forminator"].read(record, PARIS).answers} == said
