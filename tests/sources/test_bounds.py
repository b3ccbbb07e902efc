"""Nothing that a call holds makes the bridge build more than a form can mean: counted in nodes and bytes, not timed."""

import json
import tracemalloc
import unicodedata
from collections.abc import Iterator
from typing import ClassVar, SupportsIndex
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import NotProven, Unreadable
from bridge.model import Delivery
from bridge.proofs.body_secret import check
from bridge.proofs.proof import Proof
from bridge.sources import SOURCES
from bridge.sources.jotform import MAX_LOOKS, labels
from bridge.sources.kit import php_names
from bridge.sources.kit.json_body import MAX_DEPTH, MAX_FIELDS, MAX_NAME, MAX_VALUES, parse_json, parse_query
from bridge.sources.kit.php_names import rebuild
from schemas import normal
from tests.support.recorded_calls import PARIS, read

SIZE = 620_000
JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
MEGABYTES = 16
"""Of Python's objects at once, for a body of 620 KB."""


def filled(piece: bytes) -> bytes:
    return piece * (SIZE // len(piece))


def part(name: str, content: bytes) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + content + b"\r\n"


def jotform(raw: object, pretty: bytes) -> bytes:
    fields = {"submissionID": b"1", "rawRequest": json.dumps(raw).encode(), "pretty": pretty}
    return b"".join(part(name, content) for name, content in fields.items()) + b"--b--\r\n"


ALIKE = {f"q{at}": "a" + ":a" * at for at in range(400)}
MARKS = "\u0301\u0323"
HOSTILE: dict[str, tuple[str, str, bytes]] = {
    "deep trees": ("form", FORM, "&".join(f"a{at}" + "[]" * 60 + "=1" for at in range(4_900)).encode()),
    "wide trees": ("form", FORM, "&".join(f"a{at}" + "[]" * 14 + "=1" for at in range(4_900)).encode()),
    "one long name": ("form", FORM, filled(b"x") + b"=1"),
    "long names": ("form", FORM, "&".join(f"{at}{'x' * 118}=1" for at in range(4_900)).encode()),
    "escapes": ("form", FORM, b"a=" + filled(b"b%0A")),
    "pairs": ("form", FORM, filled(b"aa&")),
    "empty lists": ("json", JSON, b"[" + filled(b"[],") + b"[]]"),
    "numbers": ("json", JSON, b'{"a":[' + filled(b"1,") + b"1]}"),
    "levels": ("json", JSON, filled(b"[")),
    "levels of objects": ("json", JSON, filled(b'{"a":')),
    "a long key of many": ("json", JSON, json.dumps({"k" * 300_000: {str(at): 1 for at in range(2_000)}}).encode()),
    "many under deep names": (
        "json",
        JSON,
        b'{"%s":' % (b"a" * 50) * 60 + json.dumps({str(at): 1 for at in range(40_000)}).encode() + b"}" * 60,
    ),
    "many answers": ("json", JSON, json.dumps({f"a{at}": 1 for at in range(45_000)}).encode()),
    "pairs in a list": ("json", JSON, json.dumps([{"label": f"a{at}", "value": 1} for at in range(12_000)]).encode()),
    "quotes": ("json", JSON, b'{"a":"' + filled(b'\\"')),
    "digits": ("json", JSON, b'{"a":' + filled(b"1") + b"}"),
    "lines": ("formstack", JSON, json.dumps({"UniqueID": "1", "a": "a\n" * 300_000}).encode()),
    "double bars": ("wpforms", JSON, json.dumps({"a": "a||" * 200_000 + "a"}).encode()),
    "changes": ("hubspot", JSON, json.dumps([{"objectId": at} for at in range(24_000)]).encode()),
    "parts": ("form", MULTIPART, part("a", b"") * 11_000 + b"--b--\r\n"),
    "line breaks in a part": ("form", MULTIPART, part("a", filled(b"\r\n")) + b"--b--\r\n"),
    "elements": ("salesforce", "text/xml", b"<a>" + filled(b"<b/>") + b"</a>"),
    "levels of XML": ("salesforce", "text/xml", filled(b"<a>")),
    "XML of Kobo": ("kobotoolbox", "text/xml", b"<a>" + filled(b"<b/>") + b"</a>"),
    "rows with surroundings": (
        "baserow",
        JSON,
        json.dumps(
            {"event_type": "rows.created", "items": [{"id": at} for at in range(1_000)], "x": [1] * 40_000}
        ).encode(),
    ),
    "labels in one line": (
        "jotform",
        MULTIPART,
        jotform({f"q{at}": "a" + ":a" * at for at in range(400)}, b":a" * 150_000),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_built_of_a_body_stays_within_bounds(name: str) -> None:
    source, media, body = HOSTILE[name]
    tracemalloc.start()
    try:
        for record in SOURCES[source].split(Delivery("POST", {"content-type": media}, body)):
            SOURCES[source].read(record, PARIS)
    except Unreadable:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < MEGABYTES * 1_000_000


def test_brackets_are_counted_before_they_are_built() -> None:
    fits = "a" + "[b]" * (php_names.MAX_DEPTH - 1)
    assert rebuild([(fits, "1")])
    with pytest.raises(Unreadable, match="deeper than 16"):
        rebuild([(f"{fits}[c]", "1")])
    names = [(f"a[{at}][{way}]", "1") for at in range(php_names.MAX_NODES // 6) for way in "xy"]
    assert len(rebuild(names)) == 1
    with pytest.raises(Unreadable, match="more than 10000 nodes"):
        rebuild([*names, ("b[x][y]", "1"), ("b[x][z]", "1")])


def test_json_is_counted_before_it_is_built() -> None:
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    for deep in (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), b"[" * SIZE, b'{"a":' * SIZE):
        with pytest.raises(Unreadable, match=r"nested deeper|more than"):
            parse_json(deep)
    assert parse_json(b"[" + b"1," * (MAX_VALUES - 3) + b"1]")
    with pytest.raises(Unreadable, match="more than"):
        parse_json(b"[" + b"1," * MAX_VALUES + b"1]")


def test_signs_within_texts_are_no_values_and_no_levels() -> None:
    text = '[{,"' * 20_000 + "\\"
    assert parse_json(json.dumps({"a": text, text[:40]: [text]}).encode()) == {"a": text, text[:40]: [text]}


def test_a_name_is_as_long_as_a_label_may_be_and_no_longer() -> None:
    for source, media in (("json", JSON), ("form", FORM), ("elementor", FORM), ("contact_form_7", JSON)):
        fits, long = ("x" * length for length in (MAX_NAME, MAX_NAME + 1))
        for name in (fits, long):
            body = json.dumps({name: "1"}).encode() if media == JSON else f"{name}=1&b=2".encode()
            if name == fits:
                assert read(source, body, media).answers
            else:
                with pytest.raises(Unreadable, match="longer than 1000"):
                    read(source, body, media)


def test_a_label_beside_its_key_has_the_same_bound_and_so_have_all_together() -> None:
    with pytest.raises(Unreadable, match="longer than 1000"):
        read("json", [{"label": "x" * (MAX_NAME + 1), "value": "1"}])
    with pytest.raises(Unreadable, match="all are longer"):
        read("json", {f"{at}{'x' * 990}": "1" for at in range(600)})
    with pytest.raises(Unreadable, match="more than 5000 answers"):
        read("json", {str(at): "1" for at in range(MAX_FIELDS + 1)})


def test_a_form_is_counted_before_it_is_cut_and_blank_pairs_are_none() -> None:
    assert len(parse_query(b"&&".join([b"a=1"] * MAX_FIELDS))) == MAX_FIELDS
    for pairs in (b"&".join([b"a=1"] * (MAX_FIELDS + 1)), b"&" * SIZE):
        with pytest.raises(Unreadable, match="more than 5000 fields"):
            parse_query(pairs)


@given(st.text(st.sampled_from("%aé€=&+ 1F"), max_size=40), st.integers(0, 60))
def test_escapes_are_read_wherever_a_piece_ends(text: str, padding: int) -> None:
    name = "x" * (16 * 1024 - 30 + padding) + text
    assert parse_query(b"a=" + quote(name).encode()) == [("a", name)]


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b'{"token": "right", "a": ' + b"[" * SIZE, JSON),
        (b'{"token": "right", "a": [' + filled(b"[],") + b"1]}", JSON),
        (b"token=right&" + filled(b"a&"), FORM),
    ],
)
def test_no_secret_is_looked_for_in_a_body_that_nobody_reads(body: bytes, media: str) -> None:
    proof = Proof("body", ("right",), path="token")
    with pytest.raises(NotProven):
        check(Delivery("POST", {"content-type": media}, body), proof, normal.from_epoch_ms(0))


class Counted(str):
    """A line that counts how often something is looked for in it."""

    __slots__ = ()
    looks: ClassVar[int] = 0

    def find(self, sub: str, start: SupportsIndex | None = None, end: SupportsIndex | None = None, /) -> int:
        Counted.looks += 1
        return super().find(sub, start, end)


def test_labels_are_looked_for_a_bounded_number_of_times() -> None:
    Counted.looks = 0
    assert labels(Counted(":a" * 150_000), ALIKE) == {}
    assert Counted.looks <= MAX_LOOKS + len(ALIKE)


def test_marks_in_a_row_are_put_in_order_by_pieces() -> None:
    for text in ("a" + MARKS * 150_000, MARKS * 150_000 + "a", f"é{MARKS * 2_000}" * 100):
        assert max(map(len, normal.pieces(text))) <= 2_000
        assert "".join(normal.pieces(text)) == text
    assert normal.mail("a" + MARKS * 150_000 + "@example.org") is None
    assert normal.phone("0639980142" + " " * 2_000, "FR") is None
    assert normal.certain_day("1" + " " * SIZE + "x") is None


def test_a_long_run_of_marks_is_put_in_order_once(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[int] = []
    once = normal.pieces

    def counted(text: str) -> list[str]:
        passes.append(len(text))
        return once(text)

    monkeypatch.setattr(normal, "pieces", counted)
    normal.visible("a" + MARKS * 5_000 + "@example.org")
    assert len(passes) == 1


def words() -> Iterator[str]:
    yield from ("Zoé", "Zoe\u0301", "a\u0323\u0301", "한국", "﷽", "l’été", "\u0301", "x" * 300, "é" * 400)


@given(st.lists(st.sampled_from([*words()]), min_size=20, max_size=60))
def test_a_long_text_is_normalised_as_a_short_one(parts: list[str]) -> None:
    text = " ".join(parts)
    kept = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cc")
    assert normal.cleaned(text) == kept.strip()
