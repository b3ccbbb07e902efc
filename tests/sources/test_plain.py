"""What becomes of JSON and forms that people build by hand: their layouts, names, times, ids and files."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.errors import Unreadable
from bridge.model import Delivery
from bridge.sources import SOURCES
from tests.support.recorded_calls import FORM, PARIS, pairs, post, read

MULTIPART = "multipart/form-data; boundary=xx"


def part(disposition: str, content: bytes, content_type: str = "") -> bytes:
    typed = f"Content-Type: {content_type}\r\n" if content_type else ""
    return f"--xx\r\nContent-Disposition: form-data; {disposition}\r\n{typed}\r\n".encode() + content + b"\r\n"


def aliases(body: Any) -> dict[str, tuple[str, ...]]:
    return {answer.key: answer.aliases for answer in read("json", body).answers}


@pytest.mark.parametrize(
    ("name", "content"),
    [("label", "value"), ("question", "answer"), ("q", "a"), ("title", "value"), ("name", "value")],
)
def test_a_list_of_labels_and_values_is_one_record(name: str, content: str) -> None:
    submission = read("json", [{name: "Prénom", content: "Zoé"}, {name: "Aide", content: ["a", "b"]}])
    assert pairs(submission) == [("Prénom", "Prénom", "Zoé"), ("Aide", "Aide", ("a", "b"))]


def test_a_pair_is_named_by_its_id_when_it_has_one() -> None:
    (answer,) = read("json", {"answers": [{"key": "q1", "label": "Prénom", "value": "Zoé"}]}).answers
    assert (answer.key, answer.label, answer.aliases) == ("answers.q1", "Prénom", ("q1",))


def test_two_pairs_with_one_label_are_both_kept_and_the_label_names_both() -> None:
    answers = read("json", [{"q": "Ville", "a": "Ain"}, {"q": "Ville", "a": "Oyonnax"}]).answers
    assert [(one.key, one.label, one.value, one.aliases) for one in answers] == [
        ("Ville#1", "Ville", "Ain", ("Ville",)),
        ("Ville#2", "Ville", "Oyonnax", ("Ville",)),
    ]


def test_a_nested_answer_is_found_by_its_path_and_by_its_last_step() -> None:
    assert pairs(read("json", {"email": "a@example.org", "address": {"city": "Nîmes"}})) == [
        ("email", "email", "a@example.org"),
        ("address.city", "city", "Nîmes"),
    ]


def test_a_last_step_that_two_answers_share_names_neither() -> None:
    expected = [("name", "name", "A"), ("form.name", "form.name", "B"), ("x.0.name", "x.0.name", "C")]
    assert pairs(read("json", {"name": "A", "form": {"name": "B"}, "x": [{"name": "C"}]})) == expected
    assert aliases({"name": "A", "form": {"name": "B"}}) == {"name": (), "form.name": ()}


def test_a_place_in_a_list_is_not_a_name() -> None:
    expected = [("enfants.0", "enfants.0", ("Léo", "8")), ("enfants.1", "enfants.1", ("Inès", "5"))]
    assert pairs(read("json", {"enfants": [["Léo", "8"], ["Inès", "5"]]})) == expected


def test_a_record_that_says_nothing_has_no_answers() -> None:
    assert read("json", {}).answers == ()
    assert pairs(read("json", {"filename": "a", "content_type": "b"})) == [
        ("filename", "filename", "a"),
        ("content_type", "content_type", "b"),
    ]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [({"a": [0] * 50_000}, "more than 50000 values"), ([{}] * 1001, "more than 1000 records")],
)
def test_what_is_counted_is_bounded(body: object, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        post("json", body)


def test_a_wrapper_may_be_left_out_of_a_path() -> None:
    assert aliases({"body": {"nom": "A", "adresse": {"ville": "B"}}}) == {
        "body.nom": ("nom",),
        "body.adresse.ville": ("adresse.ville", "ville"),
    }


def test_types_are_only_what_the_values_show() -> None:
    body = {
        "a": True,
        "b": 0,
        "c": 1.5,
        "d": "a@example.org",
        "e": "a@example.org, b@example.org",
        "f": "True",
        "g": "01000",
        "h": [1, True, None, ""],
    }
    answers = {one.key: (one.type, one.value) for one in read("json", body).answers}
    assert answers == {
        "a": ("bool", True),
        "b": ("number", 0),
        "c": ("number", 1.5),
        "d": ("mail", "a@example.org"),
        "e": ("text", "a@example.org, b@example.org"),
        "f": ("text", "True"),
        "g": ("text", "01000"),
        "h": ("choices", ("1", "true")),
    }


def test_what_is_empty_is_listed_as_empty() -> None:
    expected = [("a", "a", None), ("b", "b", ""), ("c", "c", ()), ("d", "d", None), ("e", "e", ())]
    assert pairs(read("json", {"a": None, "b": "", "c": [], "d": {}, "e": [""]})) == expected


def test_a_list_at_the_top_is_many_records_with_keys_of_their_own() -> None:
    records = post("json", [{"a": 1}, [{"q": "b", "a": 2}]], idempotency_key="run-7")
    assert [(record.key, record.body) for record in records] == [
        ("run-7#1", {"a": 1}),
        ("run-7#2", [{"q": "b", "a": 2}]),
    ]
    assert post("json", []) == []


@pytest.mark.parametrize("source", ["json", "form"])
def test_an_id_in_a_header_is_the_key_and_a_monstrous_one_is_not(source: str) -> None:
    body: Any = {"a": 1} if source == "json" else b"a=1"
    content_type = "application/json" if source == "json" else FORM
    for headers, expected in (
        ({}, None),
        ({"webhook_id": " msg_1 "}, "msg_1"),
        ({"webhook_id": "msg_1", "idempotency_key": "first"}, "first"),
        ({"idempotency_key": "x" * 256}, None),
    ):
        assert post(source, body, content_type, **headers)[0].key == expected


@pytest.mark.parametrize(
    ("name", "said", "expected"),
    [
        ("submitted_at", "2025-10-07T19:45:12+02:00", datetime(2025, 10, 7, 17, 45, 12, tzinfo=UTC)),
        (
            "submittedAt",
            "2025-10-07T17:45:12.3456789Z",
            datetime(2025, 10, 7, 17, 45, 12, 345678, tzinfo=UTC),
        ),
        ("created_at", "2025-10-07 19:45", datetime(2025, 10, 7, 17, 45, tzinfo=UTC)),
        ("createdAt", "2025-01-07T19:45:12", datetime(2025, 1, 7, 18, 45, 12, tzinfo=UTC)),
        ("timestamp", "2025-10-07", None),
        ("timestamp", "10/7/2025 5:45:12 PM", None),
        ("timestamp", 1762000000, None),
        ("timestamp", "0001-01-01T00:00:00+14:00", None),
        ("timestamp", "2025-13-45T99:99:99", None),
        ("date", "2025-10-07T17:45:12Z", None),
    ],
)
def test_a_time_counts_only_when_it_is_one(name: str, said: object, expected: datetime | None) -> None:
    assert read("json", {name: said}).submitted_at == expected
    assert read("json", {"body": {"a": 1, name: said}}).submitted_at == expected
    assert read("json", {"person": {name: said}, "a": 1}).submitted_at is None


def test_brackets_become_objects_and_lists() -> None:
    nested = b"a%5Bb%5D%5B0%5D%5Bc%5D=1&a[b][1][c]=2&t%5B%5D=x&t[]=y&r=1&r=2"
    body = nested + b"&fields[0][label]=Ville&fields[0][value]=Brest&=z&odd[=w"
    (record,) = post("form", body, FORM)
    assert record.body == {
        "a": {"b": [{"c": "1"}, {"c": "2"}]},
        "t": ["x", "y"],
        "r": ["1", "2"],
        "fields": [{"label": "Ville", "value": "Brest"}],
        "": "z",
        "odd[": "w",
    }
    assert ("fields.Ville", "Ville", "Brest") in pairs(SOURCES["form"].read(record, PARIS))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a=%FF", FORM),
        (b"a=\xe9", FORM),
        (b"a=1", f"{FORM}; charset=utf-7"),
        (b"a" + b"[b]" * 70 + b"=1", FORM),
        (b"&".join([b"a=1"] * 5001), FORM),
        (b"&&", FORM),
        (b'{"a":1}', FORM),
        (b'{"a":1}', "application/json"),
        (b"a=1", "multipart/form-data"),
        (b"--xx\r\n", MULTIPART),
        (part('name="a"', b"1"), MULTIPART),
        (part('name="a"', b"\xff") + b"--xx--", MULTIPART),
        (part("x=1", b"1") + b"--xx--", MULTIPART),
        (part('name="a"', b"1") * 1001 + b"--xx--", MULTIPART),
        (b"--xx--\r\n", MULTIPART),
    ],
    ids=range(15),
)
def test_a_form_that_is_broken_or_boundless_is_unreadable(body: bytes, content_type: str) -> None:
    with pytest.raises(Unreadable):
        read("form", body, content_type)


def test_a_declared_charset_is_obeyed() -> None:
    for charset in ("iso-8859-1", "windows-1252"):
        assert read("form", b"nom=Zo%E9+l%92amie", f"{FORM}; charset={charset}").answers[0].value == "Zoé l’amie"
    latin = part('name="nom"', b"Zo\xe9", "text/plain; charset=iso-8859-1") + b"--xx--"
    assert read("form", latin, MULTIPART).answers[0].value == "Zoé"


def test_files_are_their_names_and_nothing_of_what_they_hold() -> None:
    body = (
        part('name="cv"; filename="a.pdf"', b"SECRET\xff", "application/pdf") * 2
        + part('name="b"; filename=""', b"")
        + b"--xx--"
    )
    (record,) = post("form", body, MULTIPART)
    answers = SOURCES["form"].read(record, PARIS).answers
    assert [(one.key, one.type, one.value) for one in answers] == [
        ("cv", "file", ("a.pdf", "a.pdf")),
        ("b", "file", ()),
    ]
    assert "SECRET" not in str(record.body)


@pytest.mark.parametrize("source", ["json", "form"])
def test_a_get_has_its_answers_in_the_query(source: str) -> None:
    (record,) = SOURCES[source].split(Delivery("GET", {}, b"", query="nom=Zo%C3%A9&t[]=a&t[]=b"))
    assert record.body == {"nom": "Zoé", "t": ["a", "b"]}


def test_half_an_emoji_is_mended_and_a_whole_one_kept() -> None:
    body = b'{"whole":"\\ud83d\\udc4d","half":"ok \\ud83d"}'
    assert read("json", body).answers[0].value == "👍"
    assert read("json", body).answers[1].value == "ok ?"
