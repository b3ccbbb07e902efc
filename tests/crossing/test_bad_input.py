"""Bad input from the form's side, from the call to the report: what is held, what is left out, what crosses."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.hooks.check import pin
from bridge.qomon.sandbox.people import ZOE
from bridge.report.wording import told
from bridge.store import tables
from tests.support.json_hook import (
    ESSAI,
    SOMEBODY,
    ZOES_MAIL,
    asked,
    count,
    crossed,
    live,
    plain_house,
    said,
    sent,
    statuses,
    stored,
    switch,
    writes,
    written,
)
from tests.support.whole_bridge import House

FORM = ESSAI.replace("source: json", "source: form")
TWINS = {
    "data": {
        "responseId": "r-1",
        "fields": [
            {"key": "q1", "label": "Nom", "type": "INPUT_TEXT", "value": "Lefèvre"},
            {"key": "q2", "label": "Nom", "type": "INPUT_TEXT", "value": "Brûlé"},
            {"key": "q3", "label": "Adresse e-mail", "type": "INPUT_EMAIL", "value": SOMEBODY},
        ],
    },
    "eventType": "FORM_RESPONSE",
}


def posted(house: House, body: bytes, content_type: str) -> dict[str, Any]:
    """The report of a call with this body, whatever it says that it is."""
    event = sent(house, body, {"Content-Type": content_type})
    house.drain()
    return house.report(event)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"mail": "camille.exemple@example.org"',
        b"mail=camille.exemple%40example.org",
        b"<mail>camille.exemple@example.org</mail>",
        b"",
        b" \n",
        b"null",
        b"42",
        b'"text"',
        b"[1, 2]",
        b'{"mail": NaN}',
        b'{"mail": "a@example.org", "mail": "b@example.org"}',
        b"[" * 100 + b"]" * 100,
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b"[" * 100_000,
        b'{"mail": "camille.exemple@example.org\x00"}',
        b'{"mail": "camille\xff@example.org"}',
        '{"mail": "camille.exemple@example.org"}'.encode("utf-16"),
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_not_sound_json_is_held_unreadable(house: House, body: bytes) -> None:
    report = posted(house, body, "application/json")

    assert said(report) == ("held", "unreadable")
    assert (count(house, tables.lane), house.sandbox.calls) == (0, [])


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"mail=%FF%FE", "application/x-www-form-urlencoded"),
        (b"mail=a", "application/x-www-form-urlencoded; charset=klingon"),
        (written(mail=SOMEBODY), "application/json"),
        (written(mail=SOMEBODY), "application/x-www-form-urlencoded"),
        (b"--b\r\nmail", "multipart/form-data; boundary=b"),
        (b"mail=a", "multipart/form-data"),
    ],
    ids=repr,
)
def test_a_body_that_is_not_a_sound_form_is_held_unreadable(tmp_path: Path, body: bytes, content_type: str) -> None:
    house = plain_house(tmp_path, FORM)

    assert said(posted(house, body, content_type)) == ("held", "unreadable")


@pytest.mark.parametrize("body", [b"{}", b'{"eventType": "FORM_RESPONSE", "data": {}}', b"[]", b"\xff"])
def test_what_tally_does_not_send_is_held_unreadable(tmp_path: Path, body: bytes) -> None:
    assert said(House(tmp_path).cross(body)) == ("held", "unreadable")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "nonsense"])
def test_json_is_read_whatever_the_call_says_that_it_is(house: House, content_type: str) -> None:
    assert said(posted(house, written(mail=SOMEBODY), content_type)) == ("created", None)


def test_a_body_of_two_megabytes_crosses(house: House) -> None:
    report = posted(house, written(mail=SOMEBODY, prenom="Camille", histoire="x" * 1_999_900), "application/json")

    assert (said(report), statuses(report)["histoire"]) == (("created", None), "unmapped")


def test_a_nul_that_is_written_as_an_escape_never_reaches_qomon(house: House) -> None:
    report = crossed(house, mail=f"\0{SOMEBODY}", prenom="Ca\0mille", metier="\0")

    contact = stored(house, report["contact"]["id"])
    assert (contact["mail"], contact["firstname"]) == (SOMEBODY, "Camille")
    assert statuses(report)["metier"] == "empty"


def test_an_unknown_choice_holds_the_whole_event(house: House) -> None:
    before = stored(house)

    report = crossed(house, mail=ZOES_MAIL, metier="Boulangère", dispo=["Tractage", "Danser"])

    assert said(report) == ("held", "unknown_choice")
    assert (statuses(report)["dispo"], statuses(report)["metier"]) == ("held", "held")
    assert [line["outside"] for line in report["answers"] if "outside" in line] == [["Danser"]]
    assert "No choice: ‘Danser’." in "".join(told(report))
    assert (writes(house), stored(house)) == ([], before)


def test_with_otherwise_skip_an_unknown_choice_is_left_out_and_the_rest_crosses(tmp_path: Path) -> None:
    house = plain_house(
        tmp_path, ESSAI.replace("custom_fields.Disponibilités}", "custom_fields.Disponibilités, otherwise: skip}")
    )

    report = crossed(house, mail=ZOES_MAIL, metier="Boulangère", dispo=["Porte-à-porte", "Danser"])

    assert said(report) == ("delivered", None)
    assert report["notes"] == [{"code": "not_a_choice", "answer": "dispo", "rule": 8}]
    assert (live(house, 811), sorted(live(house, 810))) == (["Boulangère"], ["door", "leaflets", "market"])


def test_of_two_questions_with_one_label_neither_is_taken(tmp_path: Path) -> None:
    house = House(tmp_path)

    report = house.cross(json.dumps(TWINS).encode())

    assert report["outcome"] == "created"
    assert [line["status"] for line in report["answers"]] == ["invalid", "invalid", "mapped"]
    assert [(note["code"], note["answer"]) for note in report["notes"]] == [("bad_value", "q1"), ("bad_value", "q2")]
    assert stored(house, report["contact"]["id"])["surname"] == ""


@pytest.mark.parametrize("day", ["31/02/1990", "1990-02-31", "00/01/1990", "32/01/1990", "demain", "29/02/1989"])
def test_a_day_that_does_not_exist_is_invalid_and_the_rest_crosses(house: House, day: str) -> None:
    report = crossed(house, mail=ZOES_MAIL, naissance=day, metier="Boulangère")

    assert (said(report), statuses(report)["naissance"]) == (("delivered", None), "invalid")
    assert report["notes"] == [{"code": "bad_value", "answer": "naissance", "rule": 6}]
    assert (stored(house)["birthdate"], live(house, 811)) == ("1988-02-29T00:00:00.000Z", ["Boulangère"])


@pytest.mark.parametrize("number", ["06 39 98 O1 42", "appelez-moi", "12", "+33 6 39 98 01 42 poste 3", "x" * 5000])
def test_a_phone_with_letters_is_invalid_and_the_rest_crosses(house: House, number: str) -> None:
    report = crossed(house, mail=ZOES_MAIL, mobile=number, metier="Boulangère")

    assert (said(report), statuses(report)["mobile"]) == (("delivered", None), "invalid")
    assert stored(house)["mobile"] == "06 39 98 01 77"


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"prenom": "Camille", "nom": "Exemple"},
        {"mail": "camille.example.org"},
        {"mail": " ", "mobile": ""},
        {"numero": "douze"},
        {"mail": ["a@example.org", "b@example.org"]},
    ],
    ids=repr,
)
def test_without_a_usable_identity_nobody_is_looked_for(house: House, answers: dict[str, Any]) -> None:
    report = crossed(house, note="bonjour", **answers)

    assert said(report) == ("held", "no_identity")
    assert [call["path"] for call in house.sandbox.calls if call["path"] == "/search"] == []


@pytest.mark.parametrize("mail", ["twice@sandbox.test", "ines.okafor@example.org", "famille.dubreuil@example.org"])
def test_several_matches_are_held(house: House, mail: str) -> None:
    report = crossed(house, mail=mail, metier="Boulangère")

    assert (said(report), statuses(report)) == (
        ("held", "several_contacts"),
        {"mail": "held", "metier": "held"},
    )
    assert writes(house) == []


@pytest.mark.parametrize(("prenom", "held"), [("Karim", True), ("Zoé", False), ("zoe", False), ("Z.", False)])
def test_somebody_elses_mail_is_held(house: House, prenom: str, *, held: bool) -> None:
    report = crossed(house, mail=ZOES_MAIL, prenom=prenom, metier="Boulangère")

    assert said(report) == (("held", "other_person") if held else ("delivered", None))
    assert live(house, 811) == ["Menuisière" if held else "Boulangère"]


def test_somebody_elses_mail_is_held_when_it_was_known_already(house: House) -> None:
    crossed(house, mail=ZOES_MAIL, prenom="Zoé", metier="Boulangère")

    report = crossed(house, mail=ZOES_MAIL, prenom="Karim", metier="Plombier")

    assert (said(report), live(house, 811)) == (("held", "other_person"), ["Boulangère"])


def test_a_number_of_a_contact_that_does_not_exist_finds_nobody(house: House) -> None:
    report = crossed(house, numero="123456", mail=ZOES_MAIL, metier="Boulangère")

    assert (said(report), report["contact"]) == (
        ("delivered", None),
        {"id": ZOE, "found_by": "mail", "created": False},
    )


@pytest.mark.parametrize("lists", ["omit_all", "omit_empty"])
def test_a_contact_whose_read_lacks_its_lists_is_not_written(house: House, lists: str) -> None:
    mail = {"omit_all": ZOES_MAIL, "omit_empty": "paul.martin@example.org"}[lists]
    switch(house, lists=lists)

    report = crossed(house, mail=mail, metier="Boulangère")

    assert said(report) == ("held", "shape_unproved")
    assert statuses(report) == {"mail": "held", "metier": "held"}
    assert (writes(house), count(house, tables.undo)) == ([], 0)


def pinned_house(folder: Path) -> House:
    """The hook with the ids of the forms that its labels name today."""
    house = plain_house(folder)
    services = house.services
    catalogue = services.catalogues.refresh("default", services.spaces["default"].visit(), house.clock())
    with services.store.write() as tx:
        services.hooks.import_text(tx, ESSAI, pinned=pin(services.hooks.parse(ESSAI), catalogue), now=house.clock())
    return house


def custom(house: House, form: int) -> dict[str, Any]:
    return next(one for one in house.sandbox.forms["custom_fields"] if one["id"] == form)


def test_a_form_that_was_renamed_keeps_its_pin(tmp_path: Path) -> None:
    house = pinned_house(tmp_path)
    custom(house, 811)["label"] = "Profession"
    house.clock.move(minutes=11)

    report = crossed(house, mail=ZOES_MAIL, metier="Boulangère")

    assert (said(report), live(house, 811)) == (("delivered", None), ["Boulangère"])
    assert "custom_fields.Profession" in [line["field"] for line in report["fields"]]


def test_choices_that_qomon_just_got_are_known_to_all_who_wait_together(tmp_path: Path) -> None:
    """Its fields are read again for the first of them, once a minute at most."""
    house = plain_house(tmp_path)
    crossed(house, mail=ZOES_MAIL, metier="Pilote")
    custom(house, 810)["refvalues"] += [
        {"id": 99_100 + number, "label": name, "value": name} for number, name in enumerate(("Relecture", "Sono"))
    ]
    events = [sent(house, written(mail=ZOES_MAIL, dispo=[name])) for name in ("Relecture", "Sono")]
    house.drain()

    assert [said(house.report(event)) for event in events] == [("delivered", None)] * 2


@pytest.mark.parametrize("minutes", [0, 11], ids=["still cached", "read again"])
@pytest.mark.parametrize(("change", "reason"), [("form", "unknown_field"), ("choice", "unknown_choice")])
def test_what_qomon_does_not_have_any_more_is_held(tmp_path: Path, change: str, reason: str, minutes: float) -> None:
    """With the old forms still in memory Qomon answers 422. Before a person is asked they are read again, once."""
    house = pinned_house(tmp_path)
    if change == "form":
        left = [form for form in house.sandbox.forms["custom_fields"] if form["id"] != 810]
        house.sandbox.forms = {**house.sandbox.forms, "custom_fields": left}
    else:
        custom(house, 810)["refvalues"] = [r for r in custom(house, 810)["refvalues"] if r["value"] != "host"]
    for array in ("formdatas", "custom_fields"):  # nothing else of hers is refused
        kept = [entry for entry in house.sandbox.contacts.all[ZOE][array] if entry["form_id"] != 810]
        house.sandbox.contacts.all[ZOE][array] = kept
    house.clock.move(minutes=minutes)

    report = crossed(house, mail=ZOES_MAIL, dispo=["host"], metier="Boulangère")

    assert (said(report), live(house, 811)) == (("held", reason), ["Menuisière"])
    assert writes(house) == ([("PATCH", 422)] if not minutes else [])
    assert asked(house, "GET", "/v1/forms") == (18 if minutes else 12)
