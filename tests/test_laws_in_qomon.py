"""The laws whose subject is what Qomon ends up holding (design 7): the whole bridge, the real client, the sandbox.

People are generated straight into the sandbox; what it stores is compared before and after, not what a read shows.
"""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.qomon.sandbox.forms import FORMS
from tests import oracle
from tests.street import ANSWERS, PEOPLE, ZOE, Street, allowed, flat, live, many


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""One store for all examples of a test is meant: nothing of an earlier one may show in a later one."""


@shared
@given(
    person=PEOPLE,
    answers=ANSWERS,
    policy=st.sampled_from(("keep", "replace")),
    shape=st.sampled_from(("seed", "newer")),
    deleted=st.booleans(),
)
def test_laws_1_and_3_qomon_holds_the_same_but_for_what_was_answered(
    *, street: Street, person: dict[str, Any], answers: dict[str, Any], policy: str, shape: str, deleted: bool
) -> None:
    stored = street.settle_in(person, shape=shape, soft_deleted=deleted)
    report = street.answered(answers, policy)
    after = street.stored()
    was, now = flat(stored), flat(after)
    different = {name for name in was.keys() | now.keys() if was.get(name) != now.get(name)}
    assert different <= allowed(answers), report
    assert report["outcome"] in ("delivered", "unchanged", "held")
    assert (street.calls("PATCH") == 1) == any(line["confirmed"] for line in report["fields"]), report
    if not street.calls("PATCH"):
        assert after == stored
    dated = {(e["form_id"], e["form_ref_id"], e["data"]): oracle.ms(e["date"]) for e in reversed(live(stored))}
    dates = {(e["form_id"], e["form_ref_id"], e["data"]): oracle.ms(e["date"]) for e in live(after)}
    known = dated.keys() & dates.keys()
    several = {(e["form_id"], e["form_ref_id"], e["data"]) for e in live(stored) if many(stored, e)}
    assert {key: dates[key] for key in known - several} == {key: dated[key] for key in known - several}


UNREAD = st.sampled_from(
    ("html", "truncated", "other_contact", "error_before", "error_after", "omit_empty", "omit_all", "cut")
)


@shared
@given(PEOPLE, ANSWERS, UNREAD, st.sampled_from(("seed", "newer")))
def test_law_10_qomon_is_not_written_without_a_whole_read(
    street: Street, person: dict[str, Any], answers: dict[str, Any], trouble: str, shape: str
) -> None:
    lists = trouble if trouble.startswith("omit") else "shown"
    stored = street.settle_in(person, shape=shape, lists=lists)
    if lists == "shown":
        body = {"method": "GET", "path": "contacts", "fault": trouble, "times": 1}
        street.qomon.test_client().post("/_sandbox/faults", json=body)
    report = street.answered({**answers, "nom": "Tout à fait autre"}, "keep")
    missing = lists == "omit_all" or (lists == "omit_empty" and not (stored["formdatas"] and stored["custom_fields"]))
    if lists == "shown" or missing:
        assert street.calls("PATCH") == 0
        assert street.stored() == stored
        expected = ("held", "shape_unproved") if missing else ("queued", "backoff")
        assert (report["outcome"], report["reason"]) == expected
    else:
        assert street.calls("PATCH") == 1 or report["reason"] == "do_not_contact"


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
) -> None:
    stored = street.settle_in({**person, "black_list": False}, drops=drops, normalises=normalises, echo=echo)
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
            assert lost is not None, line
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
