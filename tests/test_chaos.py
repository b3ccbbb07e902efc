"""A short campaign against the real processes, and that its verdict sees each kind of harm."""

import copy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from chaos.clock import Clock
from chaos.disk import Disk
from chaos.judge import Row, Verdict, World, judge
from chaos.people import ERASED, KNOWN, PUT_BACK, Event, Person, load
from chaos.senders import Answered
from tests.support.whole_bridge import House

if TYPE_CHECKING:
    from chaos.qomon import Act, Write

ROOT = Path(__file__).parent.parent
ZOE, NEW = KNOWN[0], Person("Alba", "Abeille", "alba@example.org")
_DELIVERED = ("done", "delivered", None)


@pytest.mark.parametrize(("store", "kills", "seed"), [("sqlite", "3", "3"), ("postgres", "3", "7")])
def test_a_short_campaign_finds_no_harm(store: str, kills: str, seed: str) -> None:
    asked = ["--store", store, "--kills", kills, "--seed", seed, "--people", "10", "--wait", "40", "--deadline", "120"]
    ran = subprocess.run([sys.executable, "-m", "chaos", *asked], cwd=ROOT, text=True, capture_output=True)

    assert "lost 0 wiped 0 overtaken 0 doubled" in ran.stdout, ran.stdout + ran.stderr
    assert "blocked 0" in ran.stdout
    assert (f"seed {seed}" in ran.stdout, ran.returncode) == (True, 0)


def test_a_seed_makes_the_same_load_again() -> None:
    first, second = load(7, 10, 20.0), load(7, 10, 20.0)

    assert [next(first) for _ in range(200)] == [next(second) for _ in range(200)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two answers of Zoé and one of somebody new, all delivered and nothing else changed."""
    house = House(tmp_path, hooks=())
    before = copy.deepcopy(house.sandbox.contacts.all)
    events = [Event(0, ZOE, 0), Event(1, ZOE, 0), Event(2, NEW, 0)]
    sent: list[Write] = []
    for event in events:
        id_ = event.person.contact or max(before) + 1
        tags = [*house.sandbox.contacts.all.get(id_, {"tags": []})["tags"], event.tag]
        person = {"firstname": "Alba", "surname": "Abeille", "mail": NEW.mail} if event.person == NEW else {}
        house.sandbox.contacts.put(id_, {"tags": tags, **person, "custom_fields": _job(house, id_, event.answer)})
        sent.append({"contact": id_, "tags": tags, "answers": [event.answer]})
    rows = {
        f"e{event.number}": Row(f"e{event.number}", *_DELIVERED, (event.number, event.number), False)
        for event in events
    }
    answered = [Answered(event, f"e{event.number}", 1) for event in events]
    return World(answered, rows, before, house.sandbox.contacts.all, sent)


def _job(house: House, id_: int, answer: str) -> list[dict[str, Any]]:
    kept = house.sandbox.contacts.all.get(id_, {"custom_fields": []})["custom_fields"]
    return [*(entry for entry in kept if entry["form_id"] != 811), {"form_id": 811, "data": answer}]


def counts(verdict: Verdict) -> tuple[int, int, int, int, int]:
    lists = (verdict.lost, verdict.wiped, verdict.overtaken, verdict.doubled)
    lost, wiped, overtaken, doubled = map(len, lists)
    return lost, wiped, overtaken, doubled, verdict.again


def stored(world: World, person: Person) -> dict[str, Any]:
    """To be spoiled."""
    found = next(contact for contact in world.after.values() if contact["mail"] == person.mail)
    return cast("dict[str, Any]", found)


@pytest.mark.parametrize(
    ("gone", "left", "wiped", "undone"),
    [(False, True, 0, 0), (False, False, 1, 0), (True, False, 0, 0), (True, True, 0, 1)],
)
def test_what_a_colleague_did_is_as_they_left_it(
    *, world: World, gone: bool, left: bool, wiped: int, undone: int
) -> None:
    """Something of a form that no answer is about."""
    acts: list[Act] = [{"contact": 9000017, "form": 730, "data": "housing", "gone": gone}]
    contact = stored(world, ZOE)
    if not left:
        contact["formdatas"] = [one for one in contact["formdatas"] if one["data"] != "housing"]
    verdict = judge(replace(world, acts=acts))
    assert (counts(verdict), len(verdict.undone)) == ((0, wiped, 0, 0, 0), undone)


def ended(world: World, id_: str, status: str, outcome: str, *, awaited: bool = False) -> World:
    row = replace(world.rows[id_], status=status, outcome=outcome, awaited=awaited)
    return replace(world, rows={**world.rows, id_: row})


def test_a_world_without_harm_is_clean(world: World) -> None:
    assert counts(judge(world)) == (0, 0, 0, 0, 0)


def test_a_delivered_event_whose_tag_is_not_there_is_lost(world: World) -> None:
    stored(world, ZOE)["tags"].remove("n00000")

    assert counts(judge(world)) == (1, 0, 0, 0, 0)


def test_a_promised_event_that_the_store_does_not_have_is_lost(world: World) -> None:
    assert counts(judge(replace(world, rows={id_: row for id_, row in world.rows.items() if id_ != "e1"})))[0] == 1


@pytest.mark.parametrize(
    ("status", "outcome", "awaited", "lost"),
    [
        ("held", "held", False, 0),
        ("open", "queued", True, 0),
        ("open", "queued", False, 1),
        ("done", "ignored", False, 1),
    ],
)
def test_what_is_not_in_qomon_is_held_or_somebody_will_come_for_it(
    world: World, status: str, outcome: str, *, awaited: bool, lost: int
) -> None:
    stored(world, ZOE)["tags"].remove("n00000")

    assert counts(judge(ended(world, "e0", status, outcome, awaited=awaited)))[0] == lost


@pytest.mark.parametrize(
    "spoiled", [{"surname": ""}, {"tags": ["n00000", "n00001"]}, {"formdatas": []}, {"black_list": True}, {"notes": []}]
)
def test_what_no_event_named_and_is_not_as_before_is_wiped(world: World, spoiled: dict[str, Any]) -> None:
    stored(world, ZOE).update(spoiled)

    lost, wiped, *others = counts(judge(world))
    assert (lost, wiped > 0, others) == (0, True, [0, 0, 0])


def test_a_contact_that_nobody_answered_for_must_not_be_touched(world: World) -> None:
    stored(world, KNOWN[1])["lastchange"] = "2026-11-22T09:00:00.000Z"

    assert counts(judge(world)) == (0, 1, 0, 0, 0)


def test_an_older_answer_in_the_place_of_the_newest_is_overtaken(world: World) -> None:
    job = next(entry for entry in stored(world, ZOE)["custom_fields"] if entry["form_id"] == 811)
    job["data"] = "réponse 00000"

    assert counts(judge(world)) == (0, 0, 1, 0, 0)


def test_an_older_answer_that_a_newer_one_replaced_again_was_overtaking_all_the_same(world: World) -> None:
    late = Answered(Event(3, ZOE, 0), "e3", 1)
    rows = {**world.rows, "e3": Row("e3", *_DELIVERED, (0, 3), False)}
    writes: list[Write] = [
        {**world.writes[1], "answers": ["réponse 00003"], "tags": [*world.writes[1]["tags"], "n00003"]},
        {**world.writes[1], "answers": ["réponse 00004"], "tags": [*world.writes[1]["tags"], "n00003"]},
    ]
    stored(world, ZOE)["tags"].append("n00003")
    spoiled = replace(world, answered=[*world.answered, late], rows=rows, writes=[*world.writes, *writes])

    assert counts(judge(spoiled)) == (0, 0, 1, 0, 0)


def test_a_newer_answer_that_is_held_after_it_was_written_is_not_overtaken(world: World) -> None:
    assert counts(judge(ended(world, "e1", "held", "held"))) == (0, 0, 0, 0, 0)


def test_a_write_that_only_repeats_is_counted_and_no_harm(world: World) -> None:
    assert counts(judge(replace(world, writes=[*world.writes, world.writes[-1]]))) == (0, 0, 0, 0, 1)


def test_an_answer_that_comes_back_is_a_second_effect(world: World) -> None:
    back: Write = {**world.writes[1], "answers": world.writes[0]["answers"]}

    assert counts(judge(replace(world, writes=[*world.writes, back]))) == (0, 0, 0, 1, 0)


def test_a_write_that_leaves_out_a_tag_wipes_it(world: World) -> None:
    short: Write = {**world.writes[1], "tags": ["n00001"]}

    assert counts(judge(replace(world, writes=[world.writes[0], short])))[1] == 1


def test_two_contacts_for_one_new_person_are_a_second_effect(world: World) -> None:
    twin = {**stored(world, NEW), "id": 9_999_999}

    assert counts(judge(replace(world, after={**world.after, 9_999_999: twin})))[3] > 0


@pytest.mark.parametrize(
    ("status", "reason", "spoiled", "blocked"),
    [
        ("open", None, False, 1),
        ("open", "qomon_fault", False, 0),
        ("open", "qomon_fault", True, 1),
        ("held", "unopenable", True, 0),
        ("held", "unopenable", False, 1),
        ("done", None, True, 0),
    ],
)
def test_what_nothing_stops_and_what_waits_behind_a_bad_event_is_blocked(
    world: World, status: str, reason: str | None, *, spoiled: bool, blocked: int
) -> None:
    row = replace(world.rows["e0"], status=status, reason=reason, awaited=True)
    seen = replace(world, rows={**world.rows, "e0": row}, spoiled={"e0"} if spoiled else ())

    assert len(judge(seen).blocked) == blocked


def test_a_clock_that_is_put_back_is_so_for_all_who_were_told_of_it_and_for_nobody_else(tmp_path: Path) -> None:
    clock = Clock.started(20.0, 60.0, tmp_path / "clock")
    other, right = Clock.told(clock.telling()), Clock.told(clock.telling()).right

    clock.put(-10_800.0)

    assert abs((other() - clock()).total_seconds()) < 60
    assert (right() - other()).total_seconds() == pytest.approx(10_800, abs=60)


def test_a_disk_that_is_full_takes_nothing_until_it_is_freed(tmp_path: Path) -> None:
    disk = Disk.made(tmp_path / "disk")
    if disk is None:
        pytest.skip("only root may mount one")
    try:
        disk.fill()
        with pytest.raises(OSError, match="No space left"):
            (disk.folder / "file").write_bytes(b"x")
        disk.free()
        (disk.folder / "file").write_bytes(b"x")
    finally:
        disk.end()


def wished(world: World, outcome: str, tags: bool, **row: Any) -> World:  # noqa: FBT001
    """What Céleste wrote is put back, with this outcome; `tags`: and is there all the same."""
    celeste, contact = PUT_BACK, PUT_BACK.contact or 0
    there = {**world.before[contact], "tags": [*world.before[contact]["tags"], *(["n00007"] if tags else [])]}
    rows = {
        **world.rows,
        "e7": Row("e7", *_DELIVERED, (7, 7), False),
        "r7": replace(Row("r7", "done", outcome, None, (8, 8), False, "restore", "e7"), **row),
    }
    answered = [*world.answered, Answered(Event(7, celeste, 0), "e7", 1)]
    return replace(world, rows=rows, answered=answered, after={**world.after, contact: there})


def test_what_was_put_back_is_not_there_and_what_was_left_is(world: World) -> None:
    assert counts(judge(wished(world, "restored", tags=False))) == (0, 0, 0, 0, 0)
    assert counts(judge(wished(world, "restored", tags=True))) == (0, 0, 1, 0, 0)
    assert counts(judge(wished(world, "unchanged", tags=False))) == (1, 0, 0, 0, 0)
    assert counts(judge(wished(world, "queued", tags=True, status="open"))) == (1, 0, 0, 0, 0), "nobody comes for it"
    assert judge(wished(world, "queued", tags=True, status="open")).blocked == ["r7 is open, and nothing stops it"]


def test_who_was_erased_is_not_lost_and_nobody_else_may_be(world: World) -> None:
    gone = Row("e8", "done", "forgotten", None, (8, 8), False)
    asked = [(ERASED, 0), (ZOE, 1)]
    for person, lost in asked:
        answered = [*world.answered, Answered(Event(8, person, 0), "e8", 1)]
        assert len(judge(replace(world, rows={**world.rows, "e8": gone}, answered=answered)).lost) == lost
