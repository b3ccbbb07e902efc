"""What tools that keep members and gifts send beside the recorded calls: who a record points at, what is no answer."""

import pytest

from bridge.errors import Unreadable
from bridge.model import Json
from bridge.sources import SOURCES
from tests.support.recorded_calls import PARIS, post, read

PAYER: Json = {"firstName": "Zoé", "lastName": "Roy", "email": "zoe.roy@example.org"}


def order(**data: Json) -> Json:
    return {"eventType": "Order", "data": {"id": 7, "payer": PAYER, **data}}


def test_an_order_without_items_is_the_payer_s() -> None:
    for body in (order(), order(items=[]), order(items=None), order(items=[{"id": 1, "name": None}])):
        assert read("helloasso", body).identities == {"mail": "zoe.roy@example.org"}


def test_the_payer_s_address_never_points_at_a_member_with_another_name() -> None:
    items: Json = [{"id": 1, "user": {"firstName": "Léo", "lastName": "Roy"}}]
    said = read("helloasso", order(items=items))
    assert said.identities == {}
    assert not any("email" in (answer.key, *answer.aliases) for answer in said.answers)


def test_a_member_is_the_payer_however_the_name_is_spelt() -> None:
    items: Json = [{"id": 1, "user": {"firstName": "ZOE", "lastName": "Roy "}}]
    assert read("helloasso", order(items=items)).identities == {"mail": "zoe.roy@example.org"}


@pytest.mark.parametrize("state", ["Refused", "Refunded", "Contested", None])
def test_a_payment_that_was_not_made_is_a_ping(state: Json) -> None:
    said = read("helloasso", {"eventType": "Payment", "data": {"id": 7, "payer": PAYER, "state": state}})
    assert (said.kind, said.answers) == ("ping", ())


def test_a_monthly_payment_says_nothing_newer_than_its_order() -> None:
    data: Json = {
        "id": 9,
        "payer": PAYER,
        "state": "Authorized",
        "date": "2026-05-01T08:00:00+02:00",
        "order": {"id": 7, "date": "2026-01-01T08:00:00+01:00"},
    }
    at = read("helloasso", {"eventType": "Payment", "data": data}).submitted_at
    assert at is not None
    assert at.isoformat() == "2026-01-01T07:00:00+00:00"


@pytest.mark.parametrize("content", [[], {}, None, "x", [None]])
def test_a_brevo_event_about_nobody_in_its_content_is_not_lost(content: Json) -> None:
    said = read("brevo", {"event": "unsubscribe", "email": "a.roy@example.org", "content": content})
    assert (said.kind, said.identities) == ("unsubscribed", {"mail": "a.roy@example.org"})


def test_one_bad_brevo_event_does_not_take_the_others_with_it() -> None:
    good, bad = post("brevo", [{"event": "unsubscribe", "email": "a.roy@example.org"}, {"email": 1}])
    assert SOURCES["brevo"].read(good, PARIS).kind == "unsubscribed"
    with pytest.raises(Unreadable):
        SOURCES["brevo"].read(bad, PARIS)


def test_a_change_of_address_without_the_old_one_points_at_nobody() -> None:
    form = b"type=upemail&fired_at=2026-01-01+08%3A00%3A00&data%5Bnew_email%5D=a.roy%40example.org"
    with pytest.raises(Unreadable):
        read("mailchimp", form, "application/x-www-form-urlencoded")


def test_hubspot_s_second_attempt_is_the_same_record() -> None:
    change = {
        "subscriptionType": "contact.propertyChange",
        "objectId": 5,
        "propertyName": "city",
        "propertyValue": "Ax",
    }
    assert post("hubspot", [{**change, "attemptNumber": 0}]) == post("hubspot", [{**change, "attemptNumber": 3}])


def test_pipedrive_s_second_attempt_is_the_same_record() -> None:
    meta = {"id": "m-1", "action": "change", "entity": "person"}
    once, twice = (
        post("pipedrive", {"meta": {**meta, "attempt": attempt}, "data": {"name": "Zoé Roy"}}) for attempt in (1, 2)
    )
    assert once == twice
    assert once[0].key == "m-1"


def test_a_pipedrive_person_s_main_address_comes_first() -> None:
    emails: Json = [{"value": "b.roy@example.org", "label": "work"}, {"value": "a.roy@example.org", "primary": True}]
    body: Json = {"meta": {"id": "1", "action": "create", "entity": "person"}, "data": {"emails": emails}}
    assert read("pipedrive", body).identities == {"mail": "a.roy@example.org"}


def test_false_in_odoo_is_neither_a_no_nor_a_text() -> None:
    said = read("odoo", {"_id": 1, "_model": "res.partner", "opt_in": False, "vip": True})
    assert {answer.key: answer.value for answer in said.answers} == {"opt_in": None, "vip": True}
