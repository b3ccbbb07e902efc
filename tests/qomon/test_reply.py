"""What an answer says: read fast where it can be, and always as Python's own json reads it."""

import json
from math import isfinite
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.qomon.reply import parsed

TEXTS = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=8)
NUMBERS = st.integers() | st.integers(-(2**70), 2**70) | st.floats()
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


def refused(said: str) -> NoReturn:
    raise ValueError(said)


def finite(said: str) -> float:
    return float(said) if isfinite(float(said)) else refused(said)


def plainly(body: bytes) -> dict[str, Any] | None:
    """By Python's json alone."""
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
        found = json.loads(text, parse_constant=refused, parse_float=finite)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


@given(
    st.dictionaries(TEXTS, VALUES, max_size=4) | VALUES, st.booleans(), st.sampled_from(["utf-8", "utf-16", "utf-32"])
)
def test_every_answer_is_read_as_python_reads_it(said: object, ascii_: bool, encoding: str) -> None:  # noqa: FBT001
    body = json.dumps(said, ensure_ascii=ascii_).encode(encoding, "surrogatepass")
    assert repr(parsed(body)) == repr(plainly(body))


@given(st.binary(max_size=20))
def test_so_is_what_is_no_answer(inside: bytes) -> None:
    body = b'{"a": ' + inside + b"}"
    assert repr(parsed(body)) == repr(plainly(body))


@pytest.mark.parametrize(
    "value",
    [
        *("18446744073709551615", "18446744073709551616", "-9223372036854775808", "-9223372036854775809"),
        *("9" * 18, "9" * 19, "9" * 400, "-0", "-0.0", "0.1e1", "1E5", "1e400", "1e-400", "12345678901234567890.5"),
        *(
            "NaN",
            "-Infinity",
            "01",
            "1.",
            "+1",
            '"\\ud800"',
            '"\\ud83d\\ude00"',
            '"\t"',
            '"\x7f"',
            "1 /* one */",
            "1, ",
        ),
        *('1, "a": 2', '{"a": 1, "a": [2]}', "[[[]]]", '"\u2028"', "tru", ""),
    ],
)
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b" \r\n\t"])
def test_so_is_what_few_write(before: bytes, value: str) -> None:
    body = before + b'{"a": ' + value.encode() + b"}"
    assert repr(parsed(body)) == repr(plainly(body))
