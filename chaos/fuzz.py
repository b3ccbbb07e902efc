"""`python -m chaos.fuzz --requests 10000 --seed 1`: odd calls at every address, and what they were answered.

Calls that schemathesis makes of /openapi.json, recorded calls of every source with something broken in them, answers
that no form has to a hook that writes, pages with odd parameters, forms with a right token and odd values. It stops by
itself and fails where an answer is 5xx, an exception is logged, or an answer takes the processor for 20 seconds.
"""

import argparse
import json
import logging
import random
import re
import signal
import sys
import tempfile
import time
import traceback
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
from chaos.odd import KINDS, METHODS, ODD, broken
from tests.support.json_hook import PROOF, ZOES, plain_house, sent
from tests.support.recorded_calls import ALL
from tests.support.source_hooks import NEW, OLD, Doorway
from tests.support.visitor import HERE, Visitor
from tests.support.whole_bridge import House

_NAMES = (
    *("before", "hook", "outcome", "reason", "q", "from", "to", "page", "days", "space", "row", "event", "who", "why"),
    *("kind", "action", "contact", "answer", "name", "tool", "mode", "text", "next", "language", "address", "number"),
)
_ASKED = (
    "numero",
    "prenom",
    "nom",
    "mail",
    "mobile",
    "naissance",
    "metier",
    "dispo",
    "lettre",
    "submitted_at",
    "autre",
)
"""What the hook that writes has rules for, and two that it has none for."""
_LEFT_ALONE = ("logout", "password", "second_factor", "staff_", "erase", "delete_webhook", "pause", "language")
"""Forms after which there would be nothing left to try."""
_SLOW = 20.0
"""Seconds of the processor."""
_SHOWN = 40


class Heard(logging.Handler):
    """The exceptions that are logged, each with where it was raised."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[0] is not None:
            places = traceback.extract_tb(record.exc_info[2])[-6:]
            way = " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(places))
            self._tell(f"{record.getMessage()}: {record.exc_info[0].__name__}: {record.exc_info[1]!s:.200} {way}")


class Campaign:
    """A house with a hook for each source, what was answered, and what should not have been."""

    def __init__(self, folder: Path, number: int, most: int) -> None:
        self.dice, self.most, self.made = random.Random(number), most, 0
        self.counted: Counter[str] = Counter()
        self.slowest: list[tuple[float, str]] = []
        self.bad, self.heard = list[str](), list[str]()
        self.told: Callable[[], str] = lambda: "before the first call"
        self.house: House = plain_house(folder, NEW=NEW, OLD=OLD, METRICS_TOKEN=NEW)
        self.doors = {name: Doorway(self.house, source) for name, source in SOURCES.items()}
        self.events = [sent(self.house, body) for body in (ZOES, b"[1", b'{"prenom": "Camille"}')]
        self.house.drain()
        self.admin = Visitor(self.house, "admin")
        self.token = self.admin.token
        self.hooks = [one["id"] for one in self.admin.json("/webhooks.json")["webhooks"]]
        logging.getLogger().addHandler(Heard(lambda text: self.heard.append(self._found(text))))

    def _found(self, what: str) -> str:
        """A finding: the number of its call, by which it is made again, and what was called."""
        return f"call {self.made + 1}: {what} | {self.told():.400}"

    def end(self, *_signal: object) -> None:
        """Make no more: whoever stops it is told what was found until then."""
        self.most = self.made

    def call(self, told: Callable[[], str], made: Callable[[], Any]) -> None:
        """Make one call and count its answer; none more than were asked for."""
        if self.made >= self.most:
            return
        self.house.clock.move(seconds=1)  # so that no flood is held off, which is rightly answered 503 to some tools
        self.told, began = told, time.process_time()
        answer = made()
        took = time.process_time() - began
        if answer.status_code >= 500 and not _no_engine(answer, told()):
            self.bad.append(self._found(f"answered {answer.status_code}"))
        if took > _SLOW:
            self.bad.append(self._found(f"took {took:.0f} s"))
        self.slowest = sorted([*self.slowest, (took, self._found(""))], reverse=True)[:3] if took > 1 else self.slowest
        self.counted[f"{answer.status_code}"] += 1
        self.made += 1

    def open(self, told: str, **said: Any) -> None:
        """A call with whatever stands in it. What no client can write is no call."""
        try:
            environ = EnvironBuilder(**said).get_environ()
        except (UnicodeError, ValueError):
            return
        self.call(lambda: told, lambda: self.admin.client.open(environ))
        if self.dice.random() < 0.02:
            self.house.drain()


def _no_engine(answer: Any, told: str) -> bool:
    """No thread runs behind this door, and /ready rightly says that: nothing else is excused."""
    if answer.status_code != 503 or not re.match(r"GET '?/ready\b", told):
        return False
    said = json.loads(answer.get_data() if hasattr(answer, "get_data") else answer.content)
    return bool(said["reason"] == "threads")


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
        headers["content-type"] = dice.choice(KINDS)
    if dice.random() < 0.1:
        headers["content-encoding"] = dice.choice(("gzip", "br", "x"))
    if dice.random() < 0.05:
        headers |= {f"x-{number}": "é" * 50 for number in range(200)}
    if dice.random() < 0.1:
        name = dice.choice(("idempotency-key", "webhook-id", "x-forwarded-for", "accept-language", "cookie"))
        headers[name] = dice.choice(ODD).encode("latin-1", "replace").decode("latin-1")
    headers.pop("content-length", None)
    path = f"/hooks/{door.name}" + (f"/{NEW}" if door.source.proof == "url" else "")
    if dice.random() < 0.05:
        path = f"/hooks/{dice.choice(ODD)}"
    method = dice.choice(METHODS) if dice.random() < 0.2 else "POST"
    query = dice.choice(ODD) if dice.random() < 0.1 else payload.meta.get("query", "")
    told = f"{method} {door.source.name} {payload.name} {how} {headers.get('content-type')} {body[:120]!r}"
    it.open(told, path=path, method=method, headers=headers, data=body, query_string=query)


def answers(it: Campaign) -> None:
    """What no form asks nor anybody says, proven, to the hook that writes: it goes on to Qomon."""
    dice = it.dice
    usual = ("zoe.lefevre@example.org", "Zoé", "Oui", "01/02/1990", "+33 6 39 98 00 01", ["Tractage"], 9000017)
    other: tuple[Any, ...] = (
        None,
        True,
        10**30,
        -1.5,
        [],
        {},
        [["a"]],
        {"city": "Lyon", "": None},
        ["", None],
        [{"b": 1}],
    )
    made = {name: dice.choice((*usual, *usual, *other, *ODD)) for name in dice.sample(_ASKED, dice.randrange(1, 8))}
    body = json.dumps([made, made] if dice.random() < 0.1 else made).encode()
    headers = {"content-type": "application/json", **PROOF}
    it.open(f"POST essai {body[:300]!r}", path="/hooks/essai234", method="POST", headers=headers, data=body)


def pages(it: Campaign) -> None:
    """A page, its twin, or a form with a right token, at an address that is there or not, with odd values."""
    dice, rule = it.dice, it.dice.choice([*it.house.app.url_map.iter_rules()])
    known = {"event": it.events, "hook": it.hooks}
    path = rule.rule
    for name in sorted(rule.arguments):
        value = dice.choice(known.get(name, ODD) if dice.random() < 0.7 else ODD)
        path = path.replace(f"<{name}>", value).replace(f"<int:{name}>", dice.choice(("1", "0", "9" * 30)))
        path = path.replace(f"<path:{name}>", value)
    said = {dice.choice(_NAMES): dice.choice((*ODD, *it.events, *it.hooks)) for _ in range(dice.randrange(4))}
    forms = "POST" in (rule.methods or ()) and not rule.endpoint.removeprefix("pages.").startswith(_LEFT_ALONE)
    said = {name: value.encode("utf-8", "replace").decode() for name, value in said.items()}
    told = f"{'POST' if forms else 'GET'} {path!r} {said}"
    headers = {"Authorization": f"Bearer {NEW}"} if rule.rule == "/metrics" and dice.random() < 0.8 else {}
    if forms and rule.endpoint != "door.receive":
        it.open(told, path=path, method="POST", data={"csrf_token": it.token, **said}, headers=HERE)
    else:
        it.open(told, path=path, method="GET", query_string=said, headers=headers)


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
            told = f"{case.method} {case.formatted_path}"
            it.call(lambda: told, lambda: case.call(app=it.house.app, cookies=login if known else {}))

        called()


def run(it: Campaign, number: int, requests: int) -> None:
    """Until there were as many as it may make."""
    described(it, number, requests // 4)
    while it.made < it.most:
        at = it.dice.random()
        (calls if at < 0.5 else answers if at < 0.65 else pages)(it)
    it.told = lambda: "what was waiting in the end"
    it.house.drain()


def main(words: Sequence[str] | None = None) -> int:
    asked = argparse.ArgumentParser(prog="python -m chaos.fuzz")
    asked.add_argument("--requests", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--until", type=int, help="stop behind this call: make a finding again")
    said, began = asked.parse_args(words), time.monotonic()
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.CRITICAL)  # ten thousand lines that nobody reads
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        it = Campaign(Path(folder), said.seed, min(said.requests, said.until or said.requests))
        signal.signal(signal.SIGTERM, it.end)
        signal.signal(signal.SIGINT, it.end)
        run(it, said.seed, said.requests)
        it.house.close()
    print(f"{it.made} requests, seed {said.seed}, {time.monotonic() - began:.0f} s")
    print("  ".join(f"{status}: {times}" for status, times in sorted(it.counted.items())))
    for took, told in it.slowest:
        print(f"  {took:.1f} s {told[:160]!a}")
    print(f"answers 5xx or too slow: {len(it.bad)}; exceptions logged: {len(it.heard)}")
    for line in [*it.bad, *it.heard][:_SHOWN]:
        print(f"  {line!a}")
    if it.bad or it.heard:
        print(f"again: python -m chaos.fuzz --requests {said.requests} --seed {said.seed} --until NUMBER-OF-THE-CALL")
    return 1 if it.bad or it.heard else 0


if __name__ == "__main__":
    sys.exit(main())
