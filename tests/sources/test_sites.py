"""What the contract cannot ask of the forms of websites: calls in which nobody said anything, and what looks alike."""

from typing import Any

import pytest

from tests.support.recorded_calls import FORM, pairs, post, read

DRAFT = {"uuid": "u-1", "completed": "", "prenom": "Zoé"}
ENTRY = {"id": "1", "form_id": "2", "date_created": "2026-11-22 08:30:00"}


def test_formstacks_test_says_nothing() -> None:
    said = read("formstack", b"FormID=1&UniqueID=2&HandshakeKey=invented", FORM)
    assert (said.kind, said.answers) == ("test", ())


def test_a_text_of_several_lines_keeps_its_lines() -> None:
    body = {"UniqueID": "2", "Mot": "Bonjour,\r\n\r\nà bientôt", "Somme": "a = 1\nb = 2"}
    assert [answer.value for answer in read("formstack", body).answers] == ["Bonjour,\n\nà bientôt", body["Somme"]]


@pytest.mark.parametrize(
    ("said", "kind"), [("1", "ping"), (1, "ping"), (True, "ping"), ("0", "submitted"), (None, "submitted")]
)
def test_a_draft_of_drupals_was_not_submitted(said: Any, kind: str) -> None:
    assert read("drupal_webform", {**DRAFT, "in_draft": said}).kind == kind


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        (
            ("1 rue Haute", "", "Brest", "", "29200", ""),
            {"line1": "1 rue Haute", "city": "Brest", "postalcode": "29200"},
        ),
        (("", "", "", "", "", "France"), {"country": "France"}),
        (("Tracter", "", "Coller", "", "Le 22", ""), ("Tracter", "Coller", "Le 22")),
        (("A", "B", "C", "D", "2024", "Autre"), ("A", "B", "C", "D", "2024", "Autre")),
        (("", "", "", "", "", ""), ()),
    ],
)
def test_gravity_forms_six_boxes_are_no_address(parts: tuple[str, ...], value: Any) -> None:
    entry = {**ENTRY, **{f"4.{at}": part for at, part in enumerate(parts, start=1)}}
    ((key, _, said),) = pairs(read("gravity_forms", entry))
    assert (key, {name: part for name, part in said.items() if part} if isinstance(said, dict) else said) == (
        "4",
        value,
    )


def test_gravity_forms_keys_that_its_user_chose_are_answers_even_if_they_sound_like_the_entrys() -> None:
    assert pairs(read("gravity_forms", {"id": "7", "form_id": "2", "status": "Membre"})) == [
        ("id", "id", "7"),
        ("form_id", "form_id", "2"),
        ("status", "status", "Membre"),
    ]


def test_ninja_forms_packed_fields_take_no_other_fields_name() -> None:
    body = {"nom": "Roy", "tout": '{"nom": "Sy"}', "plus": '{"ville": "Albi"}', "mot": "{bonjour}"}
    assert post("ninja_forms", body)[0].body == {
        "nom": "Roy",
        "tout": '{"nom": "Sy"}',
        "ville": "Albi",
        "mot": "{bonjour}",
    }


def test_wufoos_parts_stay_in_their_places_when_one_is_missing() -> None:
    parts = ", ".join(f'{{"ID": "Field{at}", "Label": "L"}}' for at in (1, 2))
    asked = f'{{"Fields": [{{"Title": "Nom", "Type": "shortname", "ID": "Field1", "SubFields": [{parts}]}}]}}'
    said = read("wufoo", f"EntryId=1&Field2=Roy&FieldStructure={asked}".encode(), FORM)
    assert pairs(said) == [("Field1", "Nom", {"last": "Roy"})]
