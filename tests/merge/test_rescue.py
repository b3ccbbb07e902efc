"""A colleague at work in the moment of our write (docs/laws.md 11): what they added is put back, what they removed
stays out.
"""

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.merge import rescue
from bridge.qomon.catalogue import Form
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from schemas import normal
from tests.support.json_hook import ZOES, asked, count, fault, live, plain_house, said, sent, stored, switch, written
from tests.support.sandbox_client import entry
from tests.support.whole_bridge import House

WATER = {"formdatas": [entry(730, 7310, "water", None)]}
HOUSING = {"formdatas": [entry(730, 7301, "housing", None)]}
JOB = {"custom_fields": [entry(811, 8111, "Avocate", None)]}
PROBABLE = {"formdatas": [entry(720, 7202, "probable", None)]}


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Every answer takes some time: what a colleague does comes before our write."""
    made = plain_house(tmp_path)
    made.read_catalogue()
    switch(made, latency_ms=50)
    return made


def meanwhile(house: House, name: str, edit: dict[str, Any]) -> None:
    """Right after our read."""
    fault(house, "GET", "contacts", name, edit=edit)


def crossed(house: House, body: bytes = ZOES) -> dict[str, Any]:
    event = sent(house, body)
    house.drain()
    for _ in range(4):
        house.clock.move(minutes=2)
        house.drain()
    assert (count(house, tables.intent), count(house, tables.lane)) == (0, 0)
    return house.report(event)


def confirmed(report: dict[str, Any]) -> dict[str, str]:
    return {line["field"]: line["confirmed"] for line in report["fields"] if line["confirmed"]}


def others(house: House) -> list[tuple[Any, ...]]:
    """What lives in Qomon, but for what these tests are about."""
    own = (730, 720, 811)
    entries = [e for array in ("formdatas", "custom_fields") for e in stored(house)[array] if not e["deleted_at"]]
    return sorted(
        (e["form_id"], e["form_ref_id"], e["data"], e["date"][:23]) for e in entries if e["form_id"] not in own
    )


SHAPES = pytest.mark.parametrize(
    "shape",
    [
        {},
        {"echo": "partial"},
        {"alive": "zero", "shape": "newer"},
        {"ids": "text", "alive": "go"},
        {"refs": "missing", "alive": "invalid"},
        {"stamps": "row"},
        {"remains": True},
    ],
)
BROKEN = pytest.mark.parametrize(
    "broken", [[], ["cut"], ["html"], ["slow", "cut"], ["slow", "html"], ["slow", "error_before"], ["slow", "quota"]]
)
"""What the first PATCH meets, and the second."""


def break_writes(house: House, broken: list[str]) -> None:
    for name in broken:
        fault(house, "PATCH", "contacts", name, **({"ms": 1} if name == "slow" else {}))


@SHAPES
def test_what_a_colleague_adds_in_that_moment_is_put_back(house: House, shape: dict[str, Any]) -> None:
    switch(house, **shape)
    before, themes = others(house), live(house, 730)
    meanwhile(house, "added", WATER)
    report = crossed(house)
    assert said(report) == ("delivered", None)
    assert confirmed(report) == {"custom_fields.Métier": "stored", "formdatas.Thèmes importants": "rescued"}
    assert (sorted(live(house, 730)), live(house, 811)) == (sorted([*themes, "water"]), ["Boulangère"])
    assert (others(house), asked(house, "PATCH")) == (before, 2)


@SHAPES
def test_what_a_colleague_removes_in_that_moment_stays_out(house: House, shape: dict[str, Any]) -> None:
    switch(house, **shape)
    before, themes = others(house), live(house, 730)
    if "stamps" in shape:
        switch(house, latency_ms=1500)
    meanwhile(house, "removed", HOUSING)
    report = crossed(house)
    assert said(report) == ("delivered", None)
    assert confirmed(report) == {"custom_fields.Métier": "stored", "formdatas.Thèmes importants": "rescued"}
    assert (live(house, 730), live(house, 811)) == ([one for one in themes if one != "housing"], ["Boulangère"])
    assert (others(house), asked(house, "PATCH")) == (before, 2)


def test_a_colleague_who_goes_on_working_is_followed(house: House) -> None:
    """In the moment of each further write, too: where the echo is short, a read tells of it."""
    switch(house, echo="partial")
    before, themes = others(house), live(house, 730)
    for ref, data in ((7310, "water"), (7309, "sport"), (7307, "safety")):
        meanwhile(house, "added", {"formdatas": [entry(730, ref, data, None)]})
    report = crossed(house)
    assert said(report) == ("delivered", None)
    assert confirmed(report) == {"custom_fields.Métier": "stored", "formdatas.Thèmes importants": "rescued"}
    assert sorted(live(house, 730)) == sorted({*themes, "water", "sport", "safety"})
    assert (others(house), live(house, 811), asked(house, "PATCH")) == (before, ["Boulangère"], 4)


@pytest.mark.usefixtures("both_stores")
@BROKEN
@pytest.mark.parametrize(("name", "edit"), [("added", WATER), ("removed", HOUSING), ("added", PROBABLE)])
def test_whatever_breaks_off_the_end_is_the_same(
    house: House, name: str, edit: dict[str, Any], broken: list[str]
) -> None:
    before, themes = others(house), set(live(house, 730))
    meanwhile(house, name, edit)
    break_writes(house, broken)
    report = crossed(house)
    form = edit["formdatas"][0]["form_id"]
    expected = {"water": themes | {"water"}, "housing": themes - {"housing"}, "probable": {"probable"}}
    assert said(report) == ("delivered", None)
    assert (others(house), live(house, 811)) == (before, ["Boulangère"])
    assert set(live(house, form)) == expected[edit["formdatas"][0]["data"]]
    assert "rescued" in confirmed(report).values()


def test_of_one_value_that_both_write_the_colleague_said_it_last(house: House) -> None:
    meanwhile(house, "added", JOB)
    report = crossed(house)
    assert confirmed(report) == {"custom_fields.Métier": "rescued"}
    assert live(house, 811) == ["Avocate"]
    again = crossed(house, written(mail="zoe.lefevre@example.org", metier="Plombière"))
    assert (said(again), live(house, 811)) == (("delivered", None), ["Plombière"])


def test_a_choice_replaced_in_that_moment_is_the_colleagues(house: House) -> None:
    meanwhile(house, "added", PROBABLE)
    report = crossed(house)
    assert (live(house, 720), confirmed(report)["formdatas.Niveau de soutien"]) == (["probable"], "rescued")


def test_what_a_colleague_adds_where_there_was_nothing_is_put_back(house: House) -> None:
    house.sandbox.contacts.put(ZOE, {"formdatas": [], "custom_fields": []})
    meanwhile(house, "added", WATER)
    report = crossed(house, written(mail="zoe.lefevre@example.org", mobile="+33639980142"))
    assert (live(house, 730), confirmed(report)["formdatas.Thèmes importants"]) == (["water"], "rescued")


def test_a_colleague_who_wrote_the_whole_contact_anew_removed_nothing(house: House) -> None:
    """Another tool's PATCH: every entry is deleted and made again, before ours does the same."""
    before, themes = others(house), live(house, 730)
    contacts = house.sandbox.contacts
    lists = {
        array: [e for e in stored(house)[array] if not e["deleted_at"]] for array in ("formdatas", "custom_fields")
    }
    first = contacts.replace

    def twice(contact_id: int, sent_: Any, *more: Any) -> Any:
        contacts.replace = first  # type: ignore[method-assign]
        first(contact_id, {**stored(house), "tags": [], "notes": [], **lists})
        house.clock.move(milliseconds=300)
        return first(contact_id, sent_, *more)

    contacts.replace = twice  # type: ignore[assignment, method-assign]
    report = crossed(house)
    assert confirmed(report) == {"custom_fields.Métier": "stored"}
    assert (others(house), live(house, 730), live(house, 811)) == (before, themes, ["Boulangère"])


@pytest.mark.parametrize("broken", [[], ["html"], ["slow", "cut"], ["slow", "slow", "cut"]])
@pytest.mark.parametrize("second", [("added", PROBABLE), ("removed", HOUSING), ("removed", WATER)])
def test_the_second_write_has_such_a_moment_too(
    house: House, second: tuple[str, dict[str, Any]], broken: list[str]
) -> None:
    """A colleague who comes before the one and another who comes before the other."""
    switch(house, echo="partial")  # so that a read comes in between
    before, themes = others(house), {*live(house, 730), "water"}
    meanwhile(house, "added", WATER)
    meanwhile(house, second[0], second[1])
    break_writes(house, broken)
    report = crossed(house)
    expected = {"removed": themes - {second[1]["formdatas"][0]["data"]}, "added": themes}
    if second[1] == WATER:
        expected["removed"] = themes  # it was not there when that colleague looked
    assert set(live(house, 730)) == expected[second[0]]
    assert live(house, 720) == (["probable"] if second[0] == "added" else ["supporter"])
    assert (others(house), live(house, 811), said(report)) == (before, ["Boulangère"], ("delivered", None))


def test_nobody_else_there_is_one_write(house: House) -> None:
    assert confirmed(crossed(house)) == {"custom_fields.Métier": "stored"}
    assert (asked(house, "PATCH"), asked(house, "GET", "/contacts")) == (1, 1)


def test_what_was_deleted_long_ago_stays_deleted(house: House) -> None:
    """Soft-deleted entries come into reads that did not show them before: they are nobody's of this moment."""
    gone = [e["data"] for e in stored(house)["formdatas"] if e["deleted_at"]]
    switch(house, soft_deleted=False)
    event = sent(house, ZOES)
    first = house.sandbox.contacts.replace

    def shown(*given: Any) -> Any:
        switch(house, soft_deleted=True)
        return first(*given)

    house.sandbox.contacts.replace = shown  # type: ignore[assignment, method-assign]
    house.drain()
    assert (gone, confirmed(house.report(event))) == (
        ["consent_email", "undecided", "non"],
        {"custom_fields.Métier": "stored"},
    )


def test_when_qomon_refuses_the_second_write_it_is_said(house: House) -> None:
    meanwhile(house, "added", WATER)
    break_writes(house, ["slow", "rejected"])
    report = crossed(house)
    assert said(report) == ("held", "not_confirmed")
    assert confirmed(report) == {"custom_fields.Métier": "stored", "formdatas.Thèmes importants": "dropped"}


@pytest.mark.parametrize("reading", ["appended", "literal"])
def test_more_than_was_sent_is_told_and_held(house: House, reading: str) -> None:
    switch(house, entries=reading)
    report = crossed(house)
    assert said(report) == ("held", "not_confirmed")
    assert confirmed(report)["custom_fields.Métier"] == "doubled"
    assert sorted(live(house, 811)) == ["Boulangère", "Menuisière"]
    assert ("formdatas.Secteur" in confirmed(report)) == (reading == "literal")
    assert count(house, tables.undo) == 1


def test_twins_are_sent_once(house: House) -> None:
    twin = {"form_id": 811, "form_ref_id": 8111, "data": "Zozo", "date": "2024-02-11T10:20:30.000Z"}
    house.sandbox.contacts.put(ZOE, {"custom_fields": [twin, twin]})
    report = crossed(house, written(mail="zoe.lefevre@example.org", mobile="+33639980142"))
    assert (said(report), live(house, 811)) == (("delivered", None), ["Zozo"])


FORMS = {730: Form(730, "", "checkbox", "survey", ()), 811: Form(811, "", "text", "custom_fields", ())}
STEPS = st.lists(st.integers(1, 30), min_size=12, max_size=12)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def at(ms: int) -> str:
    return normal.to_ms(NOON + timedelta(milliseconds=ms))


@st.composite
def patched(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """A read, what is sent, and what its PATCH shows, which deletes and makes list by list, at once or row by row;
    nobody else is there."""
    now, read, shown, sent_ = 0, {}, {}, {}
    for array, form in (("formdatas", 730), ("custom_fields", 811)):
        many = draw(st.integers(0, 6))
        entries = [{"form_id": form, "form_ref_id": 1, "data": f"{place}"} for place in range(many)]
        old = [{**one, "id": 100 + place, "created_at": at(-9000)} for place, one in enumerate(entries)]
        steps = draw(STEPS) if draw(st.booleans()) else [0] * 12
        times = list(accumulate([now + draw(st.integers(0, 200)), *steps]))
        gone = [{**one, "deleted_at": at(times[place])} for place, one in enumerate(old)]
        fresh = [{**one, "id": 200 + place, "created_at": at(times[6 + place])} for place, one in enumerate(entries)]
        now = times[-1]
        read[array], shown[array], sent_[array] = old, gone + fresh, entries
    return {**read, "lastchange": at(-9000)}, sent_, {**shown, "lastchange": at(now)}


@given(patched(), st.booleans())
def test_a_patch_by_itself_is_no_colleague_however_long_it_takes(
    found: tuple[dict[str, Any], dict[str, Any], dict[str, Any]],
    echo: bool,  # noqa: FBT001
) -> None:
    read, sent_, shown = found
    assert rescue.between(rescue.trace(read), sent_, shown, FORMS, echo=echo) is None
