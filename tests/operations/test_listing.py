"""The inbox's list: what a filter leaves, page by page, and that an index leads each of them on both stores."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text

from bridge.operations import listing
from bridge.operations.listing import Filter
from bridge.store import tables
from bridge.store.store import Store
from schemas import normal
from tests.support.whole_bridge import NOW

_AT = normal.epoch_ms(NOW)
FILTERS = {
    "nothing": Filter(),
    "tests too": Filter(test=True),
    "held": Filter(outcome="held"),
    "held at a webhook": Filter(hook="h1", outcome="held"),
    "a reason": Filter(reason="no_identity"),
    "delivered": Filter(outcome="delivered"),
    "queued": Filter(outcome="queued"),
    "a webhook": Filter(hook="h1"),
    "a version": Filter(hook="h1", revision=2),
    "a period": Filter(since=NOW),
    "all together": Filter("h1", "held", "no_identity", 1, NOW),
    "put back": Filter(put_back=True),
}


def row(
    number: int, outcome: str = "delivered", hook: str = "h1", reason: str | None = None, **more: object
) -> dict[str, object]:
    status = {"held": "held", "failed": "held", "queued": "open"}.get(outcome, "done")
    at = _AT + number * 1000
    blank = dict.fromkeys(("space", "delivery", "key", "key_kind", "digest", "kind"), "x")
    base = {**blank, "revision": 1, "record": b"", "report": b"", "submitted_at": at, "received_at": at}
    own = {"id": f"e{number}", "outcome": outcome, "status": status, "hook": hook, "reason": reason}
    return {**base, **own, **more}


def fill(store: Store, *rows: dict[str, object]) -> None:
    with store.write() as tx:
        tx.execute(insert(tables.event), list(rows))


def ids(store: Store, wanted: Filter, before: int | None = None) -> list[str]:
    with store.read() as tx:
        return [one.id for one in listing.page(tx, wanted, 50, before).events]


def test_the_newest_come_first_and_tests_are_hidden(store: Store) -> None:
    fill(store, row(1), row(2, "ignored", reason="test"), row(3, "ignored", reason="filter"), row(4, "held"))

    assert ids(store, Filter()) == ["e4", "e3", "e1"]
    assert ids(store, Filter(test=True)) == ["e4", "e3", "e2", "e1"]
    assert ids(store, Filter(reason="test")) == ["e2"]


def test_filters_go_together(store: Store) -> None:
    fill(
        store,
        row(1, "held", reason="no_identity"),
        row(2, "held", "h2", "no_identity"),
        row(3, "held", reason="approval"),
        row(4, "queued", reason="backoff"),
        row(5, revision=2),
        row(6, "restored"),
    )

    assert ids(store, Filter(hook="h1", outcome="held")) == ["e3", "e1"]
    assert ids(store, Filter(reason="no_identity")) == ["e2", "e1"]
    assert ids(store, Filter(reason="backoff")) == ["e4"]
    assert ids(store, Filter(hook="h1", revision=2)) == ["e5"]
    assert ids(store, Filter(put_back=True)) == ["e6"]
    assert ids(store, Filter(since=normal.from_epoch_ms(_AT + 5000))) == ["e6", "e5"]
    assert ids(store, Filter(since=normal.from_epoch_ms(_AT + 9000))) == []


def test_a_page_goes_on_where_the_one_before_ended(store: Store) -> None:
    fill(store, *(row(number) for number in range(1, 8)))
    with store.read() as tx:
        first = listing.page(tx, Filter(), 3)
        second = listing.page(tx, Filter(), 3, first.older)
        last = listing.page(tx, Filter(), 3, second.older)

    assert [[one.id for one in part.events] for part in (first, second, last)] == [
        ["e7", "e6", "e5"],
        ["e4", "e3", "e2"],
        ["e1"],
    ]
    assert (last.older, last.searched) == (None, False)


def test_what_no_index_finds_is_looked_for_among_so_many_and_then_further(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_FAR", 3)
    fill(store, row(1, revision=2), row(2), row(3), row(4), row(5), row(6))
    wanted = Filter(hook="h1", revision=2)
    with store.read() as tx:
        first = listing.page(tx, wanted, 50)
        then = listing.page(tx, wanted, 50, first.older)

    assert (first.events, first.searched) == ([], True)
    assert ([one.id for one in then.events], then.searched) == (["e1"], False)


def test_more_than_so_many_are_not_counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST", 3)
    fill(store, *(row(number) for number in range(1, 6)), row(6, "held"))
    with store.read() as tx:
        many, few = listing.count(tx, Filter()), listing.count(tx, Filter(outcome="held"))

    assert (many.many, many.more) == (3, True)
    assert (few.many, few.more) == (1, False)


def plan(tx: Connection, wanted: Filter, path: Path | None) -> str:
    asked = listing.statement(tx, wanted, 51)
    said = str(asked.compile(tx, compile_kwargs={"literal_binds": True}))
    if path is not None:
        return "\n".join(one.detail for one in tx.execute(text(f"EXPLAIN QUERY PLAN {said}")))
    tx.execute(text("SET LOCAL enable_seqscan = off"))
    return "\n".join(one[0] for one in tx.execute(text(f"EXPLAIN {said}")))


@pytest.mark.parametrize("name", FILTERS)
def test_an_index_leads_each_filter_in_the_order_of_the_list(store: Store, name: str) -> None:
    fill(store, row(1), row(2, "held", reason="no_identity"), row(3, "queued"))
    with store.write() as tx:
        told = plan(tx, FILTERS[name], store.path)

    assert "Seq Scan on event" not in told
    if store.path is not None:
        leads = {"held": "event_rare", "a reason": "event_rare", "put back": "event_rare", "queued": "event_status"}
        leads |= {"a webhook": "event_hook", "a version": "event_hook"}
        leads |= {"held at a webhook": "event_rare", "all together": "event_rare"}
        assert f"SEARCH event USING {'INDEX ' + leads[name] if name in leads else 'INTEGER PRIMARY KEY'}" in told
        assert "TEMP B-TREE" not in told
