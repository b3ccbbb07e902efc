"""`make profile`, first table: what one event costs in one process, part by part, and what would be left of it were a
part free, beside the bridge written by hand. No server, no other thread: what they add is in the second table.

Each part's functions are replaced by ones that take their processor time to that part's account, without what the
parts inside of them took.
"""

import io
import logging
import os
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from importlib import import_module
from pkgutil import resolve_name
from typing import Any

from werkzeug.test import create_environ, run_wsgi_app

from bench import typeform
from bench.load import Call
from bench.process import ROOT
from bench.rounds import middle
from bench.scene import Scene, Store

_FOLDER = ROOT / "data" / "parts"
_PEOPLE, _ROUNDS = 200, 3
_DURABLE = "durable: begin, commit"
_STATEMENTS = "the store's statements"
_SEALED = "sealed: bodies, reports, intent, way back"
_QOMON = "HTTP with Qomon, and its JSON"
_PARTS = {
    _DURABLE: ("bridge.store.sqlite._end",),
    _STATEMENTS: (
        *(
            "bridge.store.prepared.Statement.all",
            "bridge.store.prepared.Statement.first",
            "bridge.store.prepared.Statement.run",
        ),
        "bridge.store.prepared.Statement.run_each",
    ),
    _SEALED: ("bridge.store.vault.Vault.seal", "bridge.store.vault.Vault.unseal"),
    _QOMON: ("bridge.qomon.client.Qomon.call",),
    "the call read: JSON, schema, who it is": ("bridge.door.split.split", "bridge.sources.kit.json_body.parse_json"),
    "the record as it was read": ("bridge.inbox.records.read",),
    "the contact as it was read: the body to send": ("bridge.qomon.contact.whole",),
    "verified: what Qomon shows afterwards": (
        "bridge.qomon.compare.facets",
        "bridge.crossing.send.confirm",
        "bridge.merge.rescue.tells",
    ),
    "newer wins: fingerprints, marks": (
        "bridge.merge.precedence.printed",
        "bridge.merge.history.read",
        "bridge.merge.history.write",
    ),
    "map": ("bridge.mapping.compile.Mapper.changes",),
    "merge": ("bridge.crossing.batch.Batch.merge",),
    "the report": (
        "bridge.report.report.mapped",
        "bridge.report.report.merged",
        "bridge.report.report.confirmed",
        "bridge.report.report.ended",
    ),
    "the log's lines": ("logging.Logger.info",),
}
"""By the names of functions, innermost first."""


class _Accounts:
    """Seconds of this thread's processor time, by part."""

    def __init__(self) -> None:
        self.spent = defaultdict[str, float](float)
        self._inside = [0.0]

    def of(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*said: Any, **named: Any) -> Any:
            began = time.thread_time()
            self._inside.append(0.0)
            try:
                return function(*said, **named)
            finally:
                took = time.thread_time() - began
                self.spent[part] += took - self._inside.pop()
                self._inside[-1] += took

        return timed


def main() -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)
    scene = Scene(_FOLDER)
    try:
        scene.move_in(range(_PEOPLE))
        print(_told(*_measured(scene.store("parts"))))
    finally:
        scene.end()
        shutil.rmtree(_FOLDER)


def _measured(store: Store) -> tuple[float, float, dict[str, float]]:
    """Ms of one event: ours, by hand, and ours part by part."""
    os.environ |= store.environ
    bridge, by_hand = (import_module(f"bench.{name}").app for name in ("fast", "direct"))  # which read it
    logging.getLogger().handlers = [logging.StreamHandler(io.StringIO())]
    engine = bridge.extensions["bridge"].open().engine

    def ours(turn: int) -> float:
        calls = _asked(typeform.events(range(_PEOPLE), turn))
        began = time.thread_time()
        _post(bridge, calls)
        engine.drain_all()
        return time.thread_time() - began

    def direct(turn: int) -> float:
        calls = _asked(typeform.calls(range(_PEOPLE), turn))
        began = time.thread_time()
        _post(by_hand, calls)
        return time.thread_time() - began

    ours(1), direct(2)  # both have seen everything once
    rounds = [(ours(3 + 2 * turn), direct(4 + 2 * turn)) for turn in range(_ROUNDS)]
    accounts = _Accounts()
    for part, names in _PARTS.items():
        for name in names:
            _replace(name, part, accounts)
    ours(99)
    each = 1000 / _PEOPLE
    parts = {part: seconds * each for part, seconds in accounts.spent.items()}
    return middle(one for one, _ in rounds) * each, middle(other for _, other in rounds) * each, parts


def _replace(name: str, part: str, accounts: _Accounts) -> None:
    """Wherever the bridge calls it: modules take functions from each other by name."""
    place, _, attribute = name.rpartition(".")
    owner = resolve_name(place)
    found = getattr(owner, attribute)
    timed = accounts.of(part, found)
    setattr(owner, attribute, timed)
    for known, other in list(sys.modules.items()):
        if known.startswith("bridge."):
            for called, value in list(vars(other).items()):
                if value is found:
                    setattr(other, called, timed)


def _post(app: Any, environs: Iterable[Any]) -> None:
    for environ in environs:
        _body, status, _headers = run_wsgi_app(app, environ)
        if not status.startswith("200"):
            raise SystemExit(f"answered {status}")


def _asked(calls: Iterable[Call]) -> list[Any]:
    return [create_environ(one.path, method=one.method, headers={**one.headers}, data=one.body) for one in calls]


def _told(ours: float, by_hand: float, parts: dict[str, float]) -> str:
    rest = "everything else: leases, finding whose it is, the intent, gates, Flask"
    parts[rest] = ours - sum(parts.values())
    lines = [f"one event in one process: {ours:.2f} ms, {ours / by_hand:.2f} times the {by_hand:.2f} ms by hand", ""]
    lines += [
        f"{spent:5.2f} ms  {(ours - spent) / by_hand:4.2f} times without  {part}"
        for part, spent in sorted(parts.items(), key=lambda one: -one[1])
    ]
    must = sum(parts[part] for part in (_DURABLE, _STATEMENTS, _SEALED, _QOMON))
    lines += ["", f"stored, sealed and asked of Qomon alone: {must:.2f} ms, {must / by_hand:.2f} times"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
