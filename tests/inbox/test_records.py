"""How the door read a record is what crosses (docs/ledger.md 2): it comes out of the vault as it went in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bridge.crossing import opened
from bridge.inbox import records
from bridge.model import Answer, Record, Submission, Who
from bridge.sources import SOURCES
from bridge.store import tables
from bridge.store.vault import Vault
from tests.support import json_hook
from tests.support.recorded_calls import PARIS, Payload, each_payload

VAULT = Vault(["an invented key for the tests of records"], b"f" * 32)

texts = st.text(max_size=20)
values: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    texts,
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(texts, max_size=3).map(tuple),
    st.dictionaries(texts, texts, max_size=3),
)
answers = st.builds(
    Answer,
    texts,
    texts,
    st.sampled_from(["text", "choices", "address", "mail"]),
    values,
    st.lists(texts, max_size=2).map(tuple),
    st.lists(texts, max_size=2).map(tuple),
    st.dictionaries(texts, texts, max_size=2),
)
"""Of any type any value: sources do as they like."""
moments = st.none() | st.datetimes(timezones=st.just(UTC))


def kept(record: Record, submission: Submission, who: Who) -> Any:
    return VAULT.unseal(VAULT.seal(records.read_as(records.plain(record), submission, who)))


@given(st.lists(answers, max_size=4), moments, st.none() | texts, st.dictionaries(texts, texts, max_size=3))
def test_a_submission_comes_out_as_it_went_in(
    said: list[Answer], at: datetime | None, key: str | None, named: dict[str, str]
) -> None:
    record = Record({"answers": ["à part"]}, key, frozenset({"sent_at"}))
    submission = Submission(key, at, "submitted", tuple(said), named, record.body, thin=bool(named))
    who = Who(named, "Zoé", "Lefèvre", {"mail": "zoe@example.org"})
    sealed = kept(record, submission, who)

    assert records.written(sealed) == record
    assert records.read(sealed) == (submission, who)


@each_payload
def test_every_recorded_call_comes_out_as_its_source_read_it(payload: Payload) -> None:
    source = SOURCES[payload.source]
    for record in source.split(payload.delivery):
        submission = source.read(record, PARIS)
        found = records.read(kept(record, submission, Who(submission.identities)))

        assert found is not None
        assert found[0] == submission


@pytest.mark.parametrize("read", [..., None, [], {"who": None}, {"at": "gestern"}, {"answers": [["mail"]]}])
def test_what_another_version_stored_is_read_again_when_it_crosses(tmp_path: Path, read: Any) -> None:
    """The one before stored no reading, and a later one may store another."""
    house = json_hook.plain_house(tmp_path)
    event = json_hook.sent(house, json_hook.ZOES)
    vault = house.services.vault
    with house.services.store.write() as tx:
        sealed = cast("dict[str, Any]", vault.unseal(tx.scalar(select(tables.event.c.record)) or b""))
        changed = {} if read is ... else {"read": {**sealed["read"], **read} if isinstance(read, dict) else read}
        other = {**{name: sealed[name] for name in ("body", "key", "volatile")}, **changed}
        tx.execute(update(tables.event).values(record=vault.seal(other)))
    house.drain()

    assert house.report(event)["outcome"] == "delivered"


def test_nobody_reads_again_what_the_door_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = json_hook.plain_house(tmp_path)
    monkeypatch.setattr(opened, "_read_again", None)
    event = json_hook.sent(house, json_hook.ZOES)
    house.drain()

    assert house.report(event)["outcome"] == "delivered"
