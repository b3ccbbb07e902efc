"""docs/laws.md 13 through the whole bridge: the same events in any order and any batches, released late or not, while
Qomon's own clockwork touches the contact, leave the same contact. `tests/merge/test_precedence.py` asks the merge
alone.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bridge.store import tables
from schemas import normal, places
from tests.support.commands import run
from tests.support.end_to_end import PEOPLE, SAID, ZOE, Street, flat

shared = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=settings().max_examples // 6
)
"""Each example is two whole histories."""
FILLS = ("prénom", "soutien")
"""What only fills depends on what was there: no law about it."""
PLACES: Mapping[str, tuple[str, ...]] = {
    "ville": ("Bourg-en-Bresse", "BOURG EN BRESSE CEDEX", "Paris", "Paris 11e", "Paris 12", "St-Denis", "Saint-Denis"),
    "code": ("01000", "1000", "75011", "F-75011", "75012"),
}
ANSWERS = st.fixed_dictionaries(
    {},
    optional={label: st.sampled_from(PLACES.get(label, pool)) for label, pool in SAID.items() if label not in FILLS},
)
MOMENTS = ("{}Z", "{}.000Z", "{}.999999Z", "{}+00:00", "{}.123456789Z", "{}")


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Any], list[list[int]], list[Any]]:
    """Answers in the order of their submission; the same as they arrive, by number, in batches; what Qomon does to its
    own moments after each batch.
    """
    said = draw(st.lists(ANSWERS, min_size=2, max_size=4))
    arrived = draw(st.permutations(range(len(said))))
    cuts = sorted(draw(st.sets(st.integers(1, len(said) - 1))))
    batches = [list(arrived[a:b]) for a, b in zip([0, *cuts], [*cuts, len(said)], strict=True)]
    touch = st.none() | st.tuples(st.sampled_from(("lastchange", "UpdatedAt")), st.sampled_from(MOMENTS))
    return said, batches, [draw(touch) for _ in batches]


@pytest.fixture(params=["", "approve: 2"])
def street(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Street]:
    """With `approve`, events wait for a person, who sends them in the end, the last one first."""
    made = Street(tmp_path, ("replace",), replace=request.param)
    yield made
    made.close()


@shared
@given(person=PEOPLE, history=histories())
def test_law_13_in_qomon(*, street: Street, person: dict[str, Any], history: tuple[list[Any], Any, Any]) -> None:
    said, batches, touches = history
    person = {**person, "black_list": False}
    in_order = lived(street, person, said, [[number] for number in range(len(said))], [None] * len(said))
    as_arrived = lived(street, person, said, batches, touches)
    assert in_order == as_arrived


def lived(
    street: Street,
    person: dict[str, Any],
    said: Sequence[Any],
    batches: Sequence[Sequence[int]],
    touches: Sequence[Any],
) -> dict[str, Any]:
    """What Qomon holds in the end. The contact was read once before the first answer."""
    street.settle_in(person)
    with street.services.store.write() as tx:
        for table in (tables.mark, tables.seen):
            tx.execute(delete(table))
    street.answered({}, "replace")
    street.clock.move(hours=1)
    began = street.clock()
    events = []
    for batch, touch in zip(batches, touches, strict=True):
        street.clock.move(minutes=1)
        for number in batch:
            at = began.replace(minute=0, second=number).isoformat().replace("+00:00", "Z")
            body = {
                "mail": "zoe.lefevre@example.org",
                "submitted_at": at,
                **said[number],
                "n°": next(street.deliveries),
            }
            events += street.post(json.dumps(body).encode(), "laws-replace")["events"]
        street.drain()
        if touch is not None:
            name, moment = touch
            now = street.clock().strftime("%Y-%m-%dT%H:%M:%S")
            street.sandbox.contacts.all[ZOE] |= {name: moment.format(now)}
    for event in reversed(events):
        if street.report(event["event"])["outcome"] == "held":
            run(street, "inbox", "release", event["event"])
            street.drain()
    assert {street.report(event["event"])["outcome"] for event in events} <= {"delivered", "unchanged"}
    return in_one_spelling(flat(street.stored()))


def in_one_spelling(found: dict[str, Any]) -> dict[str, Any]:
    """An address, numbers and tags stay as they were spelt first."""
    address: dict[str, str] = {name: text for name, text in found.items() if name.startswith("address.")}
    town = {"address.city": places.town(address["address.city"])} if "address.city" in address else {}
    code = address.get("address.postalcode")
    codes = {"address.postalcode": places.postcode(code).zfill(5)} if code else {}
    numbers = {name: normal.phone(found[name], "FR") for name in ("mobile", "phone") if found.get(name)}
    return {**found, **town, **codes, **numbers, "tags": sorted(tag.casefold() for tag in found["tags"])}
