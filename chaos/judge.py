"""The verdict: what was promised, what the store says became of it, and what Qomon holds and saw. Pure.

An event's effect is its tag, which nothing takes away, and its answer, unless a newer event of that person was
delivered.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from bridge.qomon.sandbox.contacts import ADDRESS, ARRAYS, FLAGS, NUMBERS, TEXTS
from chaos.people import ERASED, FORM, PUT_BACK, Person
from chaos.qomon import Act, Write
from chaos.senders import Answered

_AS_PEOPLE_WISH = {PUT_BACK.contact, ERASED.contact}
"""Their order is not that of what was sent: what they hold in the end is judged."""
_FIRST, _LAST = (0, 0), (2**63, 0)
_OVER = ("delivered", "created", "unchanged", "restored")
_NO_REASON = (None, "paused", "hook_broken", "key_refused", "unopenable", "crash")
"""For an event to be open in the end: nothing of that is done in a campaign, or it leaves its lane at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """An event as the store has it. `awaited`: somebody will come for the lane that it is in. `action`: what people had
    done to another one, its `origin`.
    """

    id: str
    status: str
    outcome: str
    reason: str | None
    stamp: tuple[int, int]
    awaited: bool
    action: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class World:
    """`before`, `after`: Qomon's contacts by their numbers. `rows`: every event of the store. `acts`: of colleagues.
    `spoiled`: events whose record cannot be read any more.
    """

    answered: Sequence[Answered]
    rows: Mapping[str, Row]
    before: Mapping[int, Mapping[str, Any]]
    after: Mapping[int, Mapping[str, Any]]
    writes: Sequence[Write]
    acts: Sequence[Act] = ()
    spoiled: Container[str] = ()

    @property
    def put_back(self) -> set[str]:
        """What was written by these is not there any more, by people's wish."""
        return {row.origin for row in self.rows.values() if row.origin and row.outcome == "restored"}


@dataclass
class Verdict:
    """Each list says what is wrong, one line per case. `again`: writes that only repeated what was there. `undone`:
    what a colleague took away in the moment of our write, and came back. Nothing is lost by it, but it is told:
    rescue.py says when a removal cannot be told from our own, and 20 times as much falls into its second here.
    """

    lost: list[str] = field(default_factory=list[str])
    wiped: list[str] = field(default_factory=list[str])
    overtaken: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])
    blocked: list[str] = field(default_factory=list[str])
    again: int = 0
    undone: list[str] = field(default_factory=list[str])
    ends: Counter[str] = field(default_factory=Counter[str])

    @property
    def faults(self) -> list[str]:
        named = {"lost": self.lost, "wiped": self.wiped, "overtaken": self.overtaken, "doubled": self.doubled}
        named["blocked"] = self.blocked
        return [f"{name}: {case}" for name, cases in named.items() for case in cases]


def judge(world: World) -> Verdict:
    verdict = Verdict()
    by_person: dict[Person, list[Answered]] = {}
    for one in world.answered:
        by_person.setdefault(one.event.person, []).append(one)
    for person, theirs in by_person.items():
        _person(world, person, theirs, verdict)
    _untouched(world, by_person, verdict)
    _writes(world, verdict)
    promised = {one.id for one in world.answered}
    keys = Counter(one.id for one in world.answered)
    verdict.doubled += [f"one event for two submissions: {id_}" for id_, count in keys.items() if count > 1]
    verdict.blocked += [line for row in world.rows.values() if (line := _blocked(row, row.id in world.spoiled))]
    asked = [row for row in world.rows.values() if row.action is not None]
    verdict.ends.update(f"{row.action}: {_end(row)}" for row in asked)
    verdict.lost += [f"{row.action} of {row.origin}: {_end(row)}" for row in asked if not _accounted(row)]
    verdict.ends["accepted, never answered 200"] = len(world.rows.keys() - promised) - len(asked)
    return verdict


def _person(world: World, person: Person, theirs: Sequence[Answered], verdict: Verdict) -> None:
    contacts = _contacts(world, person)
    if len(contacts) > 1:
        verdict.doubled.append(f"{len(contacts)} contacts for {person.mail}: {contacts}")
    contact = world.after.get(contacts[0]) if contacts else None
    tags = set(contact["tags"]) if contact else set[str]()
    over, put_back = [], world.put_back
    for one in theirs:
        row = world.rows.get(one.id)
        verdict.ends[_end(row)] += 1
        if one.id in put_back:
            if one.event.tag in tags:
                verdict.overtaken.append(f"{one.event.tag} ({one.id}) of {person.mail}: put back, and in Qomon")
        elif row is not None and row.outcome in ("forgotten", "unchanged") and person == ERASED:
            continue  # to whoever knows nothing any more what we wrote is anybody's: what was said before that is older
        elif row is None or not _accounted(row):
            verdict.lost.append(f"{one.event.tag} ({one.id}) of {person.mail}: {_end(row)}")
        elif row.outcome in _OVER and one.event.tag not in tags:
            verdict.lost.append(f"{one.event.tag} ({one.id}) of {person.mail}: said {row.outcome}, not in Qomon")
        elif row.outcome in _OVER:
            over.append((row.stamp, one.event.answer))
    if contact is not None and over and person not in (PUT_BACK, ERASED):
        stamps = {one.event.answer: world.rows[one.id].stamp for one in theirs if one.id in world.rows}
        _newest(person, contact, max(over), stamps, verdict)


def _newest(
    person: Person,
    contact: Mapping[str, Any],
    newest: tuple[tuple[int, int], str],
    stamps: Mapping[str, tuple[int, int]],
    verdict: Verdict,
) -> None:
    """The field holds the newest delivered answer; or one that is newer still, and held or waiting with it written."""
    shown = [entry["data"] for entry in _live(contact) if entry["form_id"] == FORM]
    if len(shown) != 1 or stamps.get(shown[0], _FIRST) < newest[0]:
        verdict.overtaken.append(f"{person.mail} shows {shown}, delivered last was {newest[1]}")


def _contacts(world: World, person: Person) -> list[int]:
    if person.contact is not None:
        return [person.contact]
    return [id_ for id_, contact in world.after.items() if contact["mail"] == person.mail]


def _accounted(row: Row) -> bool:
    if row.status == "open":
        return row.awaited
    return row.status == "held" or row.outcome in _OVER


def _blocked(row: Row, spoiled: bool) -> str:  # noqa: FBT001
    """What is open in the end though it says of nothing that it waits for; what is held for what it is not."""
    if row.status == "open" and (spoiled or row.reason in _NO_REASON):
        return f"{row.id} is open, {'its record overwritten' if spoiled else 'and nothing stops it'}"
    if row.reason == "unopenable" and not spoiled:
        return f"{row.id} is held as unopenable, and nobody touched it"
    return ""


def _end(row: Row | None) -> str:
    if row is None:
        return "not in the store"
    if row.status == "open":
        return f"waiting: {row.reason or 'its turn'}" if row.awaited else "waiting for nobody"
    return f"{row.outcome}: {row.reason}" if row.reason else row.outcome


def _untouched(world: World, people: Iterable[Person], verdict: Verdict) -> None:
    """What no event named is as it was, contact by contact; a newcomer holds what was said and nothing else."""
    named = {id_: person for person in people for id_ in _contacts(world, person)}
    for id_, old in world.before.items():
        if id_ not in world.after:
            verdict.wiped.append(f"contact {id_} is gone")
            continue
        acts = {(act["form"], act["data"]): act["gone"] for act in world.acts if act["contact"] == id_}
        verdict.wiped += [f"contact {id_}: {name}" for name in _differing(old, world.after[id_], id_ in named, acts)]
        there = {(entry["form_id"], entry["data"]) for entry in _live(world.after[id_])}
        verdict.undone += [f"contact {id_}: {one}" for one, gone in acts.items() if gone and one in there]
    for id_ in world.after.keys() - world.before.keys():
        person = named.get(id_)
        if person is None:
            verdict.doubled.append(f"contact {id_} is nobody's")
            continue
        said = {"firstname": person.firstname, "surname": person.surname, "mail": person.mail}
        wrong = _differing({**_BLANK, **said}, world.after[id_], named=True)
        verdict.wiped += [f"contact {id_}, made: {name}" for name in wrong]


_BLANK: Mapping[str, Any] = {
    **dict.fromkeys(TEXTS, ""), **dict.fromkeys(FLAGS, False), **dict.fromkeys(NUMBERS, 0),
    "address": {}, "action_ids": [], "notes": [], "tags": [], "external_id": "", **{array: [] for array in ARRAYS},
}  # fmt: skip


def _differing(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    named: bool,  # noqa: FBT001
    acts: Mapping[tuple[int, str], bool] = MappingProxyType({}),
) -> list[str]:
    """Names of what differs; of a contact that an event named, tags may come and the one form may change. What a
    colleague did last to an entry is how it is.
    """
    if not named:
        return [] if old == new else ["a contact that nobody named was written"]
    plain = (*TEXTS, *FLAGS, *NUMBERS, "external_id", "action_ids", "notes")
    found = [name for name in plain if old[name] != new[name]]
    found += [f"address.{part}" for part in ADDRESS if old["address"].get(part) != new["address"].get(part)]
    found += [f"tag {tag}" for tag in old["tags"] if tag not in new["tags"]]
    there = {(entry["form_id"], entry["data"]) for entry in _live(new)}
    found += [f"a colleague's {one}, which they added" for one, gone in acts.items() if not gone and one not in there]
    kept = (
        [e for e in _live(one) if e["form_id"] != FORM and (e["form_id"], e["data"]) not in acts] for one in (old, new)
    )
    was, now = (Counter(map(_entry, entries)) for entries in kept)
    return found + [f"form {entry[0]}" for entry in ((was - now) + (now - was))]


def _ours(entry: Mapping[str, Any], acts: Container[tuple[int, str]]) -> bool:
    """Nobody but the bridge was to write it, and it was to stay."""
    return entry["form_id"] != FORM and (entry["form_id"], entry["data"]) not in acts


def _entry(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """With its date to the millisecond: more cannot be written (docs/laws.md 2)."""
    return entry["form_id"], entry["form_ref_id"], entry["data"], entry["date"].rstrip("Z")[:23]


def _live(contact: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [entry for array in ARRAYS for entry in contact[array] if not entry["deleted_at"]]


def _writes(world: World, verdict: Verdict) -> None:
    """Write by write: a repetition changes nothing; an answer that comes back after another one is an effect again."""
    now = {id_: _said(contact) for id_, contact in world.before.items()}
    earlier: dict[int, list[list[str]]] = {}
    stamps: dict[tuple[str, ...], tuple[int, int]] = {
        (one.event.answer,): world.rows[one.id].stamp for one in world.answered if one.id in world.rows
    }
    for write in world.writes:
        id_, written = write["contact"], (set(write["tags"]), write["answers"])
        if id_ in _AS_PEOPLE_WISH:
            continue
        tags, answers = now.get(id_, (set[str](), list[str]()))
        if tags - written[0]:
            verdict.wiped.append(f"contact {id_} lost {sorted(tags - written[0])} in a write")
        if written == (tags, answers):
            verdict.again += 1
        elif write["answers"] != answers and write["answers"] in earlier.get(id_, []):
            verdict.doubled.append(f"contact {id_} was given {write['answers']} again")
        elif stamps.get(tuple(write["answers"]), _LAST) < stamps.get(tuple(answers), _FIRST):
            verdict.overtaken.append(f"contact {id_} was given {write['answers']} after {answers}")
        earlier.setdefault(id_, []).append(write["answers"])
        now[id_] = written


def _said(contact: Mapping[str, Any]) -> tuple[set[str], list[str]]:
    return set(contact["tags"]), [entry["data"] for entry in _live(contact) if entry["form_id"] == FORM]
