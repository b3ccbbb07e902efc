"""The laws whose subject is what Qomon ends up holding (docs/laws.md): the whole bridge, the real client, the sandbox.

People are generated straight into the sandbox; what it stores is compared before and after, not what a read shows.
"""

import copy
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.hooks.revisions import By
from bridge.operations import restore
from bridge.operations.release import NotDone
from bridge.qomon.sandbox.forms import FORMS
from tests.support import oracle
from tests.support.end_to_end import ANSWERS, MEANWHILE, ODD, PEOPLE, ZOE, Street, allowed, flat, live, many


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


shared = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=min(180, settings().max_examples)
)
"""One store for all examples of a test is meant: nothing of an earlier one may show in a later one. Each is a whole
bridge: fewer of them than of what only computes."""
fewer = settings(shared, max_examples=min(80, settings().max_examples))


@shared
@given(person=PEOPLE, answers=ANSWERS, policy=st.sampled_from(("keep", "replace")), odd=ODD, act=MEANWHILE)
def test_laws_1_and_3_qomon_holds_the_same_but_for_what_was_answered(
    *,
    street: Street,
    person: dict[str, Any],
    answers: dict[str, Any],
    policy: str,
    odd: dict[str, Any],
    act: tuple[str, Any] | None,
) -> None:
    stored = street.settle_in(person, **odd)
    entry = street.meanwhile(stored, act)
    report = street.answered(answers, policy)
    after = street.stored()
    was, now = flat(stored), flat(after)
    different = {name for name in was.keys() | now.keys() if was.get(name) != now.get(name)}
    theirs = {name for name in was.keys() | now.keys() if entry and name.endswith(f".{entry['form_id']}")}
    assert different <= allowed(answers) | theirs, report
    assert report["outcome"] in ("delivered", "unchanged", "held")
    told = {line["confirmed"] for line in report["fields"]} - {None}
    assert (street.calls("PATCH") > 0) == bool(told), report
    assert street.calls("PATCH") <= 1 + ("rescued" in told), report
    if not street.calls("PATCH") and entry is None:
        assert after == stored
    dated = {key(e): oracle.ms(e["date"]) for e in reversed(live(stored))}
    dates = {key(e): oracle.ms(e["date"]) for e in live(after)}
    several = {key(e) for e in live(stored) if many(stored, e)} | ({key(entry)} if entry else set())
    known = (dated.keys() & dates.keys()) - several
    assert {key: dates[key] for key in known} == {key: dated[key] for key in known}


def key(entry: dict[str, Any]) -> tuple[Any, ...]:
    return entry["form_id"], entry["form_ref_id"], entry["data"]


@fewer
@given(person=PEOPLE, answers=ANSWERS, odd=ODD, act=MEANWHILE)
def test_law_11_what_a_colleague_does_in_the_moment_of_our_write_stays_done(
    *, street: Street, person: dict[str, Any], answers: dict[str, Any], odd: dict[str, Any], act: tuple[str, Any] | None
) -> None:
    stored = street.settle_in({**person, "black_list": False}, **{**odd, "soft_deleted": True})
    entry = street.meanwhile(stored, act)
    report = street.answered({**answers, "nom": "Soleil"}, "keep")
    there = [one["data"] for one in live(street.stored()) if entry and one["form_id"] == entry["form_id"]]
    if entry is None:
        assert "rescued" not in {line["confirmed"] for line in report["fields"]}
    elif act and act[0] == "added":
        taken = entry["form_id"] == 710 and "non" in answers and entry["data"] in there_before(stored, entry)
        assert entry["data"] in there or taken, report
        assert entry["form_id"] in (730, 710, 737) or len(set(there)) == 1, report
    elif not any(name.endswith(f".{entry['form_id']}") for name in allowed(answers)):
        assert entry["data"] not in there, report
    assert report["outcome"] == "delivered"


def there_before(stored: dict[str, Any], entry: dict[str, Any]) -> list[str]:
    return [one["data"] for one in live(stored) if one["form_id"] == entry["form_id"]]


@fewer
@given(person=PEOPLE, answers=st.lists(ANSWERS, min_size=1, max_size=2), odd=ODD, newest_first=st.booleans())
def test_law_12_what_is_put_back_in_any_order_is_as_before_in_qomon(
    *, street: Street, person: dict[str, Any], answers: list[dict[str, Any]], odd: dict[str, Any], newest_first: bool
) -> None:
    stored = street.settle_in({**person, "black_list": False}, **odd)
    events = [street.answered(one, "replace")["event"] for one in answers]
    for event in [*(reversed(events) if newest_first else events), *(() if newest_first else events)]:
        with street.services.store.write() as tx, suppress(NotDone):  # what changed nothing, or is as before
            restore.ask(tx, street.services.vault, event, By(street.clock()))
        street.drain()
    was, now = flat(stored), flat(street.stored())
    different = {name for name in was.keys() | now.keys() if was.get(name) != now.get(name)}
    assert {name for name in different if not name.endswith((".710", ".711"))} == set(), "consents aside"


UNREAD = st.sampled_from(
    [
        *(
            "html",
            "truncated",
            "other_contact",
            "error_before",
            "error_after",
            "cut",
            "dribble",
            "omit_empty",
            "omit_all",
        ),
        *("null", "text", "zero", "false", "object"),
    ]
)
"""Faults, lists that are left out, and what may stand in the place of an empty one."""


@shared
@given(PEOPLE, ANSWERS, UNREAD, st.sampled_from(("seed", "newer")))
def test_law_10_qomon_is_not_written_without_a_whole_read(
    street: Street, person: dict[str, Any], answers: dict[str, Any], trouble: str, shape: str
) -> None:
    lists = trouble if trouble.startswith("omit") else "shown"
    empty = trouble if trouble in ("null", "text", "zero", "false", "object") else "list"
    stored = street.settle_in(person, shape=shape, lists=lists, empty=empty)
    broken = (lists, empty) == ("shown", "list")
    if broken:
        body = {"method": "GET", "path": "contacts", "fault": trouble, "times": 1}
        street.qomon.test_client().post("/_sandbox/faults", json=body)
    report = street.answered({**answers, "nom": "Tout à fait autre"}, "keep")
    both = stored["formdatas"] and stored["custom_fields"]
    missing = {"omit_all": True, "omit_empty": not both}.get(trouble, not broken and not (both and stored["tags"]))
    if broken or missing:
        assert street.calls("PATCH") == 0
        assert street.stored() == stored
        expected = ("held", "shape_unproved") if missing else ("queued", "backoff")
        assert (report["outcome"], report["reason"]) == expected
    else:
        assert street.calls("PATCH") == 1 or report["reason"] == "do_not_contact"


@fewer
@given(person=PEOPLE, answers=ANSWERS, reading=st.sampled_from(("appended", "literal")), odd=ODD)
def test_law_4_more_entries_than_were_sent_are_told_doubled_and_held(
    *, street: Street, person: dict[str, Any], answers: dict[str, Any], reading: str, odd: dict[str, Any]
) -> None:
    stored = street.settle_in({**person, "black_list": False}, entries=reading, **odd)
    report = street.answered({**answers, "nom": "Soleil"}, "keep")
    before, after = (Counter(map(key, live(one))) for one in (stored, street.stored()))
    grown = {one[0] for one, many in after.items() if before[one] and many > before[one]}
    doubled = {line["field"] for line in report["fields"] if line["confirmed"] in ("doubled", "dropped")}
    assert all({field_of(form), told(field_of(form))} & doubled for form in grown), report
    assert bool(doubled) == (report["reason"] == "not_confirmed"), report
    assert street.calls("PATCH") == 1


def field_of(form: int) -> str:
    custom = any(one["id"] == form for one in FORMS["custom_fields"])
    return f"{'custom_fields' if custom else 'formdatas'}.{form}"


CUSTOM_FORMS = {form["id"] for form in FORMS["custom_fields"]}
DROPS = st.lists(st.sampled_from(("surname", "formdatas", "custom_fields", "tags", "address")), max_size=2, unique=True)
LOST = st.sampled_from((None, None, None, "html", "truncated", "other_contact", "error_after"))


@shared
@given(
    person=PEOPLE,
    answers=ANSWERS,
    drops=DROPS,
    normalises=st.booleans(),
    echo=st.sampled_from(("full", "partial")),
    lost=LOST,
    odd=ODD,
)
def test_law_11_the_report_says_of_each_field_what_qomon_made_of_it(
    *,
    street: Street,
    person: dict[str, Any],
    answers: dict[str, Any],
    drops: list[str],
    normalises: bool,
    echo: str,
    lost: str | None,
    odd: dict[str, Any],
) -> None:
    stored = street.settle_in({**person, "black_list": False}, drops=drops, normalises=normalises, echo=echo, **odd)
    if lost:
        body = {"method": "PATCH", "path": "contacts", "fault": lost, "times": 1}
        street.qomon.test_client().post("/_sandbox/faults", json=body)
    report = street.answered({**answers, "nom": "Soleil"}, "keep")
    was, now = flat(stored), flat(street.stored())
    fields = {told(name): name for name in was.keys() | now.keys()}
    for line in report["fields"]:
        name = fields.get(line["field"], line["field"])
        if line["confirmed"] == "dropped":
            assert now.get(name) in (None, was.get(name)), line
            assert name.split(".")[0] in drops, line
        elif line["confirmed"] == "stored":
            assert name.split(".")[0] not in drops or was.get(name) == now.get(name), line
        elif line["confirmed"] == "normalised":
            assert name == "address.postalcode" or (normalises, name) == (True, "surname"), line
        elif line["change"] != "unchanged":
            moved = {e["form_id"] for e in live({**stored, "custom_fields": []})} & CUSTOM_FORMS
            assert lost is not None or (drops and moved), line  # Qomon took it from one list and dropped the other
    dropped = any(line["confirmed"] == "dropped" for line in report["fields"])
    assert dropped == (report["reason"] == "not_confirmed")
    assert dropped or "surname" not in drops or lost
    assert {line["confirmed"] for line in report["fields"] if line["field"] == "surname"} <= {
        "dropped" if "surname" in drops else "normalised" if normalises else "stored",
        None if lost else "dropped" if "surname" in drops else "normalised" if normalises else "stored",
    }


def told(name: str) -> str:
    """How the report calls a field: a form by its label."""
    array, _, number = name.partition(".")
    labels = {str(form["id"]): form["label"] for forms in FORMS.values() for form in forms}
    return f"{array}.{labels[number]}" if number in labels else name


NAMES = st.sampled_from(("Zoé", "ZOE", "Z.", "", "Zo", "Zoélie", "Karim", "Lefèvre", "Marie-Zoé", "–"))


@shared
@given(
    said=NAMES,
    held=NAMES,
    surname=st.sampled_from(("", "Lefèvre", "Zoé")),
    twice=st.booleans(),
    known=st.sampled_from((False, False, True)),
)
def test_law_14_someone_else_is_never_overwritten(
    *, street: Street, said: str, held: str, surname: str, twice: bool, known: bool
) -> None:
    street.clock.move(days=8)  # nobody is remembered from an earlier example
    street.settle_in({"firstname": said, "surname": "Lefèvre"})
    if known:  # the bridge remembers who this mail led to last
        street.answered({"étiquettes": ["Avant"], "prénom": said}, "keep")
    street.sandbox.contacts.put(ZOE, {"firstname": held, "surname": "Lefèvre", "tags": []})
    if twice:
        street.sandbox.contacts.put(9000018, {"mail": "ZOE.lefevre@example.org", "firstname": held})
    before = copy.deepcopy(street.sandbox.contacts.all)
    report = street.answered({"prénom": said, "nom": surname, "étiquettes": ["Nouvelle"]}, "keep")
    after = street.sandbox.contacts.all
    same = oracle.one_person((said, surname), (held, "Lefèvre"), {})
    if report["outcome"] == "held":
        assert after == before
        assert report["reason"] == ("several_contacts" if twice else "other_person")
        assert twice or not same
    else:
        assert report["outcome"] == "delivered"
        assert same
        assert known or not twice or ((said.upper(), surname) == (held.upper(), "Lefèvre"))
        assert after[9000018] == before[9000018]
        assert after[ZOE]["tags"] == ["Nouvelle"]
