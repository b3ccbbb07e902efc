"""The mapping of a webhook on its pages: suggestions, decisions, the draft that two people edit, what is wrong."""

import re
from pathlib import Path
from typing import Any

import pytest

from bridge.hooks.registry import Hook
from tests.support.commands import done, hooks
from tests.support.json_hook import fault, hook_in
from tests.support.visitor import Visitor
from tests.support.whole_bridge import BENEVOLES, House, sample


def address(house: House, name: str = "essai") -> str:
    return hook_in(house, name).address


def draft_of(house: House, name: str = "essai") -> Hook | None:
    with house.services.store.read() as tx:
        found = house.services.hooks.draft(tx, name)
    return found[0] if found else None


def rules_of(house: House) -> dict[str, str]:
    draft = draft_of(house)
    return {str(rule.source): rule.to for rule in draft.rules} if draft else {}


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A webhook that only listened yet, with one submission."""
    made = House(tmp_path, ()).read_catalogue()
    done(hooks(made, "new", "essai", "--source", "tally"))
    made.post(sample(), address(made))
    return made


def at(house: House, name: str = "essai") -> str:
    return f"/webhooks/{hook_in(house, name).id}/mapping"


def row_of(visitor: Visitor, path: str, label: str) -> dict[str, Any]:
    rows = visitor.json(f"{path}.json")["rows"]
    return next(row for row in rows if row["label"] == label)


def based(visitor: Visitor, path: str) -> str:
    return str(visitor.json(f"{path}.json")["based"])


def shown_ids(visitor: Visitor) -> list[str]:
    return re.findall(r'name="row" value="(\w+)"', visitor.source)


def accept(visitor: Visitor, path: str, **more: Any) -> Visitor:
    ids = shown_ids(visitor.get(path))
    return visitor.send(f"{path}/accept", based=based(visitor, path), row=ids, **more)


def decide(visitor: Visitor, path: str, label: str, to: str, base: str = "", **more: Any) -> Visitor:
    row = row_of(visitor, path, label)
    said: dict[str, Any] = {f"to-{row['id']}": to, f"was-to-{row['id']}": row["to"] or ""}
    return visitor.send(path, based=base or based(visitor, path), **said, **more)


def test_the_first_sentence_says_how_many_are_not_decided(house: House) -> None:
    page = Visitor(house).get(at(house))

    assert (page.status, "10 questions of the form are not decided." in page.text) == (200, True)


def test_every_question_stands_in_the_forms_order_with_its_last_answers(house: House) -> None:
    rows = Visitor(house).json(f"{at(house)}.json")["rows"]

    assert [row["label"] for row in rows][:3] == ["Prénom", "Nom", "Adresse e-mail"]
    assert rows[0]["said"] == ["Zoé"]


def test_a_viewer_reads_masked_answers_and_changes_nothing(house: House) -> None:
    viewer = Visitor(house, "viewer").get(at(house))

    assert ("Zoé" in viewer.text, "<select" in viewer.source) == (False, False)
    assert viewer.send(at(house), based="x").status == 403
    assert "Zoé" not in str(viewer.json(f"{at(house)}.json"))
    assert viewer.get(f"{at(house)}/{viewer.json(f'{at(house)}.json')['rows'][0]['id']}").status == 403


def test_a_suggestion_says_how_sure_it_is_and_why(house: House) -> None:
    page = Visitor(house).get(at(house))

    assert "sure : First name (its words ask for firstname" in page.text


def test_the_sure_ones_are_accepted_in_one_go_without_consents(house: House) -> None:
    accept(Visitor(house), at(house), address="keep")

    assert rules_of(house)["Adresse e-mail"] == "mail"
    assert "RGPD" not in rules_of(house)


def test_what_is_like_nothing_in_qomon_is_put_aside_with_them_but_no_consent_and_nothing_likely(house: House) -> None:
    visitor = Visitor(house)
    ids = re.findall(r'name="other" value="(\w+)"', visitor.get(at(house)).source)
    accept(visitor, at(house), address="keep", others="leave", other=ids)
    rows = rules_of(house)

    assert rows["Circonscription"] == "nothing"
    assert rows.keys() & {"RGPD", "Comment souhaitez-vous aider ?"} == set()


def test_an_address_waits_for_what_happens_when_it_differs(house: House) -> None:
    page = accept(Visitor(house), at(house))

    assert (page.status, page.title.startswith("Error: ")) == (400, True)
    assert "Choose what happens when the form’s address is not Qomon’s." in page.text
    assert draft_of(house) is None


def test_what_was_accepted_in_one_go_is_taken_back_in_one_go(house: House) -> None:
    visitor = Visitor(house)
    accept(visitor, at(house), address="keep").follow()
    ids = re.search(r'name="rows" value="([\w,]+)"', visitor.source)
    assert ids is not None
    visitor.send(f"{at(house)}/undo", based=based(visitor, at(house)), rows=ids[1])

    assert rules_of(house) == {}


def test_one_question_is_decided_by_hand_with_what_its_answers_need(house: House) -> None:
    decide(Visitor(house), at(house), "Prénom", "firstname")
    draft = draft_of(house)
    assert draft is not None
    (rule,) = draft.rules

    assert (rule.to, rule.convert, rule.change) == ("firstname", "name", "fill")


def test_a_consent_that_is_chosen_leads_to_its_own_question(house: House) -> None:
    visitor = decide(Visitor(house), at(house), "RGPD", "formdatas.Consentement").follow()

    assert "Which answer means yes?" in visitor.text
    assert "The box not ticked means nothing: neither yes nor no." in visitor.text


def test_what_a_choice_means_is_kept_in_the_rule(house: House) -> None:
    visitor = Visitor(house)
    row = row_of(visitor, at(house), "Comment souhaitez-vous aider ?")
    path = f"{at(house)}/{row['id']}"
    told = visitor.json(f"{path}.json")
    said: dict[str, Any] = {f"said-{n}": one["said"] for n, one in enumerate(told["choices"])}
    meant: dict[str, Any] = {
        f"choice-{n}": "nothing" if n == 0 else one["value"] for n, one in enumerate(told["choices"])
    }
    visitor.send(path, based=told["based"], to=told["to"], otherwise="skip", change="replace", **said, **meant)
    draft = draft_of(house)
    assert draft is not None
    (rule,) = draft.rules

    assert (rule.to, rule.otherwise, rule.change) == ("custom_fields.Disponibilités", "skip", "replace")
    assert rule.values is not None
    assert rule.values[told["choices"][0]["said"]] == "nothing"


def test_what_was_typed_on_the_page_of_one_question_stays_when_somebody_was_faster(house: House) -> None:
    sam, karim = Visitor(house), Visitor(house, "admin")
    path = f"{at(house)}/{row_of(sam, at(house), 'Prénom')['id']}"
    before = based(sam, at(house))
    decide(karim, at(house), "Nom", "surname")
    said: dict[str, Any] = {"to": "firstname", "change": "set", "as": "text"}
    page = sam.send(path, based=before, **said)

    assert page.status == 409
    assert 'value="set" checked' in page.source
    assert "Apply on top" in page.text


def test_two_questions_for_one_field_are_told_at_their_row_and_typed_choices_stay(house: House) -> None:
    visitor = Visitor(house)
    decide(visitor, at(house), "Prénom", "firstname")
    row = row_of(visitor, at(house), "Nom")
    page = decide(visitor, at(house), "Nom", "firstname")

    assert page.status == 400
    assert f'href="#row-{row["id"]}"' in page.source
    assert "holds one value, and rule 1 writes it already" in page.text
    assert re.search(rf'id="to-{row["id"]}".*?<option value="firstname" selected>', page.source, re.DOTALL)
    assert list(rules_of(house)) == ["Prénom"]


def test_whoever_saves_second_sees_the_other_draft_and_loses_nothing(house: House) -> None:
    karim, sam = Visitor(house, "admin"), Visitor(house)
    before = based(sam, at(house))
    decide(karim, at(house), "Prénom", "firstname")
    house.clock.move(minutes=2)
    page = decide(sam, at(house), "Nom", "surname", base=before)
    row = row_of(karim, at(house), "Nom")

    assert page.status == 409
    assert "Léa saved this draft 2 minutes ago. Yours is kept below" in page.text
    assert re.search(rf'id="to-{row["id"]}".*?<option value="surname" selected>', page.source, re.DOTALL)
    assert rules_of(house) == {"Prénom": "firstname"}


def test_applied_on_top_both_stay(house: House) -> None:
    karim, sam = Visitor(house, "admin"), Visitor(house)
    decide(karim, at(house), "Prénom", "firstname")
    decide(sam, at(house), "Nom", "surname")

    assert rules_of(house) == {"Prénom": "firstname", "Nom": "surname"}


def test_the_same_form_twice_is_saved_once(house: House) -> None:
    visitor = Visitor(house)
    before = based(visitor, at(house))
    decide(visitor, at(house), "Prénom", "firstname", base=before)
    again = decide(visitor, at(house), "Prénom", "surname", base=before)

    assert again.status == 409
    assert rules_of(house) == {"Prénom": "firstname"}


def test_how_people_are_found_is_told_in_a_sentence(house: House) -> None:
    visitor = Visitor(house)
    decide(visitor, at(house), "Adresse e-mail", "mail", missing="create", **{"was-missing": "hold"})
    page = visitor.get(at(house))

    assert "Whoever is not found becomes a new contact." in page.text


def test_the_newest_answer_is_shown_as_it_would_be_sent(house: House) -> None:
    visitor = Visitor(house)
    decide(visitor, at(house), "Téléphone", "mobile")

    assert row_of(visitor, at(house), "Téléphone")["becomes"] == "+33639980142"


def test_a_webhook_that_is_kept_in_a_file_is_only_read(tmp_path: Path) -> None:
    house = House(tmp_path, (BENEVOLES,)).read_catalogue()
    house.post(sample())
    visitor = Visitor(house).get(at(house, "benevoles"))

    assert "kept in a file (owner: git)" in visitor.text
    assert "<select" not in visitor.source
    assert visitor.send(at(house, "benevoles"), based=based(visitor, at(house, "benevoles"))).status == 409


def test_without_qomon_the_page_says_so_and_still_works(tmp_path: Path) -> None:
    house = House(tmp_path, ())
    done(hooks(house, "new", "essai", "--source", "tally"))
    house.post(sample(), address(house))
    fault(house, "GET", "forms", "error_before", times=50)
    page = Visitor(house).get(at(house))

    assert (page.status, "Qomon’s fields could not be read" in page.text) == (200, True)


def test_hostile_words_are_shown_as_words(house: House) -> None:
    house.post(sample(Prénom="<script>alert(1)</script>\u202e\u200b"), address(house))
    page = Visitor(house).get(at(house))

    assert "<script>alert" not in page.source
    assert "&lt;script&gt;" in page.source


def test_an_unknown_webhook_or_row_is_not_here(house: House) -> None:
    visitor = Visitor(house)

    assert visitor.get("/webhooks/nothing/mapping").status == 404
    assert visitor.get(f"{at(house)}/abcdef").status == 404


def test_from_a_first_submission_to_a_version_with_few_clicks(house: House) -> None:
    """Accept the sure ones, decide the rest, confirm the consent, publish: four forms."""
    visitor = Visitor(house)
    accept(visitor, at(house), address="keep")
    left = [row for row in visitor.json(f"{at(house)}.json")["rows"] if not row["to"]]
    said: dict[str, Any] = {f"to-{row['id']}": (row["suggestion"] or {}).get("to") or "nothing" for row in left}
    visitor.send(at(house), based=based(visitor, at(house)), **said | {f"was-{key}": "" for key in said})
    hook = hook_in(house, "essai").id
    asked = visitor.get(f"/webhooks/{hook}/publish").text
    told = visitor.send(f"/webhooks/{hook}/publish", seen="1", why="first").follow().text

    assert "Tried on the last 1 submission: nothing is lost." in asked
    assert "Version 2 is in service." in told
