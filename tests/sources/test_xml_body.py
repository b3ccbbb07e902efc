"""XML is read strictly and within bounds, and what Salesforce sends in it keeps no credential."""

from typing import Any

import pytest

from bridge.errors import Unreadable
from bridge.model import Delivery, Record
from bridge.sources import SOURCES
from bridge.sources.kit.json_body import MAX_DEPTH, MAX_VALUES
from bridge.sources.kit.xml_body import parse_xml
from tests.support.recorded_calls import ALL, PARIS
from tests.support.source_hooks import NEW, Doorway
from tests.support.whole_bridge import House

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
SESSION = "00D9000000gNcm!AQcAQH0dMHZfz972Szmp"
PAYLOAD = next(one for one in ALL if one.name == "composed_outbound_message_two_contacts")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<a/>", ""),
        (b"<a>x</a>", "x"),
        (b"<a><![CDATA[<b>]]>&amp;</a>", "<b>&"),
        (b"<a>\n <b>x</b>\n <c/>\n</a>", {"b": "x", "c": ""}),
        (b"<a><b>1</b><c>2</c><b>3</b><b>4</b></a>", {"b": ["1", "3", "4"], "c": "2"}),
        (b'<a xmlns="urn:x" xmlns:s="urn:y"><s:b>x</s:b></a>', {"b": "x"}),
        (b"<a>stray<b>x</b></a>", {"b": "x", "#text": "stray"}),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', "é"),
        (b"\xef\xbb\xbf<a>\xc3\xa9</a>", "é"),
        (
            f'<a {XSI}><b xsi:nil="true"/><c xsi:nil="1"/><d xsi:nil="false"/></a>'.encode(),
            {"b": None, "c": None, "d": ""},
        ),
        (f'<a {XSI} xsi:type="sf:Lead"><b>x</b></a>'.encode(), {"xsi:type": "sf:Lead", "b": "x"}),
    ],
)
def test_an_element_is_a_text_or_an_object_of_its_elements(body: bytes, expected: Any) -> None:
    assert parse_xml(body) == {"a": expected}


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;"><!ENTITY d "&c;&c;&c;">]><a>&d;</a>',
    ],
)
def test_a_dtd_is_refused_with_all_that_it_declares(body: bytes) -> None:
    with pytest.raises(Unreadable, match="DTD"):
        parse_xml(body)


@pytest.mark.parametrize(
    "body",
    [b"", b"   ", b"{}", b"<a>", b"<a></b>", b"<a>secret\xff</a>", b"<a>&secret;</a>", b"<a/><secret/>", b"<a>\0"],
)
def test_what_is_no_xml_is_unreadable_at_a_place_without_its_text(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"line \d+, column \d+") as refusal:
        parse_xml(body)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("name", ["secret", "utf-7", "base64", "big5"])
def test_an_encoding_that_nobody_reads_is_unreadable(name: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_xml(f'<?xml version="1.0" encoding="{name}"?><a>x</a>'.encode())
    assert "secret" not in str(refusal.value)


def nested(levels: int) -> bytes:
    return b"<a>" * levels + b"</a>" * levels


def test_xml_is_nested_as_deep_as_json_may_be_and_no_deeper() -> None:
    assert parse_xml(nested(MAX_DEPTH))
    for levels in (MAX_DEPTH + 1, 500_000):
        with pytest.raises(Unreadable, match="nested deeper"):
            parse_xml(nested(levels))


def test_xml_holds_as_many_elements_as_json_may_values_and_no_more() -> None:
    assert parse_xml(b"<a>" + b"<b/>" * (MAX_VALUES - 1) + b"</a>")
    with pytest.raises(Unreadable, match="more than"):
        parse_xml(b"<a>" + b"<b/>" * MAX_VALUES + b"</a>")


def test_hidden_elements_are_left_out_wherever_they_are() -> None:
    body = b"<a><s><t>x</t></s><b><s>x</s><c>y</c></b></a>"

    assert parse_xml(body, ("s",)) == {"a": {"b": {"c": "y"}}}


def split(body: bytes) -> list[Record]:
    return SOURCES["salesforce"].split(Delivery("POST", {"content-type": "text/xml"}, body))


def test_one_bad_notification_does_not_take_the_others_with_it() -> None:
    _, good = split(PAYLOAD.body.replace(b"<Id>04l9000001olR84AAE</Id>", b""))
    bad, same = split(PAYLOAD.body.replace(b"<sObject", b"<other", 1).replace(b"</sObject", b"</other", 1))

    assert good == same
    assert SOURCES["salesforce"].read(good, PARIS).key == "04l9000001olR85AAE"
    with pytest.raises(Unreadable, match="Notification"):
        SOURCES["salesforce"].read(bad, PARIS)


def test_any_kind_of_object_is_read_and_the_plain_address_comes_before_others() -> None:
    body = PAYLOAD.body.replace(b'"sf:Contact"', b'"sf:Volunteer__c"').replace(
        b"<sf:Email>",
        b"<sf:Boss__c>chef@example.org</sf:Boss__c><sf:LastModifiedDate>2026-11-22T09:00:00.000Z"
        b"</sf:LastModifiedDate><sf:Email>",
    )
    read = SOURCES["salesforce"].read(split(body)[0], PARIS)

    assert read.identities["mail"] == "ines.d.albert@example.org"
    assert {answer.key: answer.value for answer in read.answers}["Boss__c"] == "chef@example.org"
    assert str(read.submitted_at) == "2026-11-22 09:00:00+00:00"


@pytest.mark.parametrize("unwrapped", [b"", b"soapenv:Body", b"notifications", b"Notification", b"sObject"])
def test_a_session_is_never_stored_where_the_xml_parses(house: House, unwrapped: bytes) -> None:
    """Also where it is not what Salesforce sends, and is held as unreadable."""
    door = Doorway(house, SOURCES["salesforce"])
    body = PAYLOAD.body.replace(b'<SessionId xsi:nil="true"/>', f"<SessionId>{SESSION}</SessionId>".encode())
    if unwrapped:
        body = body.replace(b"<" + unwrapped, b"<other").replace(b"</" + unwrapped, b"</other")
    door.events(door.call(PAYLOAD, body))

    assert SESSION not in door.stored()
    assert "Kermarrec" in door.stored()


def test_salesforce_hears_that_its_message_came(house: House) -> None:
    house.import_hook(
        "hook: acked\naddress: acked234\nsource: salesforce\nproof: {scheme: url, secret: $NEW}\nmode: capture"
    )
    heard = house.door.post(f"/hooks/acked234/{NEW}", data=PAYLOAD.body, headers=PAYLOAD.headers)

    assert (heard.status_code, heard.mimetype) == (200, "text/xml")
    assert "<Ack>true</Ack>" in heard.text
