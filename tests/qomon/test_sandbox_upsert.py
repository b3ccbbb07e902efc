"""The sandbox takes upserts, applies them late, and drops without a word those that do not fit (docs/qomon.md 4.3)."""

from typing import Any

import pytest

from bridge.qomon.sandbox.people import ZOE
from tests.support.sandbox_client import KARIM, KEY, Desk, live


def upsert(desk: Desk, **record: Any) -> Any:
    return desk.web.post("/contacts/upsert", json={"kind": "contact", "data": record}, headers=KEY)


def upserted(desk: Desk, **record: Any) -> list[int]:
    """Everybody, once the upsert had its time."""
    assert upsert(desk, **record).status_code == 202
    desk.clock.sleep(2)
    people: list[int] = desk.web.get("/_sandbox/contacts").get_json()
    return people


def test_it_is_202_without_a_body_for_one_token_and_applied_two_seconds_later(desk: Desk) -> None:
    answer = upsert(desk, id=KARIM, firstname="Karima")
    at_once = desk.stored(KARIM)["firstname"]
    desk.clock.sleep(1.999)
    not_yet = desk.read(KARIM)["firstname"]
    desk.clock.sleep(0.001)
    assert (answer.status_code, answer.data, answer.headers["x-ratelimit-cost"]) == (202, b"", "1")
    assert (at_once, not_yet, desk.read(KARIM)["firstname"]) == ("Karim", "Karim", "Karima")


def test_what_it_does_not_name_stays(desk: Desk) -> None:
    before = desk.stored()
    upserted(desk, id=ZOE, birthcity="Brest", address={"floor": "3"}, tags=[{"name": "été"}])
    after = desk.stored()
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"birth_city", "address", "tags", "UpdatedAt"}  # not lastchange (docs/qomon.md 4.6)
    assert (after["birth_city"], after["tags"][-1], after["address"]["floor"]) == ("Brest", "été", "3")
    assert after["address"]["street"] == "rue des Tilleuls"


def test_every_array_leads_to_its_category_by_value_or_label(desk: Desk) -> None:
    upserted(
        desk,
        id=KARIM,
        consents=[{"id": 710, "value": "SMS", "date": "2020-01-01T00:00:00.000Z"}],
        status=[{"label": "Niveau de soutien", "value": "supporter"}],
        forms=[{"id": 732, "value": "Un banc"}],
        custom_fields=[{"id": 811, "value": "Boulanger"}, {"id": 810, "value": "leaflets"}],
        actions=[{"id": 740, "value": "call_back"}],
        name_presences=[{"id": 750, "value": "Présent·e"}],
        presence_status=[{"id": 1, "value": "accepted and dropped (docs/qomon.md A17)"}],
    )
    contact = desk.stored(KARIM)
    assert [(form, written) for form, written, _ in live(contact)] == [
        (710, "consent_email"),
        (710, "consent_sms"),
        (720, "supporter"),
        (732, "Un banc"),
        (740, "call_back"),
        (750, "present"),
    ]
    assert {(form, written) for form, written, _ in live(contact, "custom_fields")} == {
        (811, "Boulanger"),
        (810, "door"),
        (810, "leaflets"),
    }
    assert live(contact)[1][2] == "2026-06-01T12:00:02.000Z"  # when it was applied, whatever was asked


@pytest.mark.parametrize(
    "record",
    [
        {"consents": [{"id": 9, "value": "consent_sms"}]},
        {"consents": [{"id": 710, "value": "pigeon"}]},
        {"consents": [{"id": 720, "value": "supporter"}]},
        {"custom_fields": [{"label": "Secteur", "value": "Nord"}]},  # two forms have that label
        {"custom_fields": [{"id": 812, "value": "deux"}]},
        {"custom_fields": [{"id": 812, "value": 2}]},
        {"forms": {"id": 732}},
        {"mail": "no mail"},
        {"address": "12 rue des Tilleuls"},
        {"tags": ["newsletter"]},
    ],
)
def test_whatever_does_not_fit_drops_the_whole_record_in_silence(desk: Desk, record: dict[str, Any]) -> None:
    before = desk.stored()
    upserted(desk, id=ZOE, firstname="Autre", **record)
    assert desk.stored() == before


def test_an_unknown_id_is_dropped_or_matched_as_switched(desk: Desk) -> None:
    mail = "karim.benali@example.org"
    dropped = upserted(desk, id=1, mail=mail, nationality="FR")
    unchanged = desk.stored(KARIM)["nationality"]
    desk.switch(upsert_id="match")
    matched = upserted(desk, id=1, mail=mail, nationality="FR")
    assert (unchanged, desk.stored(KARIM)["nationality"], len(dropped), len(matched)) == ("", "FR", 15, 15)


@pytest.mark.parametrize(
    ("record", "contact"),
    [
        ({"mail": "KARIM.benali@example.org"}, KARIM),
        ({"mail": "famille.dubreuil@example.org", "firstname": "Léon"}, 9000021),
        ({"mail": "famille.dubreuil@example.org"}, 9000020),  # the wrong person, as documented
        ({"firstname": "jean-baptiste", "surname": "D'Orgeval"}, 9000026),
        ({"firstname": "Jean-Baptiste", "surname": "d'Orgeval", "birthdate": "1951-12-30T00:00:00.000Z"}, None),
        ({"firstname": "Karim", "surname": "Benali", "address": {"city": "Brest"}}, None),
        ({"firstname": "Karim", "surname": "Benali", "address": {"city": "bourg-en-bresse"}}, None),
        (
            {
                "firstname": "Karim",
                "surname": "Benali",
                "address": {"postalcode": "01000", "street": "place de l'Église"},
            },
            KARIM,
        ),
        ({"mail": "nobody@example.org", "firstname": "Karim"}, None),
    ],
)
def test_it_matches_in_the_documented_order_else_makes_a_contact(
    desk: Desk, record: dict[str, Any], contact: int | None
) -> None:
    people = upserted(desk, **record, nationality="IE")
    irish = [number for number in people if desk.stored(number)["nationality"] == "IE"]
    assert irish == [contact or 9000032]


@pytest.mark.parametrize("body", [None, {}, {"kind": "contact"}, {"data": {}}, {"kind": "contact", "data": []}])
def test_a_body_of_another_form_is_422(desk: Desk, body: object) -> None:
    assert desk.web.post("/contacts/upsert", json=body, headers=KEY).status_code == 422
