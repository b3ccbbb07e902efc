"""`python -m chaos.fuzz --requests 10000 --seed 1`: odd calls at every address, and what they were answered.

Calls that schemathesis makes of /openapi.json, recorded calls of every source with something broken in them, pages with
odd parameters, forms with a right token and odd values. It stops by itself and fails where an answer is 5xx or an
exception is logged.
"""

import argparse
import gzip
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from bridge.errors import NotProven
from bridge.sources import SOURCES
from tests.support.json_hook import ZOES, plain_house, sent
from tests.support.recorded_calls import ALL, Payload
from tests.support.source_hooks import NEW, OLD, Doorway
from tests.support.visitor import HERE, Visitor
from tests.support.whole_bridge import House

_ODD = (
    *("", "0", "-1", "9" * 40, "1e400", "NaN", "null", "\x00", "\x7f", "\ud800", "a\u202eb", "é" * 3000, "../../etc"),
    *(
        "%00",
        "%ff",
        "' OR 1=1 --",
        "{{7*7}}",
        "<script>",
        "[]",
        "{}",
        "2026-13-45",
        "\r\nX: y",
        "id",
        "٣",
        "²",
        "1_000",
    ),
)
_NAMES = (
    *("before", "hook", "outcome", "reason", "q", "from", "to", "page", "days", "space", "row", "event", "who", "why"),
    *("kind", "action", "contact", "answer", "name", "tool", "mode", "text", "next", "language", "address", "number"),
)
_KINDS = (
    *(
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
    ),
    *(
        "text/xml",
        "text/plain; charset=utf-16",
        "application/json; charset=no-such",
        "",
        "x",
        "application/json;;=\x80",
    ),
)
_METHODS = ("POST", "POST", "POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "post")
_LEFT_ALONE = ("logout", "password", "second_factor", "staff_", "erase", "delete_webhook", "pause", "language")
"""Forms after which there would be nothing left to try."""


class Heard(logging.Handler):
    """The exceptions that are logged."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[0] is not None:
            self.told.append(f"{record.getMessage()}: {record.exc_info[0].__name__}: {record.exc_info[1]}"[:300])


class Campaign:
    def __init__(self, folder: Path, number: int, requests: int) -> None:
        self.dice, self.left, self.heard = random.Random(number), requests, Heard()
        self.counted: Counter[str] = Counter()
        self.bad: list[str] = []
        self.house: House = plain_house(folder, NEW=NEW, OLD=OLD)
        self.doors = {name: Doorway(self.house, source) for name, source in SOURCES.items()}
        self.events = [sent(self.house, body) for body in (ZOES, b"[1", b'{"prenom": "Camille"}')]
        self.house.drain()
        self.admin = Visitor(self.house, "admin")
        self.token = self.admin.token
        self.hooks = [one["id"] for one in self.admin.json("/webhooks.json")["webhooks"]]
        logging.getLogger().addHandler(self.heard)

    def took(self, answer: Any, told: str) -> None:
        """Count one answer; each fault with what brings it again."""
        self.left -= 1
        self.counted[str(answer.status_code)] += 1
        if answer.status_code >= 500 and "/ready" not in told:  # no thread runs behind this door, as it rightly says
            self.bad.append(f"{answer.status_code} {told[:400]}")

    def open(self, told: str, **said: Any) -> None:
        """A call with whatever stands in it. What no client can write is no call."""
        try:
            call = EnvironBuilder(**said)
            environ = call.get_environ()
        except (UnicodeError, ValueError):
            return
        self.took(self.admin.client.open(environ), told)
        if self.dice.random() < 0.02:
            self.house.drain()


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
        "many fields": lambda: b"&".join(b"a[%d][b]=1" % one for one in range(3000)),
        "many parts": lambda: b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 2000 + b"--x--",
        "entity": lambda: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "noise": lambda: dice.randbytes(dice.randrange(300)),
        "nothing": lambda: b"",
        "typed otherwise": lambda: _swapped(dice, body),
    }  # fmt: skip
    name = dice.choice([*made])
    return made[name](), name


def _swapped(dice: random.Random, body: bytes) -> bytes:
    """JSON of the same keys with values of other kinds."""
    try:
        return json.dumps(_other(dice, json.loads(body, strict=False))).encode("utf-8", "replace")
    except ValueError:
        return body[::-1]


def _other(dice: random.Random, node: Any) -> Any:
    if dice.random() < 0.06:
        return dice.choice((None, True, 10**30, -1.5, "", "\ud800", "\x00", [], {}, [[{}]], {"": None}, *_ODD))
    if isinstance(node, dict):
        return {name: _other(dice, value) for name, value in node.items()}
    return [_other(dice, one) for one in node] if isinstance(node, list) else node


def calls(it: Campaign) -> None:
    """One broken call of a tool, mostly with a proof that is right."""
    dice, payload = it.dice, it.dice.choice(ALL)
    door = it.doors[payload.source]
    body, how = broken(dice, payload)
    body = door.with_secret(payload, body, NEW)
    proof = dict[str, str]()
    if dice.random() < 0.8:
        with suppress(NotProven):  # what nobody can read, nobody can sign
            proof = door.proven(payload, body, NEW)
    headers = {**payload.headers, **{name.lower(): value for name, value in proof.items()}}
    if dice.random() < 0.25:
        headers["content-type"] = dice.choice(_KINDS)
    if dice.random() < 0.1:
        headers["content-encoding"] = dice.choice(("gzip", "br", "x"))
    if dice.random() < 0.05:
        headers |= {f"x-{number}": "é" * 50 for number in range(200)}
    if dice.random() < 0.1:
        headers[dice.choice(("idempotency-key", "webhook-id", "x-forwarded-for", "accept-language", "cookie"))] = (
            dice.choice(_ODD).encode("latin-1", "replace").decode("latin-1")
        )
    headers.pop("content-length", None)
    path = f"/hooks/{door.name}" + (f"/{NEW}" if door.source.proof == "url" else "")
    if dice.random() < 0.05:
        path = f"/hooks/{dice.choice(_ODD)}"
    method = dice.choice(_METHODS) if dice.random() < 0.2 else "POST"
    query = dice.choice(_ODD) if dice.random() < 0.1 else payload.meta.get("query", "")
    told = f"{method} {door.source.name} {payload.name} {how} {headers.get('content-type')}"
    it.open(told, path=path, method=method, headers=headers, data=body, query_string=query)


def pages(it: Campaign) -> None:
    """A page, its twin, or a form with a right token, at an address that is there or not, with odd values."""
    dice, rule = it.dice, it.dice.choice([*it.house.app.url_map.iter_rules()])
    known = {"event": it.events, "hook": it.hooks}
    path = rule.rule
    for name in rule.arguments:
        value = dice.choice(known.get(name, _ODD) if dice.random() < 0.7 else _ODD)
        path = path.replace(f"<{name}>", value).replace(f"<int:{name}>", dice.choice(("1", "0", "9" * 30)))
        path = path.replace(f"<path:{name}>", value)
    said = {dice.choice(_NAMES): dice.choice((*_ODD, *it.events, *it.hooks)) for _ in range(dice.randrange(4))}
    forms = "POST" in (rule.methods or ()) and not rule.endpoint.removeprefix("pages.").startswith(_LEFT_ALONE)
    said = {name: value.encode("utf-8", "replace").decode() for name, value in said.items()}
    told = f"{'POST' if forms else 'GET'} {rule.rule} {path!r} {said}"
    if forms and rule.endpoint != "door.receive":
        it.open(told, path=path, method="POST", data={"csrf_token": it.token, **said}, headers=HERE)
    else:
        it.open(told, path=path, method="GET", query_string=said)


def described(it: Campaign, number: int, most: int) -> None:
    """What schemathesis makes of the document, so many for each operation."""
    made = schemathesis.openapi.from_wsgi("/openapi.json", it.house.app).get_all_operations()
    operations: list[Any] = [cast("Any", one).ok() for one in made]
    cookie = it.admin.client.get_cookie("bridge")
    login = {"bridge": cookie.value} if cookie else {}
    for operation in operations:

        @seed(number)
        @settings(
            max_examples=max(1, most // len(operations)),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), known=st.booleans())
        def called(case: Any, *, known: bool) -> None:
            if known and "address" in case.path_parameters:
                case.path_parameters["address"] = "essai234"
            answer = case.call(app=it.house.app, cookies=login if known else {})
            it.took(answer, f"{case.method} {case.formatted_path}")

        called()


def main(words: Sequence[str] | None = None) -> int:
    asked = argparse.ArgumentParser(prog="python -m chaos.fuzz")
    asked.add_argument("--requests", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    said, began = asked.parse_args(words), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        it = Campaign(Path(folder), said.seed, said.requests)
        described(it, said.seed, said.requests // 4)
        while it.left > 0:
            (calls if it.dice.random() < 0.65 else pages)(it)
        it.house.drain()
        it.house.close()
    print(f"{sum(it.counted.values())} requests, seed {said.seed}, {time.monotonic() - began:.0f} s")
    print("  ".join(f"{status}: {times}" for status, times in sorted(it.counted.items())))
    print(f"answers 5xx: {len(it.bad)}; exceptions logged: {len(it.heard.told)}")
    for line in [*dict.fromkeys([*it.bad, *it.heard.told])][:40]:
        print(f"  {line!a}")
    return 1 if it.bad or it.heard.told else 0


if __name__ == "__main__":
    sys.exit(main())
