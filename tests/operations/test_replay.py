"""What came is sent again, one or many, and jobs of many are stopped and gone on with: `flask inbox replay`, `jobs`."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bridge.inbox import lanes
from bridge.model import Lane
from bridge.operations import jobs
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import printed, run
from tests.support.json_hook import (
    ESSAI,
    PROOF,
    ZOES,
    ZOES_MAIL,
    asked,
    crossed,
    live,
    plain_house,
    rows,
    said,
    send,
    sent,
    stored,
    written,
)
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("both_stores")

BETTER = ESSAI.replace("- {from: metier, to: custom_fields.Métier}", "- {from: metier, to: custom_fields.Surnom}")


def sent_again(house: House, event: str, *words: str) -> dict[str, Any]:
    """The report of the event that did it."""
    made: str = printed(run(house, "inbox", "replay", event, *words, "--json"))["replayed_by"]
    house.drain()
    return house.report(made)


def refused(house: House, *words: str) -> str:
    result = run(house, "inbox", "replay", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr.strip()


def job(house: House, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = printed(run(house, "jobs", "show", id_, "--json"))
    return found


def test_it_crosses_by_the_webhook_as_it_is_now_or_as_it_was_and_only_what_differs_is_written(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    patches = asked(house, "PATCH")
    same = sent_again(house, event)
    assert (said(same), same["replays"], asked(house, "PATCH")) == (("unchanged", None), event, patches)

    house.import_hook(BETTER)
    seen = printed(run(house, "inbox", "replay", event, "--dry-run", "--json"))
    now = sent_again(house, event)
    assert (said(now), now["revision"], live(house, 820)) == (("delivered", None), 2, ["Boulangère"])
    assert seen["fields"] == [{**line, "confirmed": None} for line in now["fields"]]
    assert (seen["revision"], seen["outcome"]) == (2, "previewed")
    assert sent_again(house, event, "--revision", "1")["revision"] == 1
    assert house.report(event)["outcome"] == "delivered", "what it did when it came stays known"


def test_what_is_newer_stays_and_what_was_put_back_is_written_again(house: House) -> None:
    first = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    house.clock.move(seconds=1)
    newer = crossed(house, mail=ZOES_MAIL, metier="Pompière")["event"]
    assert [line["status"] for line in sent_again(house, first)["answers"]] == ["older", "older"]
    assert live(house, 811) == ["Pompière"]

    run(house, "restore", newer)
    house.drain()
    assert live(house, 811) == ["Boulangère"]
    assert said(sent_again(house, newer)) == ("delivered", None)
    assert live(house, 811) == ["Pompière"]


def test_what_people_decided_and_put_right_counts_again(house: House) -> None:
    wrong = crossed(house, mail=ZOES_MAIL, metier="Boulangére")["event"]
    run(house, "inbox", "correct", wrong, "--set", "metier=Boulangère", "--who", "Léa", "--why", "une faute")
    house.drain()
    house.clock.move(minutes=5)  # whoever was found a moment ago may be whom somebody is just making
    new = crossed(house, mail=ZOES_MAIL, prenom="Karim", metier="Soudeur")["event"]
    run(house, "inbox", "decide", new, "--create")
    house.drain()
    made = house.report(new)["contact"]["id"]
    patches, posts = asked(house, "PATCH"), asked(house, "POST", "/contacts")

    beside, corrected = sent_again(house, new), sent_again(house, wrong)
    assert (said(beside), beside["contact"]["id"]) == (("unchanged", None), made), "nobody is made twice"
    assert (said(corrected), live(house, 811)) == (("unchanged", None), ["Boulangère"])
    assert (asked(house, "PATCH"), asked(house, "POST", "/contacts")) == (patches, posts)
    assert [one.get("original") for one in corrected["answers"]][-1] == "Boulangére"


def test_one_that_is_held_is_sent_and_is_still_no_repeat_of_itself(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, prenom="Zoé", metier="Boulangère")["event"]
    house.sandbox.contacts.all[ZOE]["firstname"] = "Quelqu'un d'autre"
    told = sent_again(house, event)
    assert said(told) == ("held", "other_person")
    house.sandbox.contacts.all[ZOE]["firstname"] = "Zoé"
    run(house, "inbox", "release", told["event"])
    house.drain()
    assert (house.report(told["event"])["outcome"], house.report(told["event"])["replays"]) == ("unchanged", event)
    (answer,) = send(house, written(mail=ZOES_MAIL, prenom="Zoé", metier="Boulangère"))["events"]
    assert (answer["outcome"], answer["event"]) == ("duplicate", event)


def test_a_tool_that_sends_it_once_more_repeats_the_first_one(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    sent_again(house, event)
    (answer,) = send(house, written(mail=ZOES_MAIL, metier="Boulangère"))["events"]
    assert (answer["outcome"], answer["event"]) == ("duplicate", event)


def test_it_goes_into_the_account_that_its_webhook_has_now(tmp_path: Path) -> None:
    house = plain_house(tmp_path, QOMON_TOKEN__LYON="another-token", QOMON_URL__LYON="https://qomon.example.org")
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    moved = ESSAI.replace("mode: live", "mode: live\nspace: lyon")
    house.import_hook(moved)
    made = printed(run(house, "inbox", "replay", event, "--json"))["replayed_by"]
    (row,) = [one for one in rows(house, tables.event) if one.id == made]
    assert (row.space, row.lane.split(":")[1]) == ("lyon", "lyon")
    assert {one.space for one in rows(house, tables.identity) if one.event == made} == {"lyon"}


def test_each_webhook_is_compared_with_itself(house: House) -> None:
    house.import_hook(ESSAI.replace("hook: essai", "hook: autre").replace("essai234", "autre234"))
    crossed(house, mail=ZOES_MAIL, metier="Boulangère")
    headers = {**PROOF, "Content-Type": "application/json"}
    house.door.post("/hooks/autre234", data=written(mail=ZOES_MAIL, dispo=["Tractage"]), headers=headers)
    house.drain()
    words = ("inbox", "replay", "--person", ZOES_MAIL, "--dry-run")
    seen = {
        one["hook"]: {line["field"] for line in one["fields"]}
        for one in printed(run(house, *words, "--json"))["versions"]
    }
    assert seen == {"essai": {"mail", "custom_fields.Métier"}, "autre": {"mail", "custom_fields.Disponibilités"}}
    with house.services.store.write() as tx:
        tx.execute(update(tables.revision).values(text="hook: nothing"))
    house.services.hooks.forget()
    assert "essai, version 1: does not load" in run(house, *words).output


def test_a_list_says_what_each_is_about(house: House) -> None:
    event = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    again = sent_again(house, event)["event"]
    first, *_others = printed(run(house, "inbox", "list", "--json"))
    assert (first["event"], first["action"], first["about"]) == (again, "replay", event)
    assert f"Sent again: {event}" in run(house, "inbox", "list").output


def test_what_cannot_be_sent_again_says_why(house: House) -> None:
    done = crossed(house, mail=ZOES_MAIL, metier="Boulangère")["event"]
    held = crossed(house, mail=ZOES_MAIL, prenom="Karim")["event"]
    waits = sent(house, ZOES)
    again = printed(run(house, "inbox", "replay", done, "--json"))["replayed_by"]

    assert f"it is not over. For that: flask inbox release {held}" in refused(house, held)
    assert f"it is not over. For that: flask inbox retry {waits}" in refused(house, waits)
    assert "it is being sent again already" in refused(house, done)
    assert f"it is itself about another submission: {done}" in refused(house, again)
    assert "no such submission" in refused(house, "nobody")
    house.drain()
    house.import_hook(ESSAI.replace("mode: live", "mode: capture"))
    assert "by this version of its webhook it would be captured" in refused(house, done)
    assert "Nothing fits" in refused(house, "--hook", "essai", "--until", "yesterday")
    house.clock.move(days=31)
    house.prune()
    assert "its answers were erased" in refused(house, done)
    assert "One of EVENT and a filter" in run(house, "inbox", "replay").stderr
    assert "goes with --hook" in run(house, "inbox", "replay", "--since", "yesterday", "--revision", "1").stderr


def people(house: House, many: int) -> list[str]:
    """New ones, as the sandbox knows them."""
    for number in range(many):
        person = {"mail": f"personne{number}@example.org", "firstname": "Camille"}
        house.sandbox.contacts.put(9_500_000 + number, person)
    events = [sent(house, written(mail=f"personne{n}@example.org", metier=f"Métier {n}")) for n in range(many)]
    house.drain()
    house.clock.move(minutes=5)  # the tokens are there again
    return events


def test_many_are_sent_again_by_filter_and_what_would_differ_is_said_before(house: House) -> None:
    people(house, 3)
    house.import_hook(BETTER)
    seen = printed(run(house, "inbox", "replay", "--hook", "essai", "--dry-run", "--json"))
    (version,) = seen["versions"]
    fields = {line["field"]: (line["same"], line["new"], line["lost"]) for line in version["fields"]}
    assert (seen["submissions"], fields["custom_fields.Métier"], fields["mail"]) == (3, (0, 0, 3), (3, 0, 0))

    done = printed(run(house, "inbox", "replay", "--hook", "essai", "--outcome", "delivered", "--yes", "--json"))
    house.drain()
    assert (done["total"], job(house, done["job"])["outcomes"]) == (3, {"delivered": 3})
    one = printed(run(house, "inbox", "replay", "--person", "personne1@example.org", "--yes", "--json"))
    assert (one["total"], one["begun"]) == (1, 1)
    asks = run(house, "inbox", "replay", "--hook", "essai", stdin="n\n")
    assert (asks.exit_code, "3 submissions are sent again. Go on?" in asks.output) == (1, True)


def test_a_job_that_is_stopped_half_way_takes_back_what_did_not_begin_and_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AHEAD", 4)
    events = people(house, 9)
    before = asked(house, "PATCH")
    id_ = printed(run(house, "restore", "--hook", "essai", "--yes", "--json"))["job"]
    assert (job(house, id_)["begun"], job(house, id_)["state"]) == (4, "runs")
    with house.services.store.write() as tx:  # somebody works on the newest
        held = lanes.claim(tx, Lane.of_contact("default", 9_500_008), house.clock())
    assert run(house, "jobs", "stop", id_).exit_code == 0
    assert (job(house, id_)["begun"], job(house, id_)["state"]) == (1, "stopped"), "what is in hand is finished"
    assert "it is stopped already" in run(house, "jobs", "stop", id_).stderr
    jobs.feed(house.services)
    assert job(house, id_)["begun"] == 1
    with house.services.store.write() as tx:
        assert held is not None
        lanes.release(tx, held, house.clock())
    house.drain()

    assert run(house, "jobs", "resume", id_).exit_code == 0
    for _ in range(3):
        house.clock.move(minutes=1)
        house.drain()
        jobs.feed(house.services)
    house.drain()
    done = job(house, id_)
    assert (done["state"], done["outcomes"], done["left"]) == ("done", {"restored": 9}, [])
    assert asked(house, "PATCH") - before == len(events), "each once"
    assert "it is over already" in run(house, "jobs", "stop", id_).stderr
    assert "it is not stopped" in run(house, "jobs", "resume", id_).stderr
    assert "there is no such job" in run(house, "jobs", "show", "nobody").stderr
    assert len(printed(run(house, "jobs", "list", "--json"))) == 1
    house.clock.move(days=401)
    house.prune()
    assert rows(house, tables.job) == []


def test_what_just_comes_goes_before_a_job_and_no_call_is_refused(house: House) -> None:
    people(house, 30)
    run(house, "restore", "--hook", "essai", "--yes")
    new = sent(house, ZOES)
    with house.services.store.read() as tx:
        first = min(lanes.due(tx, house.clock()), key=lambda one: one.rank)
    assert str(first.lane).startswith(("identity:", f"contact:default:{ZOE}"))
    for _ in range(20):
        house.clock.move(seconds=10)
        house.drain()
    assert said(house.report(new)) == ("delivered", None)
    assert {one.outcome for one in rows(house, tables.event) if one.job} == {"restored"}
    assert {call["status"] for call in house.sandbox.calls} == {200}
    assert stored(house, 9_500_029)["mail"] == "personne29@example.org"
