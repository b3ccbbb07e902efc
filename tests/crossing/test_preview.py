"""`flask preview`: the whole contact before and after, with two reads of people and no write."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.qomon.sandbox.people import ZOE
from bridge.store.store import Store
from tests.support.commands import run
from tests.support.json_hook import ESSAI, ZOES, later, plain_house, said, sent
from tests.support.whole_bridge import BENEVOLES, PAYLOADS, House, sample

FILE = str(PAYLOADS / "tally" / "composed_french_volunteer_nulls.json")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path).read_catalogue()


def shown(house: House, *words: str) -> Any:
    result = run(house, "preview", "benevoles", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def calls(house: House) -> list[tuple[str, str]]:
    return [(call["method"], call["path"]) for call in house.sandbox.calls]


def test_the_person_is_found_with_one_search_and_one_read_and_nothing_is_written(house: House) -> None:
    told = shown(house, FILE)

    assert calls(house) == [("POST", "/search"), ("GET", f"/contacts/{ZOE}")]
    assert (told["outcome"], told["contact"]["found_by"], len(told["protected"]) > 20) == ("previewed", "mail", True)


def test_every_field_is_shown_before_and_after_those_that_change_first(house: House) -> None:
    lines = shown(house, FILE)["before_after"]
    by_name = {line["field"]: line for line in lines}

    changed = [line["changed"] for line in lines]
    assert changed == sorted(changed, reverse=True)
    assert by_name["firstname"] == {"field": "firstname", "before": "Zoé", "after": "Zoé", "changed": False}
    help_ = by_name["custom_fields.Disponibilités"]
    assert (help_["changed"], {*help_["before"]} < {*help_["after"]}) == (True, True)
    assert "Tractage (leaflets)" in help_["after"]
    assert by_name["address.postalcode"]["before"] is None
    assert len(lines) > 40


def test_a_contact_by_its_number_costs_one_read(house: House) -> None:
    told = shown(house, FILE, "--contact", str(ZOE))
    assert (calls(house), told["contact"]["id"]) == ([("GET", f"/contacts/{ZOE}")], ZOE)


def test_nobody_known_has_nothing_before(house: House, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(
        sample(**{"Adresse e-mail": "camille.exemple@example.org", "Téléphone": None, "Prénom": "Camille"})
    )
    told = shown(house, str(path))

    assert {line["before"] for line in told["before_after"]} == {None}
    assert told["contact"] == {"id": None, "found_by": None, "created": True}


def test_in_words_it_says_how_much_changes_stays_and_would_have_been_erased(house: House) -> None:
    said = run(house, "preview", "benevoles", FILE, "--words").output

    assert "Fields that would change: 5; that stay: " in said
    assert "A plain webhook would have erased 43 of them." in said
    assert "  address.postalcode: nothing -> 01000" in said
    assert "  firstname: Zoé\n" in said


def test_a_submission_of_the_store_may_be_tried_on_the_draft(house: House) -> None:
    event = house.cross(sample())["event"]
    before = house.sandbox.contacts.all[ZOE]["lastchange"]
    with house.services.store.write() as tx:
        text = BENEVOLES.replace("  - {value: tally, to: tags}\n", "")
        house.services.hooks.save_draft(tx, text, house.clock())

    assert any(rule["rule"] == 11 for rule in shown(house, "--event", event)["rules"])
    assert not any(rule["rule"] == 11 for rule in shown(house, "--event", event, "--draft")["rules"])
    assert house.sandbox.contacts.all[ZOE]["lastchange"] == before


def test_slips_are_told(house: House) -> None:
    assert run(house, "preview", "benevoles").exit_code == 2
    assert "no such submission" in run(house, "preview", "benevoles", "--event", "nobody").output
    assert "has no draft" in run(house, "preview", "benevoles", FILE, "--draft").output
    assert "is a file" in run(house, "preview", "hooks/benevoles.yaml", FILE, "--draft").output


def test_what_qomon_holds_is_not_stored_by_a_dry_run(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.import_hook(BENEVOLES.replace("mode: live", "mode: preview"))
    event = house.post(sample())["events"][0]["event"]
    house.drain()
    assert (house.report(event)["outcome"], "before_after" in house.report(event)) == ("previewed", False)


@pytest.mark.usefixtures("both_stores")
@pytest.mark.parametrize("both_stores", ["postgres"], indirect=True)
def test_a_store_that_is_down_meanwhile_is_no_crash_of_the_preview(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI.replace("mode: live", "mode: preview")).read_catalogue()
    event = sent(house, ZOES)
    with house.services.store.write() as mine:
        mine.exec_driver_sql("SET lock_timeout = 20")  # instead of seconds
    other = Store(house.places.url(tmp_path))
    with other.write() as tx:
        tx.exec_driver_sql("LOCK TABLE mark")
        house.drain()
    other.close()
    assert said(house.report(event)) == ("previewed", None)

    assert later(house, event, minutes=2) == ("previewed", None)
    assert house.report(event)["contact"]["id"] == ZOE
