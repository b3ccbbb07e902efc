"""What was written is put back, through the contact's lane (docs/laws.md 12): `flask restore`, one and many."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from bridge.hooks import breaker
from bridge.hooks.revisions import By
from bridge.inbox import lanes
from bridge.model import Lane
from bridge.operations import restore
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from schemas.report import staff_view
from tests.support.commands import printed, run
from tests.support.json_hook import ZOES, ZOES_MAIL, asked, crossed, fault, later, live, said, sent, stored, written
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

TIMES = ("lastchange", "UpdatedAt", "CreatedAt", "updated_at")
ENTRY = ("form_id", "form_ref_id", "data")


def contact(house: House) -> dict[str, Any]:
    """As it stands, ids, author and times of writing aside."""
    whole = {name: value for name, value in stored(house).items() if name not in TIMES}
    entries = [*whole.pop("formdatas"), *whole.pop("custom_fields")]  # a read may show one in the other's place
    alive = [entry for entry in entries if not entry["deleted_at"]]
    return {**whole, "entries": sorted((*(one[name] for name in ENTRY), str(one["date"])[:23]) for one in alive)}


def put_back(house: House, event: str) -> dict[str, Any]:
    """The report of the event that did it."""
    made: str = printed(run(house, "restore", event, "--json"))["restored_by"]
    house.drain()
    return house.report(made)


def refused(house: House, *words: str) -> str:
    result = run(house, "restore", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr.strip()


def test_a_write_that_is_put_back_leaves_the_contact_as_it_was_and_can_itself_be_put_back(house: House) -> None:
    before = contact(house)
    answers = {"metier": "Boulangère", "dispo": ["Tractage"], "mobile": "0639980199", "naissance": "01/02/1990"}
    event = crossed(house, mail=ZOES_MAIL, lettre="Oui", **answers)["event"]
    written_ = contact(house)
    told = put_back(house, event)

    assert (said(told), told["restores"], told["left"]) == (("restored", None), event, [])
    assert {line["confirmed"] for line in told["fields"]} == {"stored"}
    assert contact(house) == before != written_
    assert asked(house, "POST", "/contacts") == 0
    assert f"it was put back already. To take that back: flask restore {told['event']}" in refused(house, event)

    assert f"Put back by {told['event']}: restored" in run(house, "inbox", "show", event).stderr

    again = put_back(house, told["event"])
    assert again["left"] == [{"field": "formdatas.Consentement", "why": "consent"}], "no consent is given again"
    assert live(house, 811) == ["Boulangère"]
    assert put_back(house, event)["outcome"] == "restored", "what was taken back may be put back again"


def test_what_somebody_changed_since_stays_and_is_named(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère", mobile="0639980199")["event"]
    house.sandbox.contacts.all[ZOE]["mobile"] = "+33639980155"
    seen = printed(run(house, "restore", event, "--dry-run", "--json"))
    told = put_back(house, event)

    assert told["left"] == seen["left"] == [{"field": "mobile", "why": "changed_since"}]
    assert {"field": "mobile", "change": "unchanged", "confirmed": "overwritten"} in told["fields"]
    assert (stored(house)["mobile"], live(house, 811)) == ("+33639980155", ["Menuisière"])
    assert "mobile: changed since: left as it is" in run(house, "inbox", "show", told["event"]).output


def test_what_cannot_be_put_back_says_why(house: House) -> None:
    made = crossed(house, mail="nouveau@example.org", metier="Soudeur")
    same = crossed(house, mail=ZOES_MAIL)["event"]
    old = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    with house.services.store.write() as tx:
        tx.execute(delete(tables.undo).where(tables.undo.c.event == old))
    odd = crossed(house, mail=ZOES_MAIL, metier="Pompière")["event"]
    with house.services.store.write() as tx:
        tx.execute(update(tables.undo).where(tables.undo.c.event == odd).values(sealed=b"odd"))
    before = contact(house)

    assert f"it made a new contact ({made['contact']['id']}), and no contact is ever unmade" in refused(
        house, made["event"]
    )
    assert "it changed nothing" in refused(house, same)
    assert "its way back was erased when its days were over" in refused(house, old)
    assert "its way back does not open" in refused(house, odd)
    assert "no such submission" in refused(house, "nobody")
    waits = sent(house, ZOES)
    assert "it changed nothing" in refused(house, waits)
    assert contact(house) == before
    assert "One of EVENT and --hook" in run(house, "restore").stderr
    assert "There is no hook nobody" in refused(house, "--hook", "nobody")


def test_what_was_corrected_and_written_again_is_put_back_again(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    house.clock.move(minutes=1)
    assert put_back(house, event)["outcome"] == "restored"
    house.clock.move(minutes=1)
    run(house, "inbox", "correct", event, "--set", "metier=Pompière", "--who", "Léa", "--why", "une faute")
    house.drain()
    assert live(house, 811) == ["Pompière"]
    assert (put_back(house, event)["outcome"], live(house, 811)) == ("restored", ["Menuisière"])


def test_what_is_being_put_back_is_not_asked_twice_and_waits_for_whoever_works_on_the_contact(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    with house.services.store.write() as tx:
        restore.ask(tx, house.services.vault, event, By(house.clock()))
        lease = lanes.claim(tx, Lane.of_contact("default", ZOE), house.clock())
    assert "it is being put back already" in refused(house, event)
    house.drain()
    assert (lease is not None, live(house, 811)) == (True, ["Boulangère"])


def test_a_write_back_whose_answer_is_lost_is_read_before_anything_is_said(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    fault(house, "PATCH", "contacts", "timeout_after")
    told = put_back(house, event)
    assert told["outcome"] == "queued"
    assert later(house, told["event"], seconds=61) == ("restored", None)
    assert live(house, 811) == ["Menuisière"]


def test_of_a_contact_that_is_gone_nothing_is_put_back_and_others_are_found_again(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    other = sent(house, written(mail=ZOES_MAIL, metier="Soudeuse"))
    gone = house.sandbox.contacts.all.pop(ZOE)
    assert "no longer in Qomon" in refused(house, event, "--dry-run")
    told = put_back(house, event)
    assert said(told) == ("held", "contact_gone")
    assert said(house.report(other)) != ("held", "contact_gone")
    for words in (("decide", told["event"], "--contact", ZOE), ("show", told["event"], "--body")):
        assert f"it puts back what was written by: {event}" in run(house, "inbox", *words).stderr
    house.sandbox.contacts.all[ZOE] = gone
    assert run(house, "inbox", "release", told["event"]).exit_code == 0
    house.drain()
    assert said(house.report(told["event"])) == ("restored", None)


def test_what_a_paused_or_stopped_webhook_wrote_is_put_back_all_the_same(house: House) -> None:
    """For that it was stopped. Nor is what is put back counted as a mistake of its mapping."""
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    run(house, "pause", "--hook", "essai")
    with house.services.store.write() as tx:
        hook = house.services.hooks.id_of(tx, "essai") or ""
        breaker.pull(tx, hook, breaker.Cause("clears", "", 9, "clears"), house.clock())
    assert said(put_back(house, event)) == ("restored", None)


def test_all_that_a_version_wrote_is_put_back_newest_first(house: House) -> None:
    before = contact(house)
    events = [
        crossed(house, mail=ZOES_MAIL, metier=metier)["event"] for metier in ("Boulangère", "Pompière", "Soudeuse")
    ]
    made = crossed(house, mail="nouveau@example.org")["event"]
    seen = printed(run(house, "restore", "--hook", "essai", "--revision", "1", "--dry-run", "--json"))
    job = printed(run(house, "restore", "--hook", "essai", "--revision", "1", "--yes", "--why", "faux", "--json"))
    house.drain()

    assert [one["event"] for one in seen["events"]] == events[::-1]
    assert all((one["fields"], one["left"]) == (["custom_fields.Métier"], []) for one in seen["events"])
    assert seen["stays"] == {"created": [made], "erased": []}
    assert (job["total"], job["waits"], job["state"]) == (3, 3, "runs")
    done = printed(run(house, "jobs", "show", job["job"], "--json"))
    assert (done["state"], done["outcomes"], done["why"]) == ("done", {"restored": 3}, "faux")
    assert contact(house) == before
    assert "Nothing lies between" in refused(house, "--hook", "essai", "--since", "now", "--until", "yesterday")
    assert "Nothing of it can be put back" in refused(house, "--hook", "essai", "--revision", "9", "--yes")


def test_the_answer_of_the_tool_shows_nothing_of_it(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    told = put_back(house, event)
    assert set(staff_view(told, "")) >= {"restores", "left"}
    with house.services.store.read() as tx:
        assert {one.outcome for one in tx.execute(tables.event.select())} == {"delivered", "restored"}
