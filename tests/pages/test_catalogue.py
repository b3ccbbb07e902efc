"""Qomon's fields: what is shown of them, who uses them, that they are read again, and what is not adopted."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.json_hook import asked, fault, plain_house
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path).read_catalogue()


def form(number: int, label: str, choices: int = 0, **more: Any) -> dict[str, Any]:
    """As Qomon tells it."""
    refs = [
        {"id": 10 * number + index, "label": f"Choix {index}", "value": f"choice_{index}"} for index in range(choices)
    ]
    return {"id": number, "label": label, "type": "radio" if choices else "text", "refvalues": refs, **more}


def says(house: House, category: str, *forms: dict[str, Any]) -> None:
    """What Qomon says of a category from now on."""
    house.sandbox.forms = {**house.sandbox.forms, category: list(forms)}


def fields(told: Any) -> dict[int, Any]:
    return {one["id"]: one for category in told["categories"] for one in category["fields"]}


def test_each_field_says_its_type_its_choices_and_who_uses_it(house: House) -> None:
    visitor = Visitor(house, "viewer")
    told = fields(visitor.json("/catalogue.json"))
    text = visitor.get("/catalogue").text

    assert (told[811]["label"], told[811]["type"]) == ("Métier", "text")
    assert [use["name"] for use in told[811]["uses"]] == ["essai"]
    assert told[721]["choices"][0] == {"label": "Fort", "value": "strong"}
    assert "Forms can write to 25 fields of Qomon" in text
    assert "Read Qomon again" not in text


def test_fields_of_one_name_are_marked(house: House) -> None:
    visitor = Visitor(house, "viewer")

    assert [one["id"] for one in fields(visitor.json("/catalogue.json")).values() if one["twice"]] == [817, 818]
    assert "2 fields share their name with another one of their kind" in visitor.get("/catalogue").text


def test_a_search_works_without_script_and_finds_choices_numbers_and_webhooks(house: House) -> None:
    visitor = Visitor(house, "viewer")

    assert list(fields(visitor.json("/catalogue.json?q=metier"))) == [811]
    assert list(fields(visitor.json("/catalogue.json?q=tractage"))) == [810]
    assert list(fields(visitor.json("/catalogue.json?q=721"))) == [721]
    assert list(fields(visitor.json("/catalogue.json?q=essai"))) == [710, 810, 811]
    assert "Nothing for this search." in visitor.get("/catalogue?q=zzz").text


def test_reading_again_shows_what_is_new(house: House) -> None:
    says(house, "tasks", form(740, "À faire"), form(741, "Nouveau"))
    visitor = Visitor(house, "staff").send("/catalogue/refresh")

    assert visitor.answer.headers["Location"] == "/catalogue?space=default"
    assert "26 fields were read from Qomon." in visitor.follow().text
    assert "Nouveau" in visitor.text


def test_a_viewer_may_not_read_again(house: House) -> None:
    house.sandbox.calls.clear()
    visitor = Visitor(house, "viewer").send("/catalogue/refresh")

    assert (visitor.status, asked(house, "GET", "/forms")) == (403, 0)
    assert visitor.get("/catalogue/adopt").status == 403


def test_looking_asks_qomon_nothing(house: House) -> None:
    house.sandbox.calls.clear()
    Visitor(house, "viewer").get("/catalogue")

    assert house.sandbox.calls == []


def test_an_account_that_was_never_read_says_so(tmp_path: Path) -> None:
    visitor = Visitor(plain_house(tmp_path), "staff").get("/catalogue")

    assert "Qomon’s fields were not read yet." in visitor.text
    assert "Read Qomon" in visitor.text


def test_what_cannot_be_read_leaves_what_is_known(house: House) -> None:
    fault(house, "GET", "forms", "html")
    visitor = Visitor(house, "staff").send("/catalogue/refresh")

    assert (visitor.status, "The forms could not be read" in visitor.text) == (409, True)
    assert "Forms can write to 25 fields" in visitor.get("/catalogue").text


def test_a_list_that_lost_too_much_is_used_only_after_its_effect_was_shown(house: House) -> None:
    says(house, "custom_fields")
    visitor = Visitor(house, "staff").send("/catalogue/refresh").follow()
    doubted = visitor.text
    shown = visitor.get("/catalogue/adopt").text

    assert "The last good list, of 22 Nov 2026, 10:00 , is used; nothing was removed from mappings." in doubted
    assert "11 of 25 forms and" in shown
    assert "1 webhook writes to fields of this account: essai ." in shown

    visitor.send("/catalogue/adopt", space="default").follow()
    assert "Qomon’s list of 14 fields is used from now on." in visitor.text
    assert "The last good list" not in visitor.text


def test_adopting_twice_does_it_once(house: House) -> None:
    says(house, "custom_fields")
    visitor = Visitor(house, "staff").send("/catalogue/refresh")
    visitor.send("/catalogue/adopt")
    house.sandbox.calls.clear()
    visitor.send("/catalogue/adopt").follow()

    assert "there is nothing to adopt" in visitor.text
    assert house.sandbox.calls == []
    assert visitor.get("/catalogue/adopt").status == 409


def test_an_account_that_nobody_named_is_nowhere(house: House) -> None:
    visitor = Visitor(house, "staff")

    assert visitor.get("/catalogue?space=lyon").status == 404
    assert visitor.send("/catalogue/refresh", space="lyon").status == 404


def test_a_large_list_comes_in_parts_of_less_than_200_kb(house: House) -> None:
    says(house, "custom_fields", *(form(5000 + index, f"Champ {index:03}", choices=40) for index in range(80)))
    visitor = Visitor(house, "staff").send("/catalogue/refresh").send("/catalogue/adopt")
    told = visitor.json("/catalogue.json")
    parts = [fields(visitor.json(f"/catalogue.json?part={part}")) for part in range(1, told["parts"] + 1)]
    sizes = [len(visitor.get(f"/catalogue?part={part}").answer.get_data()) for part in (1, told["parts"])]

    assert len({id_ for part in parts for id_ in part}) == sum(map(len, parts)) == told["many"] == 94
    assert max(sizes) < 200_000
    assert visitor.json("/catalogue.json?q=Champ 079&part=99")["found"] == 1


def test_a_very_long_choice_list_is_cut_and_says_so(house: House) -> None:
    says(house, "tasks", form(740, "À faire", choices=250))
    visitor = Visitor(house, "staff").send("/catalogue/refresh")

    assert fields(visitor.json("/catalogue.json?q=740"))[740]["more"] == 50
    assert "and 50 more" in visitor.get("/catalogue?q=740").text


def test_words_of_qomon_are_words(house: House) -> None:
    hostile = "<script>alert(1)</script>\u202eabc\u200b"
    says(house, "tasks", form(740, hostile, choices=1))
    visitor = Visitor(house, "staff").send("/catalogue/refresh").get("/catalogue")

    assert "<script>alert" not in visitor.source
    assert f'<span class="what-was-said">{"&lt;script&gt;alert(1)&lt;/script&gt;"}' in visitor.source
