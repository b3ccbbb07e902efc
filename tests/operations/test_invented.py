"""An invented person answers every question of a form as its field needs it, and is nobody."""

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.operations.authoring import invented, samples
from tests.support.json_hook import hook_in
from tests.support.visitor import Visitor
from tests.support.whole_bridge import BENEVOLES, NOW, House, sample


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path, (BENEVOLES,)).read_catalogue()
    made.post(sample())
    return made


def said(house: House) -> dict[str, object]:
    hook = hook_in(house, "benevoles")
    with house.services.store.read() as tx:
        past = samples.last(tx, house.services.vault, hook, 5)
    made = invented.submission(hook, samples.questions_of(past), NOW + timedelta(days=1))
    return {answer.label: answer.value for answer in made.answers}


def test_each_question_is_answered_as_its_field_needs_it(house: House) -> None:
    answers = said(house)

    assert (answers["Prénom"], answers["Adresse e-mail"]) == ("Zoé-Anaïs", invented.MAIL)
    assert (answers["Téléphone"], answers["Code postal"]) == (invented.MOBILE, "01000")


def test_a_choice_is_said_twice(house: House) -> None:
    chosen = said(house)["Comment souhaitez-vous aider ?"]

    assert isinstance(chosen, tuple)
    assert (len(chosen), len(set(chosen))) == (3, 2)


def test_an_invented_person_is_tried_and_qomon_is_not_asked(house: House) -> None:
    before = len(house.sandbox.calls)
    path = f"/webhooks/{hook_in(house, 'benevoles').id}/preview"
    page = Visitor(house).send(path, event="invented", whom="auto")

    assert (page.status, len(house.sandbox.calls)) == (200, before)
    assert "a contact would be created" in page.text
    assert "Zoé-Anaïs" in page.text


def test_an_invented_person_is_stored_nowhere(house: House) -> None:
    path = f"/webhooks/{hook_in(house, 'benevoles').id}/preview"
    Visitor(house).send(path, event="invented", whom="auto")

    assert len(Visitor(house).json("/inbox.json")["rows"]) == 1
