"""The catalogue: what Qomon's forms say, how labels and choices resolve, and how long one is kept."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

import pytest

from app import create_app
from bridge.errors import TryLater
from bridge.qomon.catalogue import Catalogue, Catalogues, Choice, Form, doubt, dump, load, read_catalogue
from bridge.qomon.client import Qomon, Visit
from bridge.qomon.pace import Pace
from bridge.qomon.sandbox import TOKEN, create_sandbox
from bridge.qomon.sandbox.forms import FORMS
from bridge.store.store import Store
from tests.support.sandbox_client import NOW
from tests.support.wsgi_adapter import mounted

SEEDED = read_catalogue(FORMS)


def only(form: dict[str, Any], category: str = "custom_fields") -> Form:
    (read,) = read_catalogue({category: [form]}).forms.values()
    return read


def test_a_form_says_which_list_holds_it_and_what_it_is() -> None:
    said = {
        id_: (
            SEEDED.forms[id_].array,
            SEEDED.forms[id_].kind,
            SEEDED.forms[id_].consent,
            SEEDED.forms[id_].free,
        )
        for id_ in (710, 720, 737, 811, 815)
    }
    assert said == {
        710: ("formdatas", "checkbox", True, False),
        720: ("formdatas", "radio", False, False),
        737: ("formdatas", "text", False, True),
        811: ("custom_fields", "text", False, True),
        815: ("custom_fields", "radio", False, False),
    }


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("text", "text"),
        ("TEXT", "text"),
        ("numeric", "numeric"),
        ("Integer", "numeric"),
        ("number", "numeric"),
        ("date", "date"),
        ("radio", "radio"),
        ("Select", "radio"),
        ("checkbox", "checkbox"),
        ("drawing", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_type_strings_become_kinds_and_the_rest_is_unknown(told: str | None, kind: str) -> None:
    assert only({"id": 1, "label": "x", "type": told}).kind == kind


@pytest.mark.parametrize("refvalues", [{}, {"refvalues": None}, {"refvalues": []}, {"refvalues": [{"label": "a"}, 3]}])
def test_missing_labels_and_refvalues_are_nothing_to_write_with(refvalues: dict[str, Any]) -> None:
    form = only({"id": 1, "type": "text", **refvalues})
    assert (form.label, form.choices, form.free_ref) == ("", (), None)


def test_ids_that_are_text_are_numbers_and_no_id_is_none() -> None:
    forms = [{"id": said, "type": "radio", "refvalues": [{"id": f" {said}1", "value": "a"}]} for said in ("7", 8.0)]
    read = read_catalogue({"survey": [*forms, {"id": "x"}, {"id": 0}, {"id": True}, {}]})
    assert {id_: form.choices[0].id for id_, form in read.forms.items() if form.choices} == {7: 71}
    assert read.forms.keys() == {7, 8}


def test_a_free_input_is_written_under_its_one_refvalue_and_never_under_one_of_two() -> None:
    two = {"id": 1, "type": "text", "refvalues": [{"id": 11}, {"id": 12}]}
    refs = (
        SEEDED.forms[811].free_ref,
        only(two).free_ref,
        SEEDED.forms[720].free_ref,
        SEEDED.forms[819].free_ref,
    )
    assert refs == (8111, None, None, None)


CHOICES = Form(
    1,
    "x",
    "checkbox",
    "survey",
    (
        Choice(1, "Refusal", "refus"),
        Choice(2, "refus", "no"),
        Choice(3, "Porte-à-porte", "door"),
        Choice(4, "porte à porte", "leaflets"),
        Choice(5, "Porte-a-Porte", "host"),
    ),
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("refus", [1]),  # a value beats a label
        ("Refusal", [1]),
        ("REFUS", [1]),  # a folded value beats a folded label
        ("Porte-à-porte", [3]),  # exact beats folded
        ("PORTE A PORTE", [3, 4, 5]),  # several: nobody picks
        ("Tractage", []),
    ],
)
def test_a_choice_is_found_by_value_then_label_exact_then_folded(text: str, ids: list[int]) -> None:
    assert [choice.id for choice in CHOICES.choice(text)] == ids


@pytest.mark.parametrize(
    ("array", "label", "ids"),
    [
        ("custom_fields", "Disponibilités", [810]),
        ("custom_fields", "disponibilites", [810]),
        ("custom_fields", "Secteur", [817, 818]),
        ("formdatas", "Secteur", [737]),
        ("formdatas", "Disponibilités", []),
        ("custom_fields", "Nombre d’enfants", [812]),
    ],
)
def test_a_label_is_looked_up_in_one_list_and_may_be_ambiguous(array: str, label: str, ids: list[int]) -> None:
    assert [form.id for form in SEEDED.labelled(array, label)] == ids


def test_forms_without_an_id_are_left_out_and_an_id_counts_once() -> None:
    read = read_catalogue({"survey": [{"label": "x"}, {"id": 1, "label": "a"}], "tasks": [{"id": 1, "label": "b"}]})
    assert {id_: form.label for id_, form in read.forms.items()} == {1: "a"}


def test_a_catalogue_survives_the_store_and_its_version_says_whether_it_changed() -> None:
    again = load(json.loads(json.dumps(dump(SEEDED))))
    other = read_catalogue({**FORMS, "tasks": []})
    assert (again, other.version == SEEDED.version) == (SEEDED, False)


class Space:
    """One space's sandbox, with its store and a clock to move."""

    def __init__(self, url: str) -> None:
        self.store = Store(url)
        self.store.upgrade()
        self.now = NOW
        self.app = create_sandbox({}, now=lambda: self.now, sleep=lambda _: None)
        self.catalogues = Catalogues(self.store)

    def visit(self, aside: Callable[[], AbstractContextManager[None]] = nullcontext) -> Visit:
        http = mounted(self.app)
        qomon = Qomon("https://qomon.example.org", TOKEN, Pace(), now=lambda: self.now, http=http, aside=aside)
        return qomon.visit()

    def current(self, after: timedelta = timedelta(0)) -> tuple[Catalogue, int]:
        """The catalogue, and the calls that it took."""
        self.now += after
        visit = self.visit()
        return self.catalogues.current("default", visit, self.now), visit.calls

    def fail(self, times: int) -> None:
        asked = {"method": "GET", "path": "forms", "fault": "html", "times": times}
        self.app.test_client().post("/_sandbox/faults", json=asked)


@pytest.fixture
def space(database: str) -> Iterator[Space]:
    made = Space(database)
    yield made
    made.store.close()


def test_it_is_read_once_and_then_kept_for_ten_minutes(space: Space) -> None:
    calls = [space.current(timedelta(minutes=minutes))[1] for minutes in (0, 9, 2)]
    assert calls == [6, 0, 6]


def test_a_new_process_takes_it_from_the_store_while_it_is_fresh(space: Space) -> None:
    first, _ = space.current()
    space.catalogues = Catalogues(space.store)
    again, calls = space.current(timedelta(minutes=9))
    space.catalogues = Catalogues(space.store)
    assert (again, calls, space.current(timedelta(minutes=2))[1]) == (first, 0, 6)


def test_spaces_do_not_share_a_catalogue(space: Space) -> None:
    space.current()
    assert (space.catalogues.stored("default"), space.catalogues.stored("other")) == (SEEDED, None)


def test_the_last_good_one_serves_for_a_minute_when_a_category_fails(space: Space) -> None:
    first, _ = space.current()
    space.fail(1)
    served = [space.current(timedelta(minutes=11)), space.current(timedelta(seconds=50))]
    assert served == [(first, 1), (first, 0)]
    assert space.current(timedelta(seconds=11)) == (first, 6)


def test_without_any_it_is_tried_later_with_the_wait_that_qomon_asked_for(space: Space) -> None:
    space.fail(6)
    with pytest.raises(TryLater) as caught:
        space.current()
    assert (caught.value.reason, caught.value.after) == ("catalogue", timedelta(seconds=30))
    assert space.catalogues.stored("default") is None


def refresh(space: Space, *, force: bool = False) -> Catalogue:
    return space.catalogues.refresh("default", space.visit(), space.now, forced=(lambda _tx: None) if force else None)


def without(space: Space, category: str) -> None:
    """All of a category is gone in Qomon."""
    space.app.extensions["sandbox"].forms = {**FORMS, category: []}


def test_whoever_waits_for_the_one_that_reads_leaves_its_turn_to_others(space: Space) -> None:
    """Else the one that reads would come back from Qomon and wait for that turn."""
    left = list[int]()

    def aside() -> AbstractContextManager[None]:
        left.append(visit.calls)
        return nullcontext()

    visit = space.visit(aside)
    space.catalogues.current("default", visit, NOW)

    assert left == [0, *range(1, 7)]  # before it may read, and around each of the six calls


def test_a_refresh_reads_at_once_and_keeps_the_old_one_when_it_fails(space: Space) -> None:
    first, _ = space.current()
    space.app.extensions["sandbox"].forms = {**FORMS, "tasks": []}
    kept, _ = space.current()
    fresh = refresh(space)
    space.fail(1)
    with pytest.raises(TryLater):
        refresh(space)
    assert (kept, 740 in fresh.forms, space.current()[0]) == (first, False, fresh)


def test_a_refresh_that_loses_more_than_a_fifth_is_not_adopted(space: Space) -> None:
    first, _ = space.current()
    without(space, "custom_fields")
    assert refresh(space) == first
    assert space.catalogues.doubted("default") == ("11 of 25 forms and 27 of 67 choices are gone", NOW)
    with create_app({"QOMON_TOKEN": "x", "LANG": "fr"}).app_context():
        said, _ = space.catalogues.doubted("default") or ("", NOW)
    assert said == "11 champs sur 25 et 27 choix sur 67 ont disparu"

    space.app.extensions["sandbox"].forms = FORMS
    assert (refresh(space), space.catalogues.doubted("default")) == (first, None)


def test_a_doubted_refresh_is_made_again_a_minute_later(space: Space) -> None:
    first, _ = space.current()
    without(space, "custom_fields")
    assert [space.current(timedelta(seconds=s)) for s in (601, 59, 1)] == [(first, 6), (first, 0), (first, 6)]


def test_what_a_person_forces_is_adopted_by_every_process(space: Space) -> None:
    space.current()
    without(space, "custom_fields")
    other = Catalogues(space.store)
    forced = other.refresh("default", space.visit(), space.now, forced=lambda _tx: None)
    assert 810 not in forced.forms

    assert space.current(timedelta(minutes=11)) == (forced, 6)
    assert space.catalogues.doubted("default") is None


@pytest.mark.parametrize(
    ("forms", "choices", "doubted"), [(2, 2, False), (3, 2, True), (0, 4, False), (0, 5, True), (10, 20, True)]
)
def test_a_fifth_of_the_forms_or_of_the_choices_may_go_at_once(forms: int, choices: int, *, doubted: bool) -> None:
    """10 forms with 2 choices each; those of a form that is gone are gone too."""
    whole = {n: [{"id": n * 10 + c} for c in (1, 2)] for n in range(1, 11)}
    left: dict[int, list[dict[str, int]]] = {n: refs for n, refs in whole.items() if n > forms}
    for _ in range(choices - 2 * forms):
        max(left.values(), key=len).pop()
    old, new = (
        read_catalogue({"survey": [{"id": n, "type": "radio", "refvalues": refs} for n, refs in held.items()]})
        for held in ({n: [{"id": n * 10 + c} for c in (1, 2)] for n in range(1, 11)}, left)
    )
    assert (doubt(old, new) is not None) == doubted
