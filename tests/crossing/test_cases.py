"""What real people and real tools did to a whole bridge, and what must be in Qomon afterwards.

A case is a few files in `cases/`, named after what happened:

    NAME.hook.yaml       the webhook
    NAME.start.json      the contacts that Qomon has, numbered from 9300000; `$ID0`, `$ID1` in a call are their numbers
    NAME.send1.json      the calls in order (.txt for a form's body)
    NAME.meta.json       {"headers": {...}, "from": where it is known from, "why": what is right}
    NAME.expected.json   {"contacts": [facts of each], "created": [facts], "outcomes": [[[outcome, reason], ...], ...]}

A fact is a field's text, `address.<part>`, `tags`, `consents` ([data, date] of each live entry), `consent_values`, or
`metier`. How a tool's body is read is asked of `payloads/`.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.whole_bridge import House

CASES = Path(__file__).parents[1] / "cases"
FIRST = 9300000
KEY = "a-long-hook-key-for-tests-123456"
LONG_AGO = "2020-01-01T00:00:00.000Z"
FORMS = {"consents": ("formdatas", 710), "consent_values": ("formdatas", 710), "metier": ("custom_fields", 811)}
NAMES = sorted(path.name.removesuffix(".meta.json") for path in CASES.glob("*.meta.json"))


@pytest.mark.parametrize("name", NAMES)
def test_what_happened_leaves_in_qomon_what_is_right(name: str, tmp_path: Path) -> None:
    meta, start, expected = (json.loads(_file(name, part)) for part in ("meta", "start", "expected"))
    hook = CASES.joinpath(f"{name}.hook.yaml").read_text(encoding="utf-8")
    house = House(tmp_path, (hook,), HOOK_KEY=KEY)
    for number, contact in enumerate(start):
        house.sandbox.contacts.put(FIRST + number, {"lastchange": LONG_AGO, "UpdatedAt": LONG_AGO, **contact})
    before = set(house.sandbox.contacts.all)

    outcomes = _sent(house, name, hook, meta["headers"])

    people = house.sandbox.contacts.all
    wanted = expected.get("contacts", [])
    assert [_facts(people[FIRST + number], one) for number, one in enumerate(wanted)] == [_plain(one) for one in wanted]
    if "created" in expected:
        made = [people[one] for one in sorted(set(people) - before)]
        assert len(made) == len(expected["created"])
        assert [_facts(*pair) for pair in zip(made, expected["created"], strict=True)] == _plain(expected["created"])
    if "outcomes" in expected:
        assert outcomes == expected["outcomes"]


def _sent(house: House, name: str, hook: str, headers: Mapping[str, str]) -> list[list[list[str | None]]]:
    """Each call crosses before the next one comes, a second later; what became of each event at last."""
    (address,) = re.findall(r"^address: (\S+)", hook, re.MULTILINE)
    proven = {header: KEY if value == "$HOOK_KEY" else value for header, value in headers.items()}
    events = []
    for file in sorted(CASES.glob(f"{name}.send*"), key=lambda path: int(path.suffixes[-2].removeprefix(".send"))):
        body = re.sub(rb"\$ID(\d+)", lambda found: b"%d" % (FIRST + int(found[1])), file.read_bytes())
        told = house.door.post(f"/hooks/{address}", data=body, headers=proven)
        assert told.status_code == 200, told.get_data(as_text=True)
        house.drain()
        house.clock.move(seconds=1)
        events.append([event["event"] for event in told.get_json()["events"]])
    reports = [[house.report(event) for event in call] for call in events]
    return [[[report["outcome"], report["reason"]] for report in call] for call in reports]


def _file(name: str, part: str) -> str:
    return CASES.joinpath(f"{name}.{part}.json").read_text(encoding="utf-8")


def _facts(contact: Mapping[str, Any], wanted: Mapping[str, Any]) -> Any:
    return _plain({name: _fact(contact, name) for name in wanted})


def _fact(contact: Mapping[str, Any], name: str) -> Any:
    if name in FORMS:
        array, form = FORMS[name]
        live = [entry for entry in contact[array] if entry["form_id"] == form and not entry["deleted_at"]]
        return [[one["data"], one["date"]] if name == "consents" else one["data"] for one in live]
    if name.startswith("address."):
        return contact["address"].get(name.removeprefix("address."), "")
    return sorted(contact["tags"]) if name == "tags" else contact[name]


def _plain(value: Any) -> Any:
    """Tags in any order; nothing and an empty text are the same."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: sorted(one) if name == "tags" else _plain(one) for name, one in value.items()}
    return "" if value is None else value
