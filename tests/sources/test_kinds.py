"""Kinds of odd bodies, each in the tools where it occurs (docs/tools.md 8): line breaks as typed, pairs without a
value, places that mean something, numbered parts, labels as keys, wrappers.
"""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from bridge.errors import Unreadable
from bridge.mapping.lookup import Answers
from bridge.model import Submission
from bridge.sources.kit.php_names import rebuild
from bridge.sources.kit.source import seen
from bridge.sources.typeform import unmarked
from tests.support.recorded_calls import FORM, pairs, post, read

TWO_LINES = b'{"prenom": "Zo\xc3\xa9", "message": "Bonjour,\n\tje viens.\r\nMerci"}'


def values(submission: Submission) -> dict[str, Any]:
    return {answer.key: answer.value for answer in submission.answers}


def part(submission: Submission, source: str) -> Any:
    """What a rule with `from: source` reads."""
    ((_, answer),) = Answers(submission).find(source)
    return answer.value


@pytest.mark.parametrize(
    "source", ["json", "make", "n8n", "zapier", "contact_form_7", "forminator", "ninja_forms", "wpforms", "elementor"]
)
def test_line_breaks_that_a_template_did_not_escape_are_kept(source: str) -> None:
    if source == "elementor":
        with pytest.raises(Unreadable, match="is JSON"):
            read(source, TWO_LINES)
        return
    assert values(read(source, TWO_LINES))["message"] == "Bonjour,\n\tje viens.\nMerci"


def test_line_breaks_are_kept_in_json_inside_a_field_too() -> None:
    raw = '{"q1_mot": "Bonjour,\n\tmoi"}'
    fields = {"submissionID": "1", "rawRequest": raw}
    body = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    said = read("jotform", f"{body}--b--\r\n".encode(), "multipart/form-data; boundary=b")
    assert values(said) == {"q1_mot": "Bonjour,\n\tmoi"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"mot": "dit \n"oui""}', r"line 2, column 2\): Expecting ',' delimiter"),
        (b'{"mot": "dit', r"line 1, column 9\): Unterminated string"),
        (b'{"mot": "a",}', r"line 1, column 13\): Expecting property name"),
        (b'{"mot": "\\x"}', r"line 1, column 10\): Invalid \\escape"),
        (b'{"mot": "a\x00b"}', "NUL"),
    ],
)
def test_what_is_no_json_then_is_unreadable_with_where_and_why(body: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        post("contact_form_7", body)


@pytest.mark.parametrize(
    "asked",
    [
        [{"label": "Prénom", "value": "Zoé"}, {"label": "Mot"}],
        [{"label": "Mot"}, {"label": "Prénom", "value": "Zoé"}],
        [{"label": "Adhérer", "type": "heading"}, {"label": "Prénom", "value": "Zoé"}, {"label": "Mot"}],
        [{"id": "1", "question": "Prénom", "answer": "Zoé"}, {"id": "2", "question": "Mot", "type": "text"}],
        [{"title": "Prénom", "value": "Zoé"}, {"title": "Mot", "required": False}],
    ],
    ids=range(5),
)
@pytest.mark.parametrize("whole", [False, True])
def test_a_pair_without_a_value_is_an_empty_answer_under_its_label(asked: list[Any], *, whole: bool) -> None:
    said = read("json", asked if whole else {"form": "Adhérer", "answers": asked})
    found = {answer.label: answer.value for answer in said.answers if answer.label not in ("form", "Adhérer")}
    assert found == {"Prénom": "Zoé", "Mot": None}


def test_questions_of_which_none_was_answered_are_empty() -> None:
    asked = [{"question": "Régime", "type": "text", "question_id": "124"}, {"question": "Allergies"}]
    assert pairs(read("json", {"answers": asked})) == [
        ("answers.Régime", "Régime", None),
        ("answers.Allergies", "Allergies", None),
    ]


def test_what_has_something_of_its_own_is_no_pair_without_a_value() -> None:
    homes = [{"label": "Domicile", "value": "x"}, {"label": "Travail", "ville": "Brest"}]
    assert "Brest" in values(read("json", {"lieux": homes})).values()
    assert values(read("json", {"enfants": [{"name": "Léa"}, {"name": "Tom"}]})) == {
        "enfants.0.name": "Léa",
        "enfants.1.name": "Tom",
    }


def test_the_notes_of_a_woocommerce_order_are_named_by_their_keys() -> None:
    """The id is that of a row of the table: another one in each order."""
    meta = [{"id": 9187, "key": "_newsletter", "value": "1"}, {"id": 9188, "key": "Taille", "value": "M"}]
    assert pairs(read("json", {"id": 7, "meta_data": meta})) == [
        ("id", "id", 7),
        ("meta_data._newsletter", "_newsletter", "1"),
        ("meta_data.Taille", "Taille", "M"),
    ]


def test_a_pair_whose_value_has_parts_keeps_its_label() -> None:
    said = read(
        "json", {"answers": [{"id": "q5", "label": "Adresse", "value": {"rue": "1 rue Haute", "ville": "Ain"}}]}
    )
    assert [(one.key, one.label) for one in said.answers] == [
        ("answers.q5.rue", "Adresse.rue"),
        ("answers.q5.ville", "Adresse.ville"),
    ]
    assert part(said, "Adresse.ville") == "Ain"


def test_a_question_of_cal_com_that_nobody_answered_is_empty() -> None:
    asked = {
        "notes": {"label": "additional_notes"},
        "tel": {"isHidden": True},
        "ville": {"label": "Ville", "value": "Ain"},
    }
    booking = {"triggerEvent": "BOOKING_CREATED", "payload": {"uid": "u", "responses": asked}}
    assert pairs(read("calcom", booking)) == [
        ("notes", "additional_notes", None),
        ("tel", "tel", None),
        ("ville", "Ville", "Ain"),
    ]


RESPONSE = {"id": "r", "finished": True, "updatedAt": "2026-03-14T08:01:00.000Z"}


def formbricks(value: Any) -> Submission:
    return read("formbricks", {"event": "responseFinished", "data": {**RESPONSE, "data": {"q": value}}})


def test_the_contact_of_formbricks_has_named_parts_and_its_mail_says_who() -> None:
    said = formbricks(["Zoé", "", "zoe@example.org", "", "Les Lilas"])
    assert values(said) == {
        "q.first": "Zoé",
        "q.last": "",
        "q.mail": "zoe@example.org",
        "q.phone": "",
        "q.company": "Les Lilas",
    }
    assert said.identities == {"mail": "zoe@example.org"}
    assert part(said, "q.2") == "zoe@example.org"
    assert values(formbricks(["", "Lefèvre", "", "0639980142", ""]))["q.last"] == "Lefèvre"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["1 rue Haute", "", "Brest", "", "29200", "France"], {"city": "Brest", "postalcode": "29200", "line2": ""}),
        (["1 rue Haute", "", "Brest", "", "", ""], {"city": "Brest", "postalcode": ""}),
        (["1 rue Haute", "Bât. A", "Namur", "Wallonie", "5000", "Belgique"], {"postalcode": "5000"}),
    ],
)
def test_the_address_of_formbricks_has_named_parts(value: list[str], expected: dict[str, str]) -> None:
    said = formbricks(value)
    assert values(said)["q"].items() >= expected.items()
    assert part(said, "q.city") == expected.get("city", "Namur")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["Tractage", "Affichage"], ("Tractage", "Affichage")),
        (["A", "B", "C", "D", "E"], ("A", "B", "C", "D", "E")),
        (["A", "B", "C", "D", "E", "F"], ("A", "B", "C", "D", "E", "F")),
        (["A", "B", ""], ("A", "B")),
        (["", "B"], {"0": "", "1": "B"}),
        ([], ()),
    ],
)
def test_other_lists_of_formbricks_are_choices_or_numbered(value: list[str], expected: Any) -> None:
    assert values(formbricks(value)) == {"q": expected}


def test_a_row_keeps_its_blanks_wherever_it_stands() -> None:
    rows = [["Léa", "", "fille"], ["Tom", "7", ""]]
    numbered = [{"0": "Léa", "1": "", "2": "fille"}, {"0": "Tom", "1": "7", "2": ""}]
    for source in ("fluent_forms", "contact_form_7", "json", "make"):
        said = read(source, {"r": rows})
        assert [answer.value for answer in said.answers] == numbered, source
        assert part(said, "r.0.2") == "fille"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["Matin", None, "Soir"], {"0": "Matin", "1": "", "2": "Soir"}),
        ([None, "Soir"], {"0": "", "1": "Soir"}),
        (["Matin", None], {"0": "Matin", "1": ""}),
        (["Matin", "Soir"], ("Matin", "Soir")),
    ],
)
def test_a_grid_of_google_has_a_place_for_each_row(value: list[Any], expected: Any) -> None:
    assert values(read("google_forms", {"responses": {"Quand ?": value}})) == {"Quand ?": expected}
    grid = {"id": "1", "title": "Quand ?", "type": "GRID", "value": value}
    placed = {str(at): one or "" for at, one in enumerate(value)}
    assert values(read("google_forms", {"responses": [grid]})) == {"1": placed}


@pytest.mark.parametrize("second", ["Martin", "", "Lefèvre"])
def test_two_questions_with_one_title_are_two_answers(second: str) -> None:
    said = read("google_forms", {"namedValues": {"Nom": ["Lefèvre", second], "Ville": [""]}})
    assert pairs(said) == [("Nom#1", "Nom", "Lefèvre"), ("Nom#2", "Nom", second), ("Ville", "Ville", "")]


ENTRY = {"id": "412", "form_id": "7", "date_created": "2026-03-14 08:21:10"}


def gravity(**parts: str) -> Submission:
    return read("gravity_forms", ENTRY | {name[1:].replace("_", "."): text for name, text in parts.items()})


def test_a_consent_of_gravity_forms_is_one_yes_whose_text_can_be_named() -> None:
    said = gravity(_5_1="1", _5_2="J’accepte la lettre", _5_3="3")
    assert values(said) == {"5": True}
    assert (part(said, "5"), part(said, "5.1"), part(said, "5.2")) == (True, "1", "J’accepte la lettre")


@pytest.mark.parametrize("ticked", ["", "0"])
def test_a_consent_that_is_not_ticked_is_no_answer(ticked: str) -> None:
    assert values(gravity(_5_1=ticked, _5_2="J’accepte la lettre", _5_3="3")) == {"5": None}
    assert values(gravity(_5_1="", _5_2="", _5_3="")) == {"5": None}


@pytest.mark.parametrize(("price", "quantity"), [("15,00 €", "2"), ("$10.00", ""), ("10", "1"), ("EUR 1 200,50", "1")])
def test_a_product_of_gravity_forms_has_named_parts(price: str, quantity: str) -> None:
    said = gravity(_3_1="Adhésion", _3_2=price, _3_3=quantity)
    assert values(said) == {"3": {"name": "Adhésion", "price": price, "quantity": quantity}}
    assert part(said, "3.price") == part(said, "3.2") == price


def test_boxes_of_gravity_forms_stay_choices_and_a_rule_may_name_one() -> None:
    said = gravity(_8_1="Tractage", _8_2="", _8_3="Affichage", _1_3="Zoé", _1_6="Lefèvre")
    assert values(said) == {"8": ("Tractage", "Affichage"), "1": {"first": "Zoé", "last": "Lefèvre"}}
    assert (part(said, "8.3"), part(said, "1.3"), part(said, "1.first")) == ("Affichage", "Zoé", "Zoé")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Téléphone [portable]"], {"Téléphone [portable]": "0"}),
        (["Téléphone [portable]", "Téléphone [fixe]"], {"Téléphone [portable]": "0", "Téléphone [fixe]": "1"}),
        (["Accord[RGPD]"], {"Accord[RGPD]": "0"}),
        (["[RGPD] Accord", "Né [jj/mm]", "Nom [1]"], {"[RGPD] Accord": "0", "Né [jj/mm]": "1", "Nom [1]": "2"}),
        (["a[]"], {"a": ["0"]}),
        (["a[0]"], {"a": ["0"]}),
        (["a[b]", "a[c]"], {"a": {"b": "0", "c": "1"}}),
        (["a[b][c]"], {"a": {"b": {"c": "0"}}}),
        (["a[b][c]", "form[id]"], {"a": {"b": {"c": "0"}}, "form": {"id": "1"}}),
        (["Aide[]", "Aide[]", "Tél [pro]"], {"Aide": ["0", "1"], "Tél [pro]": "2"}),
        (["a[b]", "a[b]"], {"a[b]": ["0", "1"]}),
    ],
    ids=str,
)
def test_brackets_are_rebuilt_only_where_they_build_something(names: list[str], expected: Any) -> None:
    assert rebuild((name, str(at)) for at, name in enumerate(names)) == expected


def test_where_names_are_those_of_the_tool_one_part_alone_is_a_part() -> None:
    said = read("fluent_forms", urlencode({"names[first_name]": "Zoé"}).encode(), FORM)
    assert values(said) == {"names": {"first": "Zoé"}}
    assert rebuild([("a[b]", "1")], programs=True) == {"a": {"b": "1"}}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("J’accepte <a href='/rgpd' target=\"_blank\">la politique</a>", "J’accepte la politique"),
        ("Nom &amp; prénom&nbsp;*", "Nom & prénom *"),
        ("L&#39;adresse<br/>e-mail", "L'adresse e-mail"),
        ("<p>Pr&eacute;nom</p>", "Prénom"),
        ("<strong>Ville</strong> <span style='color:red'>*</span>", "Ville *"),
        ("Nom <prénom>", "Nom <prénom>"),
        ("Âge < 18 ans & parents > 1", "Âge < 18 ans & parents > 1"),
        ("R&D", "R&D"),
        ("a &copy b", "a &copy b"),
        ("<br>", "<br>"),
    ],
)
def test_a_label_is_what_people_see(written: str, shown: str) -> None:
    assert seen(written) == shown
    for source in ("elementor", "contact_form_7", "forminator", "formstack", "framer", "json"):
        said = read(source, {written: "x", "UniqueID": "1"}) if source != "elementor" else None
        said = said or read(source, rebuilt(written), FORM)
        (answer,) = [one for one in said.answers if one.value == "x"]
        assert (answer.key, answer.label) == (written, shown), source
        assert part(said, written) == part(said, shown) == "x"


def rebuilt(name: str) -> bytes:
    return urlencode({name: "x"}).encode()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Quel est votre *prénom* ?", "Quel est votre prénom ?"),
        ("Votre _e-mail_, {{field:a}} ?", "Votre e-mail, … ?"),
        ("Merci {{hidden:prenom}}, *vraiment _très_* bien", "Merci …, vraiment très bien"),
        ("Nom *", "Nom *"),
        ("Nom* et prénom*", "Nom* et prénom*"),
        ("nom_de_famille", "nom_de_famille"),
        (r"nom\_de\_famille", "nom_de_famille"),
        ("3 * 4 * 5", "3 * 4 * 5"),
        ("{{field:a}}", "…"),
    ],
)
def test_a_title_of_typeform_is_what_people_see(written: str, shown: str) -> None:
    assert unmarked(written) == shown
    question = {"id": "A1", "ref": "a", "type": "short_text", "title": written}
    given = {"type": "text", "text": "Zoé", "field": {"id": "A1", "type": "short_text", "ref": "a"}}
    response = {"token": "t", "definition": {"fields": [question]}, "answers": [given]}
    said = read("typeform", {"event_type": "form_response", "event_id": "e", "form_response": response})
    assert pairs(said) == [("A1", shown, "Zoé")]
    assert part(said, written) == part(said, "a") == "Zoé"


CALL = {"headers": {"authorization": "Bearer invented", "cookie": "s=1"}, "params": {}, "query": {}}
ANA = {"email": "ana@example.org", "Prénom": "Ana"}


@pytest.mark.parametrize("source", ["json", "n8n", "make", "zapier"])
@pytest.mark.parametrize(
    "call",
    [
        {**CALL, "body": ANA, "webhookUrl": "https://n8n.example.org/webhook/invented", "executionMode": "production"},
        {
            **CALL,
            "body": ANA,
            "method": "POST",
            "path": "/",
            "client_ip": "203.0.113.9",
            "url": "https://x.example.org/",
        },
        {**CALL, "body": json.dumps(ANA), "httpMethod": "POST", "isBase64Encoded": False, "multiValueHeaders": {}},
    ],
    ids=["n8n", "pipedream", "gateway"],
)
@pytest.mark.parametrize("listed", [False, True])
def test_of_a_call_that_is_passed_on_only_what_was_said_is_kept(source: str, call: Any, *, listed: bool) -> None:
    (record,) = post(source, [call] if listed else call)
    said = read(source, call)
    assert values(said) == {"body.email": "ana@example.org", "body.Prénom": "Ana"}
    assert part(said, "Prénom") == "Ana"
    assert record.body == {"body": ANA}


def test_answers_in_the_query_of_a_call_are_kept_and_a_question_named_headers_too() -> None:
    assert values(read("n8n", {**CALL, "query": {"prenom": "Ana"}, "body": {}})) == {
        "query.prenom": "Ana",
        "body": None,
    }
    assert values(read("json", {"headers": "oui", "body": "non"})) == {"headers": "oui", "body": "non"}
    assert values(read("json", {"headers": {"a": "b"}, "c": "d"})) == {"headers.a": "b", "c": "d"}


INES = {"email": "ines@example.org", "firstname": "Inès"}


@pytest.mark.parametrize(
    "body",
    [
        {"id": "551", "properties": INES, "updatedAt": "2025-11-03T09:16:00.000Z"},
        {"properties": {name: {"value": text} for name, text in INES.items()}},
        INES,
        [{"id": "551", "properties": INES}],
        {"results": [{"id": "551", "properties": INES}], "paging": {}},
    ],
    ids=["v3", "workflow", "flat", "list", "search"],
)
def test_a_contact_of_hubspot_is_read_in_each_of_its_shapes(body: Any) -> None:
    said = read("hubspot", body)
    assert (values(said), said.identities) == (INES, {"mail": "ines@example.org"})


def change(kind: str, type_: str | None, **more: Any) -> dict[str, Any]:
    return {"subscriptionType": kind, "objectId": 5, "occurredAt": 1762000000000, "objectTypeId": type_, **more}


@pytest.mark.parametrize(
    ("kind", "type_", "expected"),
    [
        ("contact.propertyChange", None, "submitted"),
        ("object.propertyChange", "0-1", "submitted"),
        ("object.propertyChange", "0-2", "ping"),
        ("object.deletion", "0-1", "deleted"),
        ("object.deletion", "0-3", "ping"),
        ("contact.privacyDeletion", None, "deleted"),
        ("object.creation", "0-1", "ping"),
    ],
)
def test_a_change_of_an_object_of_hubspot_is_one_of_a_contact_by_its_type(kind: str, type_: Any, expected: str) -> None:
    said = change(kind, type_, propertyName="email", propertyValue="ines@example.org")
    assert read("hubspot", [said]).kind == read("hubspot", said).kind == expected


def test_objects_of_two_types_with_one_number_are_two_records_of_hubspot() -> None:
    both = [change("object.propertyChange", type_, propertyName="a", propertyValue="b") for type_ in ("0-1", "0-2")]
    assert len(post("hubspot", both)) == 2


@pytest.mark.parametrize("wrapped", [True, False])
def test_records_of_airtable_are_read_from_its_list_too(*, wrapped: bool) -> None:
    rows = [{"id": f"rec{at}", "fields": {"Email": f"a{at}@example.org"}} for at in range(2)]
    assert [one.key for one in post("airtable", {"records": rows} if wrapped else rows)] == ["rec0", "rec1"]
    assert post("airtable", {"records": []}) == []


KOBO = b"""<?xml version='1.0' ?><aXyz id="aXyz" version="1"><formhub><uuid>f</uuid></formhub><start>2026-03-14</start>
<qui><nom>Zo\xc3\xa9</nom></qui><enfant><age>7</age></enfant><enfant><age>9</age></enfant>
<meta><instanceID>uuid:1-2</instanceID></meta></aXyz>"""


def test_xml_of_kobo_is_read_under_the_names_of_its_json() -> None:
    (record,) = post("kobotoolbox", KOBO, "text/xml")
    said = read("kobotoolbox", KOBO, "text/xml")
    assert record.key == "1-2"
    assert pairs(said) == [
        ("qui/nom", "nom", "Zoé"),
        ("enfant.0.enfant/age", "enfant.0.age", "7"),
        ("enfant.1.enfant/age", "enfant.1.age", "9"),
    ]


@pytest.mark.parametrize("body", [b"<a>", b"<a/><b/>", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", b"<"])
def test_xml_of_kobo_that_is_none_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        post("kobotoolbox", body, "text/xml")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"other": "Par un tract, au marché"}, "Par un tract, au marché"),
        ({"0": "Tractage", "1": "Bureau", "other": "Cuisine"}, ("Tractage", "Bureau", "Cuisine")),
        ({"0": "Tractage", "other": ""}, ("Tractage",)),
        ({"other": ""}, ""),
        ({"other": "x", "autre": "y"}, {"other": "x", "autre": "y"}),
    ],
)
def test_what_somebody_wrote_beside_the_choices_of_jotform_is_one_of_them(value: Any, expected: Any) -> None:
    fields = {"submissionID": "1", "rawRequest": json.dumps({"q7_aide": value})}
    body = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    said = read("jotform", f"{body}--b--\r\n".encode(), "multipart/form-data; boundary=b")
    assert values(said) == {"q7_aide": expected}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tractage\nPorte-à-porte", ("Tractage", "Porte-à-porte")),
        ("Bonjour\nje veux aider\nà Nantes", "Bonjour\nje veux aider\nà Nantes"),
        ("12 rue Haute\n29200 Brest", "12 rue Haute\n29200 Brest"),
        ("Bonjour,\nMerci.", "Bonjour,\nMerci."),
        ("value = Bonjour\nMerci\nfield_type = textarea", "Bonjour\nMerci"),
        ("value = tractage\nbureau\nfield_type = checkbox", ("tractage", "bureau")),
        ("value = zoe@example.org\nfield_type = email", "zoe@example.org"),
        ("first = Zoé\nlast = Lefèvre\nfield_type = name", {"first": "Zoé", "last": "Lefèvre"}),
        ({"value": "Bonjour\nMerci", "field_type": "textarea"}, "Bonjour\nMerci"),
        ({"value": ["tractage", "bureau"], "field_type": "checkbox"}, ("tractage", "bureau")),
        ({"first": "Zoé", "last": "Lefèvre", "field_type": "name"}, {"first": "Zoé", "last": "Lefèvre"}),
    ],
)
def test_lines_of_formstack_are_a_list_only_where_something_says_so(value: Any, expected: Any) -> None:
    assert values(read("formstack", {"UniqueID": "1", "Q": value})) == {"Q": expected}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Écologie||Logement", ("Écologie", "Logement")),
        ("Mairie || école, les deux", "Mairie || école, les deux"),
        ("Mairie ||école", "Mairie ||école"),
        ("||", "||"),
    ],
)
def test_a_double_bar_with_blanks_was_typed(value: str, expected: Any) -> None:
    assert values(read("wpforms", {"themes": value})) == {"themes": expected}
