"""The mechanisms that tools share: times, choices, parts, places, labels. No rules of any tool."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.errors import Unreadable
from bridge.sources.jotform import labels
from bridge.sources.kit.answers import answers, cells, labelled, members
from bridge.sources.kit.choices import are_joined, exploded, is_uploads, links, listed, resolved, texts_by_id
from bridge.sources.kit.people import calendar_day, parts, phone
from bridge.sources.kit.source import objects
from bridge.sources.kit.values import at, key_of, slices, unpacked, without
from schemas.dates import day, epoch, moment, written
from tests.support.recorded_calls import PARIS

NINE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (1795338000, NINE),
        ("1795338000", NINE),
        ("1795338000.0", NINE),
        (999999999999999, None),
        (True, None),
        (-1, None),
        ("1e9", None),
        (None, None),
        ("", None),
        ([1], None),
    ],
)
def test_seconds_since_1970_are_a_time(said: Any, expected: datetime | None) -> None:
    assert epoch(said) == expected


def test_milliseconds_are_told_apart_by_the_tool_not_by_their_size() -> None:
    assert epoch(1795338000000, 1000) == epoch("1795338000000", 1000) == NINE


@pytest.mark.parametrize(
    ("said", "expected"),
    [("22/11/2026 10:00:00", NINE), ("22/11/2026 10:00", NINE), ("11/22/2026 10:00", None), ("", None), (None, None)],
)
def test_a_local_time_is_that_of_the_hooks_zone(said: Any, expected: datetime | None) -> None:
    assert written(said, PARIS, "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M") == expected


def test_a_time_without_a_zone_is_the_one_that_the_tool_is_known_to_keep() -> None:
    assert moment("2026-11-22 09:00:00", UTC) == moment("2026-11-22 10:00:00", PARIS) == NINE


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("1979-02-28T00:00:00+01:00", "1979-02-28"),
        ("1979-02-28T00:00:00Z", "1979-02-28"),
        ("1979-02-28", "1979-02-28"),
        ("1979-02-28T13:30:00+01:00", "1979-02-28T13:30:00+01:00"),
        ("28/02/1979", "28/02/1979"),
        (19790228, 19790228),
        (None, None),
    ],
)
def test_a_day_that_a_tool_wrote_as_midnight_stays_that_day(said: Any, expected: Any) -> None:
    assert day(said) == expected


@pytest.mark.parametrize(
    ("value", "separator", "expected"),
    [
        ("Écologie||Démocratie locale", "||", ("Écologie", "Démocratie locale")),
        ("a; b;;c", ";", ("a", "b", "c")),
        ("a, b", "", ("a, b",)),
        ("", "||", ()),
        (None, "||", ()),
        (["a", "", None, 2], "", ("a", "2")),
        ({"tractage": "tractage", "appels": "0", "affiches": 0, "accueil": ""}, "", ("tractage",)),
        ({"a": "1", "b": True, "c": False, "d": "true"}, "", ("a", "b", "d")),
        ([{"id": "1", "name": "Photo"}, {"id": 2, "value": "Vidéo"}, {"id": 3}], "", ("Photo", "Vidéo", "3")),
    ],
)
def test_choices_are_the_texts_that_were_chosen(value: Any, separator: str, expected: tuple[str, ...]) -> None:
    assert listed(value, separator) == expected


def test_an_id_that_no_option_has_stays_rather_than_be_lost() -> None:
    texts = texts_by_id([{"id": 1, "text": "Oui"}, {"id": "2", "text": ""}, "3", {}])
    assert resolved(["1", 2, "gone"], texts) == ("Oui", "2", "gone")
    assert resolved("1", texts) == ("Oui",)
    assert texts_by_id(None) == {}


def test_boxes_that_came_as_a_field_each_are_one_answer() -> None:
    fields = {"Aide_Tracter": "1", "Aide_Coller": "1", "Âge_2": "30", "_x": "1", "Ville": "Ain", "Ville_a": "1"}
    assert exploded(fields) == {
        "Aide": ["Tracter", "Coller"],
        "Âge_2": "30",
        "_x": "1",
        "Ville": "Ain",
        "Ville_a": "1",
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://example.org/wp-content/uploads/2026/cv.pdf", True),
        (["https://example.org/blog/wp-content/uploads/a.pdf", ""], True),
        ("See https://example.org/wp-content/uploads/cv.pdf", False),
        (["https://example.org/wp-content/uploads/a.pdf", "b"], False),
        ("https://example.org/", False),
        ([], False),
        (None, False),
    ],
)
def test_files_that_wordpress_keeps_are_known_by_their_address(value: Any, expected: object) -> None:
    assert is_uploads(value) is expected


def test_choices_are_joined_where_no_blank_is_around_the_separator() -> None:
    sentences: list[Any] = ["Merci ; à bientôt", "Merci; à bientôt", "a", "a;", "", None, ["a;b"]]
    assert are_joined("Tractage;Porte-à-porte", ";")
    assert not any(are_joined(value, ";") for value in sentences)


def test_files_are_their_addresses_else_their_names() -> None:
    assert links([{"url": "https://example.org/a", "name": "a"}, {"name": "b"}, "c", {}]) == (
        "https://example.org/a",
        "b",
        "c",
    )


def test_parts_have_one_set_of_names_and_none_is_lost() -> None:
    assert parts({"addr_line1": "a", "Zip / Postal": "01000", "locality": "c", "étage": 3, "town": "d"}) == {
        "line1": "a",
        "postalcode": "01000",
        "city": "c",
        "étage": "3",
        "town": "d",
    }
    assert parts({"suburb": "a", "city": "b"}) == {"suburb": "a", "city": "b"}
    assert parts({"suburb": "a", "postcode": "01000"}) == {"city": "a", "postalcode": "01000"}


def test_an_address_is_known_by_mailchimp_s_names_too() -> None:
    assert parts({"addr1": "a", "addr2": "b", "zip": "01000"}) == {"line1": "a", "line2": "b", "postalcode": "01000"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"full": "(202) 555-0155"}, "(202) 555-0155"),
        ({"country": "33", "area": "6", "phone": "39980142"}, "+33 6 39980142"),
        ({"area": "06", "phone": "39980142"}, "06 39980142"),
        ({"full": ""}, ""),
        ("0639980142", "0639980142"),
    ],
)
def test_a_phone_in_parts_is_one_number(value: Any, expected: Any) -> None:
    assert phone(value) == expected


def test_a_day_in_parts_is_a_day_only_when_it_is_whole() -> None:
    assert calendar_day({"day": "3", "month": 2, "year": "1990"}) == "1990-02-03"
    assert calendar_day({"day": "", "month": "", "year": ""}) is None
    assert calendar_day({"day": "", "month": "2", "year": ""}) == {"day": "", "month": "2", "year": ""}


def test_a_batch_is_cut_so_that_each_record_keeps_its_shape() -> None:
    payload: Any = {"a": {"list": [{"in": [1, 2]}, {"in": [3]}]}, "b": 0}
    assert slices(payload, "a.list") == [
        {"a": {"list": [{"in": [1, 2]}]}, "b": 0},
        {"a": {"list": [{"in": [3]}]}, "b": 0},
    ]
    assert [at(one, "a.list.0.in.0") for one in slices(payload, "a.list.in")] == [1, 2, 3]
    assert slices([{"x": 1}, {"x": 2}]) == [{"x": 1}, {"x": 2}]
    assert slices([{"x": [1, 2]}], "x") == [{"x": [1]}, {"x": [2]}]
    assert slices({"a": {"list": []}}, "a.list") == []
    assert slices(payload, "missing") == [payload]


def test_a_batch_is_bounded() -> None:
    with pytest.raises(Unreadable, match="more than 1000"):
        slices([{}] * 1001)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (("Order", 31877), "Order:31877"),
        (("a",), "a"),
        (("a", None), None),
        (("",), None),
        (("x" * 256,), None),
        ((), None),
    ],
)
def test_a_key_is_all_its_ids_or_none(ids: tuple[Any, ...], expected: str | None) -> None:
    assert key_of(*ids) == expected


def test_a_place_is_taken_out_wherever_lists_lead() -> None:
    body: Any = {"a": [{"s": 1, "k": 2}, {"s": 3}], "b": {"x": {"s": 1}, "y": {"s": 2, "k": 3}}, "s": "stays"}
    assert without(body, ["a.s", "b.*.s", "nothing.here"]) == {
        "a": [{"k": 2}, {}],
        "b": {"x": {}, "y": {"k": 3}},
        "s": "stays",
    }


def test_json_in_a_text_is_unpacked_and_other_texts_stay() -> None:
    assert unpacked(' {"a": [1]}') == {"a": [1]}
    assert unpacked("(a)") == "(a)"
    assert unpacked(3) == 3
    with pytest.raises(Unreadable):
        unpacked("{broken")


def test_a_repeat_is_an_answer_per_part_and_a_matrix_one_with_parts() -> None:
    said = list(
        members({"enfants": [{"nom": "Léo", "age": 8}], "échelle": {"climat": "5", "emploi": "3"}}, prefix="f.")
    )
    assert [(one.key, one.label, one.value, one.aliases) for one in said] == [
        ("f.enfants.0", "enfants.0", {"nom": "Léo", "age": "8"}, ()),
        ("f.échelle", "échelle", {"climat": "5", "emploi": "3"}, ("échelle",)),
    ]


def test_a_cell_of_a_table_is_its_choices_by_their_texts() -> None:
    one, two = {"id": 1, "value": "Photo", "color": "red"}, {"id": "sel2", "name": "Vidéo"}
    row: Any = {"un": one, "plusieurs": [one, two], "aucun": [], "vide": None, "nom": "Léo", "id": 3}
    assert [(said.key, said.type, said.value) for said in cells(row, hidden=["id"])] == [
        ("un", "choice", "Photo"),
        ("plusieurs", "choices", ("Photo", "Vidéo")),
        ("aucun", "choices", ()),
        ("vide", "text", None),
        ("nom", "text", "Léo"),
    ]


def test_a_list_of_labels_has_the_names_that_a_tool_gives() -> None:
    asked: Any = [{"id": "q1", "q": "Aide", "a": "x;y", "t": "many"}, {"q": "Nom", "a": None}, "junk"]
    said = list(labelled(asked, key="id", label="q", value="a", kind="t", types={"many": "choices"}))
    assert [(one.key, one.label, one.type, one.value) for one in said] == [
        ("q1", "Aide", "choices", ("x;y",)),
        ("Nom", "Nom", "text", None),
    ]


def test_one_choice_is_a_text_and_several_are_choices() -> None:
    assert [(one.type, one.value) for one in answers("k", "k", ["a"], "choice")] == [("choice", "a")]
    assert [(one.type, one.value) for one in answers("k", "k", ["a", "b"], "choice")] == [("choices", ("a", "b"))]
    assert [(one.type, one.value) for one in answers("k", "k", None, "choices")] == [("choices", None)]


@pytest.mark.parametrize(
    ("pretty", "raw", "expected"),
    [
        ("A, b::x: 1, y, C:No", {"k1": "x: 1, y", "k2": "No"}, {"k1": "A, b:", "k2": "C"}),
        ("A:No, B:No", {"k1": "No", "k2": "No"}, {"k1": "A", "k2": "B"}),
        ("A:No, B:No, C:z", {"k1": "No", "k3": "z"}, {}),
        ("A:x, D:3 May, B:y", {"k1": "x", "k2": {"day": "3"}, "k3": "y"}, {"k1": "A"}),
        ("A:x", {"k1": "x", "k2": ""}, {"k1": "A"}),
        ("", {"k1": "x"}, {}),
    ],
)
def test_a_label_is_taken_from_the_line_for_people_only_when_it_is_certain(
    pretty: str, raw: dict[str, Any], expected: dict[str, str]
) -> None:
    assert labels(pretty, raw) == expected


def test_a_list_with_one_spoilt_element_is_cut_and_a_list_of_none_is_unreadable() -> None:
    assert objects("Brevo", [{"a": 1}, 2]) == [{"a": 1}, 2]
    assert objects("Brevo", {"a": 1}) == [{"a": 1}]
    assert objects("Brevo", []) == []
    nothing: list[Any] = [[1, 2], "text", None]
    for payload in nothing:
        with pytest.raises(Unreadable):
            objects("Brevo", payload)


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("1986-07-05", "date", "1986-07-05"),
        ("1986-07-05T00:00:00+02:00", "date", "1986-07-05"),
        ("25/07/1986", "date", "1986-07-25"),
        ("07.25.1986", "date", "1986-07-25"),
        ("05/05/1986", "date", "1986-05-05"),
        ("1986/7/5", "date", "1986-07-05"),
        ("samedi 5 juillet 1986", "date", "1986-07-05"),
        ("1er août 1990", "date", "1990-08-01"),
        ("July 5, 1986", "date", "1986-07-05"),
        ("05/07/1986", "text", "05/07/1986"),
        ("25/07/86", "text", "25/07/86"),
        ("32/01/1990", "text", "32/01/1990"),
        ("juillet 1986", "text", "juillet 1986"),
        ("9:30 AM", "text", "9:30 AM"),
        (" ", "date", " "),
        (None, "date", None),
        (19860705, "number", 19860705),
    ],
)
def test_a_date_is_typed_only_where_it_can_be_one_day(written: Any, kind: str, value: Any) -> None:
    (answer,) = answers("d", "Né le", written, "date")
    assert (answer.type, answer.value) == (kind, value)
