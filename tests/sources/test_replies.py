"""What a tool hears: the reply to a delivery, and the answer to its call at set-up."""

import re

import pytest

from bridge.errors import NotProven
from bridge.sources.kit.replies import Reply, read_reply, shake
from schemas.hook import HANDSHAKE, REPLY

META = "hub.mode=subscribe&hub.verify_token=mot-de-passe&hub.challenge=1158201444"


def test_salesforce_hears_exactly_its_acknowledgement() -> None:
    assert Reply("ack").body() == (
        (
            '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/'
            'envelope/"><soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true'
            "</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>"
        ),
        "text/xml",
    )


@pytest.mark.parametrize(
    ("written", "reply", "body"),
    [
        ("report", Reply(), None),
        ("empty", Reply("empty"), ("", "text/plain")),
        ("text:OK", Reply("text", "OK"), ("OK", "text/plain")),
        ("text: success: yes", Reply("text", "success: yes"), ("success: yes", "text/plain")),
        ("ack", Reply("ack"), Reply("ack").body()),
    ],
)
def test_a_reply_is_read_as_it_is_written(written: str, reply: Reply, body: tuple[str, str] | None) -> None:
    assert re.fullmatch(REPLY, written)
    assert read_reply(written) == reply
    assert reply.body() == body


@pytest.mark.parametrize("written", ["", "text:", "text:été", "text:a\nb", "Report", "ack:1", "text"])
def test_what_is_no_reply_does_not_fit(written: str) -> None:
    assert not re.fullmatch(REPLY, written)


@pytest.mark.parametrize("written", ["", "echo", "echo:", "echo:a b", "Meta", "plain:x", "echo:é\n"])
def test_what_is_no_handshake_does_not_fit(written: str) -> None:
    assert not re.fullmatch(HANDSHAKE, written)


def test_a_plain_handshake_is_an_empty_text_where_a_browser_has_no_sentence_to_see() -> None:
    assert shake("plain", "a=1", ()) == ("", "text/plain")
    assert shake("plain", "", ()) is None


def test_without_a_handshake_nothing_is_answered() -> None:
    assert shake(None, META, ("mot-de-passe",)) is None


@pytest.mark.parametrize("secrets", [("mot-de-passe",), ("app-secret", "mot-de-passe")])
def test_meta_hears_its_challenge_for_one_of_the_hooks_secrets(secrets: tuple[str, ...]) -> None:
    assert shake("meta", META, secrets) == ("1158201444", "text/plain")


@pytest.mark.parametrize(
    ("query", "secrets"),
    [
        (META, ()),
        (META, ("other",)),
        (META.replace("mot-de-passe", "mot-de-pass"), ("mot-de-passe",)),
        (META.replace("mot-de-passe", "MOT-DE-PASSE"), ("mot-de-passe",)),
        (META.replace("mot-de-passe", "%C3%A9"), ("mot-de-passe",)),
        (META.replace("mot-de-passe", ""), ("", " ")),
        ("hub.mode=subscribe&hub.challenge=1", ("", "mot-de-passe")),
    ],
)
def test_without_the_right_token_meta_hears_no_challenge(query: str, secrets: tuple[str, ...]) -> None:
    with pytest.raises(NotProven, match=r"hub\.verify_token"):
        shake("meta", query, secrets)


@pytest.mark.parametrize("query", ["", "hub.mode=unsubscribe&hub.challenge=1", "hub.mode=subscribe&hub.verify_token=s"])
def test_what_asks_for_no_challenge_is_no_handshake(query: str) -> None:
    assert shake("meta", query, ("s",)) is None


def test_a_value_of_the_query_is_given_back() -> None:
    assert shake("echo:challenge", "a=1&challenge=ab%2Bc", ()) == ("ab+c", "text/plain")


@pytest.mark.parametrize(
    "query", ["", "challenge=", "other=1", "challenge=%0Aa", "challenge=%00", "challenge=" + "a" * 1001]
)
def test_a_value_that_is_missing_endless_or_not_printable_is_not_given_back(query: str) -> None:
    assert shake("echo:challenge", query, ()) is None
