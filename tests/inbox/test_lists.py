"""A list that is accepted at once is what its records would be one after the other (docs/ledger.md 2, 3 and 32)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, update

from bridge.inbox import events, known_contacts
from bridge.inbox.events import Accepted, Incoming
from bridge.model import Outcome, Who
from bridge.store import prepared, tables
from bridge.store.store import Store
from bridge.store.vault import Vault
from tests.support.whole_bridge import NOW

VAULT = Vault(["an invented key of thirty-two or more"], b"f" * 32)
LONG_AGO, LATELY = timedelta(minutes=11), timedelta(minutes=3)
SPACES = count()

PEOPLE = st.dictionaries(st.sampled_from(["mail", "mobile", "id"]), st.sampled_from("123"), max_size=3)
RECORDS = st.builds(
    lambda key, digest, keys, outcome, kind, who, joins, mode: Incoming(
        space="",
        hook="",
        revision=1,
        key=key,
        digest=digest,
        kind=kind,
        submitted_at=None,
        who=Who(who, joins),
        record={"says": digest},
        report={"outcome": outcome.value},
        outcome=outcome,
        keys=keys,
        mode=mode,
    ),
    st.sampled_from([None, None, "a", "b", "x", ""]),
    st.sampled_from("xxy"),
    st.sampled_from(["event", "record", "hash"]),
    st.sampled_from([*[Outcome.QUEUED] * 4, Outcome.IGNORED, Outcome.HELD, Outcome.CAPTURED]),
    st.sampled_from(["submitted", "submitted", "unsubscribed"]),
    PEOPLE,
    st.dictionaries(st.just("mail"), st.sampled_from("123"), max_size=1),
    st.sampled_from(["live", "live", "capture"]),
)
LISTS = st.lists(RECORDS, max_size=8)
FATES = st.sampled_from(["waits", "waits", "done", "led", "reached"])


@dataclass(frozen=True)
class Past:
    """What is there already: deliveries, what became of their events, who is known, and who is being created."""

    deliveries: Sequence[tuple[timedelta, Sequence[Incoming]]] = ()
    fates: Sequence[str] = ()
    known: Mapping[tuple[str, str], int] = None  # type: ignore[assignment]
    creating: Sequence[tuple[str, str]] = ()


IDENTITIES = st.tuples(st.sampled_from(["mail", "mobile", "id"]), st.sampled_from("123"))
PASTS = st.builds(
    Past,
    st.lists(st.tuples(st.sampled_from([LONG_AGO, LATELY, timedelta()]), LISTS), max_size=3),
    st.lists(FATES, min_size=24, max_size=24),
    st.dictionaries(IDENTITIES, st.integers(1, 3), max_size=4),
    st.lists(IDENTITIES, max_size=1),
)


class World:
    """A space and a hook of its own, and everything in it told without its fingerprints and numbers."""

    def __init__(self, tx: Connection) -> None:
        self.tx, self.space = tx, f"space-{next(SPACES)}"
        pairs = [(name, value) for name in ("mail", "mobile", "id") for value in "123"]
        self.told = {self.finger(*pair): f"{pair[0]} {pair[1]}" for pair in pairs}
        for text in ("a", "b", "x", "y"):
            self.told |= {VAULT.fingerprint(what, self.space, text): f"{what} {text}" for what in ("key", "digest")}

    def finger(self, name: str, value: str) -> str:
        return VAULT.fingerprint("identity", self.space, name, value)

    def own(self, records: Sequence[Incoming]) -> list[Incoming]:
        return [replace(one, space=self.space, hook=self.space) for one in records]

    def live(self, past: Past) -> None:
        fates = iter(past.fates)
        for number, (ago, records) in enumerate(past.deliveries):
            for record in self.own(records):
                (one,) = events.accept(self.tx, VAULT, f"{self.space}-{number}", [record], NOW - ago)
                if one.lane and not one.first:
                    self.befall(one.event, next(fates))
        for (name, value), contact in (past.known or {}).items():
            known_contacts.remember(self.tx, self.space, [self.finger(name, value)], contact, NOW)
        for name, value in past.creating:
            known_contacts.claim(self.tx, self.space, [self.finger(name, value)], f"{self.space} somebody", NOW)

    def befall(self, id_: str, fate: str) -> None:
        contact = f"contact:{self.space}:9"
        fates: dict[str, dict[str, Any]] = {
            "waits": {"status": "open"},
            "done": {"status": "done", "lane": None},
            "led": {"lane": contact},
            "reached": {"lane": contact, "reaches": 9},
        }
        self.tx.execute(update(tables.event).where(tables.event.c.id == id_).values(**fates[fate]))

    def look(self, accepted: Sequence[Accepted]) -> Any:
        mine = select(tables.event).where(tables.event.c.space == self.space).order_by(tables.event.c.seq)
        rows = self.tx.execute(mine).all()
        told = self.told | {row.id: f"event {number}" for number, row in enumerate(rows)}

        def plain(text: str | None) -> str | None:
            head, _, last = (text or "").rpartition(":")
            return text and (head.replace(self.space, "") + " " + told.get(last, last)).replace(self.space, "")

        def notes(row: Any) -> Any:
            report: Any = VAULT.unseal(row.report)
            return report["event"] == row.id, report["notes"]

        found = select(tables.identity).where(tables.identity.c.space == self.space)
        lanes = [plain(row.lane) for row in self.tx.execute(select(tables.lane)) if row.space == self.space]
        return {
            "answers": [
                (told[one.event], plain(str(one.lane or "")), one.first, one.report is None) for one in accepted
            ],
            "events": [
                (plain(row.key), plain(row.digest), plain(row.lane), row.status, row.delivery[-2:], *notes(row))
                for row in rows
            ],
            "identities": sorted((told[row.event], told[row.fingerprint], row.name) for row in self.tx.execute(found)),
            "lanes": sorted(map(str, lanes)),
        }


@given(past=PASTS, delivered=LISTS)
@example(past=Past(), delivered=[])
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_list_is_its_records_one_after_the_other(store: Store, past: Past, delivered: list[Incoming]) -> None:
    with store.write() as tx:
        once, slowly = World(tx), World(tx)
        for world in (once, slowly):
            world.live(past)

        at_once = events.accept(tx, VAULT, f"{once.space}-z", once.own(delivered), NOW)
        one_by_one = [
            accepted
            for record in slowly.own(delivered)
            for accepted in events.accept(tx, VAULT, f"{slowly.space}-z", [record], NOW)
        ]

        assert once.look(at_once) == slowly.look(one_by_one)


def numbered(many: int, space: str) -> list[Incoming]:
    """Each of somebody else, each by two identities, and every tenth one twice."""
    made = Incoming(
        space=space,
        hook=space,
        revision=1,
        key=None,
        digest="",
        kind="submitted",
        submitted_at=None,
        who=Who({}),
        record={},
        report={},
        outcome=Outcome.QUEUED,
    )
    people = [Who({"mail": f"{number}@example.org", "mobile": f"+3363998{number:04}"}) for number in range(many)]
    once = [replace(made, digest=str(number), who=who) for number, who in enumerate(people)]
    return once + once[::10]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How the driver was asked, each time."""
    run, seen = prepared._run, list[str]()  # noqa: SLF001  # what every statement goes through

    def heard(tx: Connection, how: str, sql: str, said: Any) -> Any:
        seen.append(how)
        return run(tx, how, sql, said)

    monkeypatch.setattr(prepared, "_run", heard)
    return seen


def times(store: Store, asked: list[str], delivered: Sequence[Incoming]) -> list[str]:
    with store.write() as tx:
        asked.clear()
        events.accept(tx, VAULT, "delivery", delivered, NOW)
        return list(asked)


def test_the_store_is_asked_as_often_for_a_thousand_as_for_two(store: Store, asked: list[str]) -> None:
    two, many = (times(store, asked, numbered(*said)) for said in [(2, "few"), (1000, "many")])
    again = times(store, asked, numbered(1000, "many"))

    assert many == two
    assert len(again) < len(many) < 10
    assert set(many) == ({"execute"} if store.shared else {"execute", "executemany"})
    with store.read() as tx:
        assert tx.scalar(select(func.count()).select_from(tables.event)) == 1002
