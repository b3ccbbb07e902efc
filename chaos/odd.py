"""What no form sends and anybody can: odd words, and recorded calls with something broken in them. From dice, so that a
seed makes the same again.
"""

import gzip
import json
import random
from typing import TYPE_CHECKING, Any

from tests.support.recorded_calls import Payload

if TYPE_CHECKING:
    from collections.abc import Callable

ODD = (
    *("", "0", "-1", "9" * 40, "1e400", "NaN", "null", "\x00", "\x7f", "\ud800", "a\u202eb", "é" * 3000, "../../etc"),
    *("%00", "%ff", "' OR 1=1 --", "{{7*7}}", "<script>", "[]", "{}", "2026-13-45", "\r\nX: y", "٣", "²", "1_000"),
)  # fmt: skip
KINDS = (
    *("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "application/json;;=\x80", "x"),
    *("multipart/form-data; boundary=x", "text/xml", "text/plain; charset=utf-16", "application/json; charset=no-such"),
    "",
)
_FIELDS = (40, 40, 40, 300, 300, 3000)
"""Of one form; what has many makes pages slow."""
METHODS = ("POST", "POST", "POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "post")


def broken(dice: random.Random, payload: Payload) -> tuple[bytes, str]:
    """The body of a recorded call with something done to it, and what that was."""
    body = payload.body
    at = dice.randrange(max(1, len(body)))
    value = dice.choice((b"1e999", b"-0", b"9" * 5000, b"NaN", b'"\\ud800"', b'"\\u0000"', b"[[[]]]", b"null", b"{}"))
    deep = dice.choice((50, 500, 100_000))
    made: dict[str, Callable[[], bytes]] = {
        "as it is": lambda: body,
        "flipped": lambda: body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :],
        "cut": lambda: body[:at],
        "deep": lambda: b"[" * deep + b"]" * deep,
        "deep objects": lambda: b'{"a":' * deep + b"1" + b"}" * deep,
        "nul": lambda: body[:at] + b"\0" + body[at:],
        "twice": lambda: body + body,
        "double keys": lambda: body.replace(b"{", b'{"id":1,"id":[],', 3),
        "other values": lambda: body[:at] + value + body[at:],
        "gzip bomb": lambda: gzip.compress(b"0" * 3_000_000),
        "utf-16": lambda: body.decode("utf-8", "replace").encode("utf-16"),
        "many fields": lambda: b"&".join(b"a[%d][b]=1" % one for one in range(dice.choice(_FIELDS))),
        "many parts": lambda: b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 2000 + b"--x--",
        "entity": lambda: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "noise": lambda: dice.randbytes(dice.randrange(300)),
        "nothing": lambda: b"",
        "typed otherwise": lambda: swapped(dice, body),
    }  # fmt: skip
    name = dice.choice([*made])
    return made[name](), name


def swapped(dice: random.Random, body: bytes) -> bytes:
    """JSON of the same keys with values of other kinds."""
    try:
        return json.dumps(_other(dice, json.loads(body, strict=False))).encode("utf-8", "replace")
    except ValueError:
        return body[::-1]


def _other(dice: random.Random, node: Any) -> Any:
    if dice.random() < 0.06:
        return dice.choice((None, True, 10**30, -1.5, "", "\ud800", "\x00", [], {}, [[{}]], {"": None}, *ODD))
    if isinstance(node, dict):
        return {name: _other(dice, value) for name, value in node.items()}
    return [_other(dice, one) for one in node] if isinstance(node, list) else node
