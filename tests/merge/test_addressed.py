"""Which address an unsubscription is about (docs/ledger.md 14a)."""

from typing import Any

import pytest

from bridge.merge import addressed
from bridge.model import Answer, Change, Submission, Target, Who
from schemas.codes import Kind

BOTH = {"id": "42", "mail": "zoe@example.org", "mobile": "+33639980142"}
MAIL, NUMBER = ("mail", "zoe@example.org"), ("phone", "+33639980142")


def said(kind: Kind = "unsubscribed", channel: Any = None) -> Submission:
    answers = () if channel is None else (Answer("channel", "channel", "text", channel),)
    return Submission("e", None, kind, answers)


def about(identities: dict[str, str], channel: Any = None) -> list[tuple[str, str]]:
    return addressed.addresses(addressed.concerned(said(channel=channel), Who(identities, "Zoé", "Lefèvre")))


@pytest.mark.parametrize("channel", ["email", "E-mail", "mail", "Courriel", "emails", "mailing"])
def test_mail_for_mail(channel: str) -> None:
    assert about(BOTH, channel) == [MAIL]


@pytest.mark.parametrize("channel", ["sms", "SMS", "call", "Appels", "phone", "WhatsApp", "texto", "Tél"])
def test_the_number_for_messages_and_calls(channel: str) -> None:
    assert about(BOTH, channel) == [NUMBER]


@pytest.mark.parametrize("channel", [None, "", "push", 7, ("sms",)])
def test_no_word_of_that_its_mail_else_its_number(channel: Any) -> None:
    assert about(BOTH, channel) == [MAIL]
    assert about({"id": "42", "phone": "+33639980142"}, channel) == [NUMBER]


def test_the_channels_address_or_none() -> None:
    """Who took back messages to a number that the call does not name did not take back the mail."""
    assert about({"mail": "zoe@example.org"}, "sms") == []
    assert about({"mobile": "+33639980142"}, "email") == []


def test_without_any_address_its_number_in_qomon_says_who() -> None:
    who = addressed.concerned(said(), Who({"id": "42"}, "Zoé"))
    assert who == Who({"id": "42"}, "Zoé")
    assert not addressed.by_address(said(), who)


def test_two_numbers_are_two_addresses() -> None:
    assert about({"mobile": "+33639980142", "phone": "+33199001234"}, "sms") == [NUMBER, ("phone", "+33199001234")]


def test_one_number_is_looked_for_in_both_fields() -> None:
    who = addressed.concerned(said(), Who({"mobile": "+33639980142"}))
    assert who.identities == dict.fromkeys(("mobile", "phone"), "+33639980142")
    assert addressed.concerned(said(), who) == who


@pytest.mark.parametrize("kind", ["submitted", "subscribed", "mail_changed", "deleted"])
def test_other_events_are_about_a_person(kind: Kind) -> None:
    who = Who(BOTH, "Zoé")
    assert addressed.concerned(said(kind, "sms"), who) is who
    assert not addressed.by_address(said(kind), who)


@pytest.mark.parametrize(
    ("contact", "there"),
    [
        ({"mail": " ZOE@Example.org "}, [MAIL]),
        ({"mail": "zoe@example.org", "phone": "06 39 98 01 42"}, [MAIL, NUMBER]),
        ({"mobile": "+33 6 39 98 01 42", "phone": None}, [NUMBER]),
        ({"mail": "no mail", "mobile": "abc", "phone": 7}, []),
        ({}, []),
    ],
)
def test_what_a_contact_carries(contact: dict[str, Any], there: list[tuple[str, str]]) -> None:
    assert list(addressed.carried(contact, "FR")) == there
    assert addressed.reached(contact, [MAIL], "FR") == (MAIL in there)


def a_consent(text: str, form: str = "formdatas.Consentement") -> Change:
    return Change(1, Target("formdatas.710", form, "checkbox", 710, consent=True), "remove", ((7101, text),))


@pytest.mark.parametrize(
    ("text", "form", "about"),
    [
        ("consent_email", "formdatas.Consentement", {"email"}),
        ("E-mail", "formdatas.Consentement", {"email"}),
        ("consent_sms", "formdatas.Consentement", {"sms"}),
        ("Appels", "formdatas.Consentement", {"sms"}),
        ("sms_email", "formdatas.Consentement", {"email", "sms"}),
        ("Oui", "formdatas.Consentement", {"email", "sms"}),
        ("Oui", "formdatas.Newsletter", {"email"}),
        ("Oui", "formdatas.Téléphone", {"sms"}),
    ],
)
def test_who_stops_messages_agreed_to_mails_all_the_same(text: str, form: str, about: set[str]) -> None:
    change = a_consent(text, form)
    kept = {
        channel for channel in ("email", "sms") if addressed.of_channel(said(channel=channel), [change]) == (change,)
    }
    assert kept == about
    assert addressed.of_channel(said(), [change]) == (change,)


def test_do_not_contact_is_about_every_channel() -> None:
    stop = Change(1, Target("black_list", "black_list", "bool"), "set", (True,))
    assert addressed.of_channel(said(channel="sms"), [stop]) == (stop,)
