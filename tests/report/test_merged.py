"""What the report says of a contact's other values: counted, and what a bare replace would have erased."""

from collections.abc import Hashable

from hypothesis import given
from hypothesis import strategies as st

from bridge.merge.address import Log
from bridge.merge.merge import Merged
from bridge.model import Change, Changes, Target
from bridge.qomon.compare import Facets
from bridge.report import report
from schemas import normal
from schemas.codes import Op

SINGLE = {"firstname": "text", "mail": "mail", "address.city": "text"}
KINDS = {**SINGLE, "formdatas.1": "radio", "formdatas.2": "checkbox", "custom_fields.3": "checkbox", "tags": "tags"}
OPS: tuple[Op, ...] = ("set", "fill", "add", "remove", "replace", "clear")
TEXTS = st.sampled_from(["é", "E", "e ", "e", "Été"])
ENTRIES = st.tuples(st.integers(1, 3), TEXTS)


def _several(elements: st.SearchStrategy[Hashable]) -> st.SearchStrategy[tuple[Hashable, ...]]:
    return st.lists(elements, min_size=1, max_size=4).map(tuple)


def _facet(name: str) -> st.SearchStrategy[Hashable]:
    """Twins among tags, too: a contact may have them."""
    if name in SINGLE:
        return TEXTS
    return _several(TEXTS.map(normal.tag)) if name == "tags" else _several(ENTRIES).map(lambda held: (*{*held},))


FACETS: st.SearchStrategy[Facets] = st.fixed_dictionaries({}, optional={name: _facet(name) for name in KINDS})


def _change(name: str) -> st.SearchStrategy[Change]:
    values = _several(ENTRIES if "." in name and name not in SINGLE else TEXTS)
    target = Target(name, name, KINDS[name])
    return st.builds(lambda op, said: Change(1, target, op, said), st.sampled_from(OPS), values)


WANTED = st.lists(st.sampled_from([*KINDS]).flatmap(_change), max_size=4)


def elements(facet: Hashable) -> set[Hashable]:
    return set(facet) if isinstance(facet, tuple) else set() if facet is None else {facet}


def merged(before: Facets, after: Facets, wanted: list[Change]) -> report.Report:
    told: report.Report = {"answers": [], "notes": []}
    changed = [name for name in KINDS if before.get(name) != after.get(name)]
    result = Merged({}, Log(), ["applied" for _ in wanted])
    changes = Changes(tuple(wanted), (), {})
    return report.merged(told, changes, wanted, result, (before, after), changed, lambda field: field)


@given(FACETS, FACETS)
def test_what_stays_is_counted_element_by_element(before: Facets, after: Facets) -> None:
    lists = dict[str, int]()
    for group in ("formdatas", "custom_fields", "tags"):
        mine = [name for name in before if name.partition(".")[0] == group]
        lists[group] = sum(len(elements(before[name]) & elements(after.get(name))) for name in mine)
    fields = sum(before[name] == after.get(name) for name in before if name in SINGLE)

    assert merged(before, after, [])["kept"] == {"fields": fields, **lists}


@given(FACETS, WANTED)
def test_a_bare_replace_would_have_erased_what_it_does_not_say(before: Facets, wanted: list[Change]) -> None:
    said: dict[str, set[Hashable]] = {}
    for change in (change for change in wanted if change.op not in ("remove", "clear")):
        values = {normal.tag(value) if isinstance(value, str) else value for value in change.values}
        said[change.target.field] = said.get(change.target.field, set()) | values
    many = [name for name in said if KINDS[name] in ("tags", "checkbox")]
    kept_back = [name for name in many if name in before and not elements(before[name]) <= said[name]]

    assert merged(before, before, wanted)["protected"] == [
        name for name in before if name not in said or name in kept_back
    ]
