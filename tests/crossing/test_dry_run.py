"""docs/laws.md 16: a dry run says what the crossing would do, of an event in any history, and leaves no trace of
itself.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bridge.crossing.opened import Opener
from bridge.crossing.preview import preview
from bridge.errors import TryLater
from bridge.inbox import events
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from bridge.store.tables import brake, spread
from schemas.report import staff_view
from tests.support.commands import run
from tests.support.end_to_end import ANSWERS, PEOPLE, Street
from tests.support.json_hook import ESSAI, plain_house, rows, said, sent, stored, written
from tests.support.unsubscription import HOOK as PARTED
from tests.support.unsubscription import MARTHE, a_house, person, told
from tests.support.whole_bridge import House

shared = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=min(150, settings().max_examples)
)
MAIL = "zoe.lefevre@example.org"
ODD_TIMES = (None, "", "0001-01-01T00:00:00Z", "2026-11-22 10:00:00", "soon", 0, "2031-01-01T00:00:00.123456789+02:00")


def dry(house: House, id_: str) -> dict[str, Any] | None:
    """The staff's view of the dry run of an event that waits; None where Qomon has to be asked later."""
    cases = Opener(house.services.vault, house.services.hooks)
    with house.services.store.read() as tx:
        row = events.find_event(tx, id_)
        assert row is not None
        case = cases.open(tx, row)
    try:
        made = preview(house.services.context, case)
    except TryLater:
        return None
    return staff_view(made.report, "https://bridge.example.org")


def plain(report: Mapping[str, Any]) -> dict[str, Any]:
    """Without outcome, cost and confirmation; the number of somebody who is not created yet is nobody's to know."""
    told = {name: value for name, value in report.items() if name not in ("outcome", "cost", "report_url")}
    told["fields"] = [
        {**line, "confirmed": None}
        for line in report["fields"]
        if line["change"] != "unchanged" or line["confirmed"] not in ("dropped", "overwritten", "rescued", "doubled")
    ]
    if report["contact"] and report["contact"]["created"]:
        told["contact"] = {**report["contact"], "id": None}
    return told


def same(house: House, id_: str) -> dict[str, Any]:
    """The report of the crossing, which the dry run just before it said."""
    before, calls = traces(house), len(writes(house))
    first = dry(house, id_)
    assert (traces(house), len(writes(house))) == (before, calls)
    house.drain()
    report = house.report(id_)
    if first is not None and report["outcome"] != "queued" and report["reason"] != "not_confirmed":
        assert first["outcome"] == "previewed"
        assert plain(first) == plain(report)
    return report


def traces(house: House) -> list[Any]:
    """What the store holds of events, contacts and brakes."""
    mine = (tables.event, tables.lane, tables.intent, tables.mark, tables.seen, tables.known, tables.creating)
    with house.services.store.read() as tx:
        found = [tx.execute(select(table)).all() for table in (*mine, tables.undo, tables.receipt, brake, spread)]
    return [sorted(map(repr, listed)) for listed in found]


def writes(house: House) -> list[Any]:
    return [call for call in house.sandbox.calls if call["method"] in ("PATCH", "PUT", "DELETE") or "upsert" in call]


MAILS = (MAIL, MAIL, MAIL, MAIL, "nouvelle@example.org", "ZOE.Lefevre@example.org", "pas une adresse")
SAYS = st.tuples(
    st.just("says"), ANSWERS, st.sampled_from(("keep", "replace", "hold")), st.integers(-120, 5), st.sampled_from(MAILS)
)
EDITS = st.tuples(
    st.just("edits"),
    st.sampled_from(
        [
            {"surname": "Nouveau"},
            {"surname": ""},
            {"firstname": "Karim"},
            {"phone": "01 99 00 99 99"},
            {"tags": ["newsletter", "Fête"]},
            {"tags": []},
            {"address": {"city": "Paris 11e"}},
            {"address": {}},
            {"formdatas": []},
            {"custom_fields": []},
            {"black_list": True},
            {"black_list": False},
        ]
    ),
)
TOUCHES = st.tuples(st.just("touches"), st.sampled_from(("lastchange", "UpdatedAt")), st.sampled_from(ODD_TIMES))
DECIDES = st.tuples(st.just("releases"))
HISTORY = st.lists(SAYS | SAYS | EDITS | TOUCHES | DECIDES, min_size=1, max_size=6)


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path, ("keep", "replace", "hold"), hold="approve: 1")
    yield made
    made.close()


@shared
@given(PEOPLE, HISTORY, st.sampled_from(("seed", "newer")))
def test_law_16_a_dry_run_says_what_the_crossing_would_do(
    street: Street, person: dict[str, Any], history: Sequence[Any], shape: str
) -> None:
    street.settle_in(person, shape=shape)
    held: list[str] = []
    for step in history:
        street.clock.move(minutes=7)
        if step[0] == "says":
            report = same(street, says(street, *step[1:]))
            event(f"{report['outcome']} {report['reason']}")
            held += [report["event"]] if report["outcome"] == "held" else []
        elif step[0] == "edits":
            street.sandbox.contacts.put(ZOE, step[1])
        elif step[0] == "touches":
            street.sandbox.contacts.all[ZOE] |= {step[1]: step[2]}
        elif held:
            run(street, "inbox", "release", held[-1])
            if same(street, held[-1])["outcome"] != "held":
                held.pop()


def says(street: Street, answers: Mapping[str, Any], policy: str, minutes: int, mail: str) -> str:
    """One submission, made so many minutes before or after now."""
    now = street.clock()
    street.clock.move(minutes=minutes)
    at = street.clock().isoformat().replace("+00:00", "Z")
    street.clock.move(seconds=(now - street.clock()).total_seconds())
    body = {"mail": mail, "submitted_at": at, **answers, "n°": next(street.deliveries)}
    return str(street.post(json.dumps(body).encode(), f"laws-{policy}")["events"][0]["event"])


def test_the_marks_of_newer_answers_count_in_a_dry_run(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    house.clock.move(minutes=10)
    for at, trade, mapped in (("09:08", "Soudeuse", "mapped"), ("09:05", "Peintre", "older"), ("09:09", "x", "mapped")):
        id_ = sent(house, written(mail=MAIL, submitted_at=f"2026-11-22T{at}:00Z", metier=trade))
        first = dry(house, id_)
        assert first is not None
        assert {line["key"]: line["status"] for line in first["answers"]}["metier"] == mapped
        house.drain()


@pytest.mark.usefixtures("both_stores")
def test_a_dry_run_asks_the_brake_and_does_not_pull_it(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("find: [id, mail, mobile]", "find: [mail]"))
    for number in range(9):
        mail = f"nouvelle{number}@example.org"
        assert same(house, sent(house, written(mail=mail, metier="Présidente")))["outcome"] == "created"
    id_ = sent(house, written(mail=MAIL, metier="Présidente"))
    for _ in range(2):
        first = dry(house, id_)
        assert first is not None
        assert said(first) == ("previewed", "breaker")
    assert not [row for row in rows(house, brake) if row.tripped]
    assert said(same(house, id_)) == ("held", "breaker")


def test_somebody_whom_memory_takes_for_another_is_led_as_in_a_crossing(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    same(house, sent(house, written(mail=MAIL, metier="Soudeuse")))
    house.clock.move(minutes=1)
    house.sandbox.contacts.put(ZOE, {"firstname": "Karim"})
    id_ = sent(house, written(mail=MAIL, prenom="Zoé", metier="Peintre"))
    first = dry(house, id_)
    assert first is not None
    assert said(first) == ("previewed", "other_person")
    house.drain()
    assert said(house.report(id_)) == ("held", "other_person")


@pytest.mark.usefixtures("both_stores")
def test_a_preview_of_a_kept_event_is_the_crossing_of_its_release(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", "mode: preview"))
    house.clock.move(minutes=10)
    house.sandbox.contacts.put(ZOE, {"surname": "Nouveau"})
    id_ = sent(house, written(mail=MAIL, submitted_at="2026-11-22T09:05:00Z", metier="Soudeuse", mobile="0639980188"))
    house.drain()
    shown, before = house.report(id_), stored(house)
    assert (said(shown), stored(house)) == (("previewed", None), before)
    house.import_hook(ESSAI)
    assert run(house, "inbox", "release", id_).exit_code == 0
    house.drain()
    assert {**plain(shown), "revision": 2} == plain(house.report(id_))


@pytest.mark.usefixtures("both_stores")
def test_the_address_that_somebody_left_finds_nobody_in_a_dry_run_either(tmp_path: Path) -> None:
    """Memory still has whose it was: the crossing forgets that, and a dry run may not."""
    house = a_house(tmp_path, PARTED.replace("only: {answer: PAYS, is: [France]}\n", ""))
    person(house, MARTHE)
    same(house, str(told(house, event="list_addition", ts=1)["event"]))
    house.sandbox.contacts.put(MARTHE, {"mail": "gil.neuf@example.org"})
    assert said(same(house, str(told(house)["event"]))) == ("ignored", "missing_contact")
