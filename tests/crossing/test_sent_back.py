"""Events that were led to a contact that is not theirs, or not there: found again, nobody made twice
(docs/ledger.md 7).
"""

from pathlib import Path

import pytest

from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.json_hook import (
    ESSAI,
    SOMEBODY,
    ZOES,
    ZOES_MAIL,
    count,
    crossed,
    fault,
    later,
    live,
    plain_house,
    rows,
    said,
    sent,
    stored,
    switch,
    writes,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

EXEMPLE = "famille.exemple@example.org"
OSCAR, SIMONE = "+33639980132", "+33639980133"
LAG = 3_600_000
LONG_AGO = "2020-01-01T00:00:00.000Z"
WAITS = (5, 30, 120, 600)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path, ESSAI.replace("[id, mail, mobile]", "[mobile, mail]"))


def waiting(house: House, body: bytes) -> str:
    """An event that is led to its contact and waits there, so that others join it."""
    fault(house, "GET", "contacts", "error_before")
    event = sent(house, body)
    house.drain()
    (lane,) = [row.lane for row in rows(house, tables.event) if row.id == event]
    assert lane.startswith("contact:")
    return event


def made(house: House, mail: str = SOMEBODY) -> list[int]:
    """Whom Qomon has with this mail."""
    return [id_ for id_, contact in house.sandbox.contacts.all.items() if contact["mail"] == mail]


def test_a_new_contact_that_is_denied_once_and_not_found_yet_is_not_created_twice(house: House) -> None:
    switch(house, index_delay_ms=LAG)
    crossed(house, mail=SOMEBODY, prenom="Camille")
    fault(house, "GET", "contacts", "missing", 2)
    event = sent(house, written(mail=SOMEBODY, prenom="Camille", metier="Pilote"))
    house.drain()
    assert said(house.report(event)) == ("queued", "backoff")

    assert later(house, event, seconds=5) == ("delivered", None)
    (contact,) = made(house)
    assert live(house, 811, contact) == ["Pilote"]


def test_whoever_comes_while_a_contact_is_denied_does_not_create_it_again_either(house: House) -> None:
    """Submitted before and after the one that waits, and alone once that one was given up."""
    switch(house, index_delay_ms=LAG)
    crossed(house, mail=SOMEBODY, prenom="Camille")
    fault(house, "GET", "contacts", "missing", 5)
    events = [sent(house, written(mail=SOMEBODY, prenom="Camille", metier="Pilote"))]
    house.drain()
    for moment in ("2026-11-22T08:59:00Z", "2026-11-22T09:00:00Z"):
        events.append(sent(house, written(mail=SOMEBODY, prenom="Camille", submitted_at=moment)))
        house.drain()
    for seconds in WAITS:
        later(house, events[0], seconds=seconds)

    assert [house.report(event)["outcome"] for event in events] == ["delivered", "unchanged", "unchanged"]
    assert (len(made(house)), count(house, tables.lane)) == (1, 0)


def test_one_of_a_couple_with_one_mail_is_neither_created_nor_makes_the_other_one_forgotten(house: House) -> None:
    """Simone joins Oscar's lane by the mail; Qomon has no Simone, and shows Oscar late."""
    switch(house, index_delay_ms=LAG)
    oscar = crossed(house, mail=EXEMPLE, mobile=OSCAR, prenom="Oscar")["contact"]["id"]
    events = [waiting(house, written(mail=EXEMPLE, prenom="Oscar", metier="Pilote"))]
    hers = [written(mail=EXEMPLE, mobile=SIMONE, prenom="Simone", metier=job) for job in ("Avocate", "Juge")]
    events += [sent(house, body) for body in hers]
    house.clock.move(seconds=91)
    house.drain()
    events.append(sent(house, written(mail=EXEMPLE, prenom="Oscar", metier="Soudeur")))
    house.drain()

    assert [said(house.report(event)) for event in events] == [
        ("delivered", None), ("held", "other_person"), ("held", "other_person"), ("delivered", None),
    ]  # fmt: skip
    assert (made(house, EXEMPLE), live(house, 811, oscar)) == ([oscar], ["Soudeur"])


def test_somebody_new_who_came_with_another_ones_lane_is_created(house: House) -> None:
    """Both say one mobile that Qomon has for neither: the contact that was read is simply not theirs."""
    house.import_hook(ESSAI)  # looks for the mail first
    events = [
        waiting(house, written(mail=ZOES_MAIL, mobile=OSCAR, metier="Pilote")),
        sent(house, written(mail=SOMEBODY, mobile=OSCAR, prenom="Camille", metier="Juge")),
    ]
    house.sandbox.contacts.put(ZOE, {"mobile": SIMONE})
    house.clock.move(seconds=31)
    house.drain()

    assert [said(house.report(event)) for event in events] == [("delivered", None), ("created", None)]
    assert [live(house, 811, contact) for contact in (ZOE, *made(house))] == [["Pilote"], ["Juge"]]


def test_a_new_mobile_in_an_answer_that_joined_its_own_persons_lane_is_written(house: House) -> None:
    """As it would have been alone: the mobile finds nobody, the mail finds the contact."""
    events = [waiting(house, written(mail=ZOES_MAIL)), sent(house, written(mail=ZOES_MAIL, mobile=OSCAR))]
    for seconds in (31, 5):
        house.clock.move(seconds=seconds)
        house.drain()

    assert [house.report(event)["outcome"] for event in events] == ["unchanged", "delivered"]
    assert (stored(house)["mobile"], house.report(events[1])["contact"]["found_by"]) == (OSCAR, "mail")


def test_who_says_only_the_new_mail_of_whoever_is_before_them_stays_with_them(house: House) -> None:
    """The mail is not on the contact that was read, and is after the first of the two (docs/ledger.md 7)."""
    house.sandbox.contacts.put(ZOE, {"mobile": OSCAR, "lastchange": LONG_AGO, "UpdatedAt": LONG_AGO})
    events = [
        waiting(house, written(mail=SOMEBODY, mobile=OSCAR, prenom="Zoé")),
        sent(house, written(mail=SOMEBODY, prenom="Zoé", metier="Pilote")),
        sent(house, written(mail=SOMEBODY, prenom="Camille", metier="Juge")),
    ]
    later(house, events[0], seconds=31)

    assert [said(house.report(event)) for event in events[:2]] == [("delivered", None)] * 2
    assert (stored(house)["mail"], live(house, 811)) == (SOMEBODY, ["Pilote"])
    assert [status for method, status in writes(house) if method == "PATCH"] == [200]
    assert said(house.report(events[2])) == ("created", None)


def test_of_two_names_on_a_contact_without_one_the_second_is_somebody_else(house: House) -> None:
    """Whether they cross together or one after the other."""
    house.sandbox.contacts.put(ZOE, {"firstname": "", "surname": ""})
    events = [
        waiting(house, written(mail=ZOES_MAIL, prenom="Anne", metier="Pilote")),
        sent(house, written(mail=ZOES_MAIL, prenom="Boris", metier="Juge")),
        sent(house, written(mail=ZOES_MAIL, prenom="A.", metier="Luthier")),
    ]
    for seconds in (31, 5):
        later(house, events[0], seconds=seconds)

    ends = [said(house.report(event)) for event in events]
    assert ends == [("delivered", None), ("held", "other_person"), ("delivered", None)]
    assert (stored(house)["firstname"], live(house, 811)) == ("Anne", ["Luthier"])


def test_a_contact_that_was_deleted_is_created_anew_once_search_had_time_to_show_another(house: House) -> None:
    """Or merged into one that has other addresses (docs/qomon.md A12)."""
    crossed(house, mail=ZOES_MAIL, metier="Boulangère")
    house.sandbox.contacts.remove(ZOE)
    event = sent(house, written(mail=ZOES_MAIL, prenom="Zoé", metier="Plombière"))
    house.drain()
    seen = [said(house.report(event)), *(later(house, event, seconds=seconds) for seconds in WAITS)]

    assert seen == [("queued", "backoff")] * 4 + [("created", None)]
    assert (len(made(house, ZOES_MAIL)), writes(house)) == (1, [("PATCH", 200), ("POST", 200)])


def test_a_contact_that_is_read_and_can_never_be_written_is_held_in_the_end(house: House) -> None:
    """One of another space, say: every wait is one more write that is denied, and no more."""
    fault(house, "PATCH", "contacts", "missing", 100)
    event = sent(house, ZOES)
    house.drain()
    seen = [said(house.report(event)), *(later(house, event, seconds=seconds) for seconds in WAITS)]

    assert seen == [("queued", "backoff")] * 4 + [("held", "contact_gone")]
    assert [method for method, _status in writes(house)] == ["PATCH"] * 5


def test_a_memory_that_no_longer_holds_is_forgotten(house: House) -> None:
    """The contact has another mail by now, and still that mobile; somebody else has the mail."""
    contact = crossed(house, mail=SOMEBODY, mobile=OSCAR, prenom="Camille")["contact"]["id"]
    house.sandbox.contacts.put(contact, {"mail": "camille.autre@example.org"})
    house.sandbox.contacts.put(ZOE, {"mail": SOMEBODY})
    again = crossed(house, mail=SOMEBODY, prenom="Camille")

    assert (said(again), count(house, tables.known)) == (("held", "other_person"), 1)
