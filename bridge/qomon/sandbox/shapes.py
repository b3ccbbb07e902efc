"""A stored contact as a read shows it: the seed's shape or the newer one (docs/qomon.md 3 and 9). Pure."""

from collections.abc import Mapping
from typing import Any

from bridge.qomon.sandbox.contacts import ARRAYS
from bridge.qomon.sandbox.state import Switches

_SEED_NAMES = {
    "birth_city": "birthcity",
    "birth_country": "birthcountry",
    "birth_dept": "birthdept",
    "action_ids": "actions_ids",
    "custom_fields": "customfields",
}
_NUMBERS = ("housenumber", "postalcode", "citycode", "floor")  # numbers in the seed's read, leading zeros lost
_SEED_ADDRESS = ("housenumber", "street", "postalcode", "citycode", "city", "state", "country", "addition", "infos")
_ALIVE: Mapping[str, Any] = {
    "zero": "0001-01-01T00:00:00Z",
    "go": "0001-01-01 00:00:00 +0000 UTC",
    "empty": "",
    "invalid": {"Time": "0001-01-01T00:00:00Z", "Valid": False},
}
_EMPTY: Mapping[str, Any] = {"null": None, "text": "", "zero": 0, "false": False, "object": {}}
_LISTS = ("tags", "action_ids", "notes", *ARRAYS)


def shown(contact: Mapping[str, Any], switches: Switches, *, partial: bool = False) -> dict[str, Any]:
    """`partial` is an echo without the two lists. It shares what it shows with the store, to be cheap: write it out,
    never into it.
    """
    read = dict(contact)
    read["tags"] = [{"name": name, "appearance_count": 310, "color": "#3355aa"} for name in read["tags"]]
    for array in ARRAYS:
        if not switches.soft_deleted:
            read[array] = [e for e in read[array] if not e["deleted_at"]]
        empty = switches.lists == "omit_empty" and not read[array]
        if partial or empty or switches.lists == "omit_all":
            del read[array]
    _oddly(read, switches)
    return _seed(read) if switches.shape == "seed" else _newer(read)


def _oddly(read: dict[str, Any], switches: Switches) -> None:
    if switches.remains:
        gone = {"deleted_at": "2025-01-05T12:00:00.000Z"}
        read["tags"] = [*read["tags"], {"name": "Ancienne", **gone}]
        read["notes"] = [*read["notes"], {"id": 70, "content": "Ôtée", "pinned": False, **gone}]
    if (switches.alive, switches.refs, switches.ids) != ("null", "shown", "number"):
        read |= {array: [_odd_entry(e, switches) for e in read[array]] for array in ARRAYS if array in read}
    if switches.ids != "number":
        space = " " * (switches.ids == "spaced")
        read |= {"id": f"{read['id']}{space}", "action_ids": [f"{one}{space}" for one in read["action_ids"]]}
    if switches.empty != "list":
        read |= {name: _EMPTY[switches.empty] for name in _LISTS if read.get(name) == []}


def _odd_entry(entry: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
    alive = {} if entry["deleted_at"] or switches.alive == "null" else {"deleted_at": _ALIVE[switches.alive]}
    odd = {key: entry[key] for key in entry if key != "form_ref_id" or switches.refs == "shown"} | alive
    if switches.ids != "number":
        space = " " * (switches.ids == "spaced")
        odd |= {key: f"{odd[key]}{space}" for key in ("id", "form_id", "form_ref_id") if odd.get(key)}
    return odd


def spelled(sent: Any, spelling: str) -> Any:
    """A request's body in the stored spelling. Of the two spellings one is read, the other ignored (A4)."""
    if spelling == "newer" or not isinstance(sent, dict):
        return sent
    stored = {theirs: ours for ours, theirs in _SEED_NAMES.items() if ours != "custom_fields"}
    return {stored.get(key, key): value for key, value in sent.items() if key not in stored.values()}


def enveloped(contact: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
    inside = contact if switches.envelope == "bare" else {"contact": contact}
    return {"status": "success", "data": inside}


def _seed(read: dict[str, Any]) -> dict[str, Any]:
    address = {**dict.fromkeys(_SEED_ADDRESS, ""), **read["address"], "invalid": None}
    for part in _NUMBERS:
        text = str(address.get(part, ""))
        address[part] = int(text) if text.isascii() and text.isdigit() else text
    read["address"] = address
    if read["birthdate"]:
        read["birthdate"] = read["birthdate"][:19] + "Z"
    return {_SEED_NAMES.get(key, key): value for key, value in read.items()}


def _newer(read: dict[str, Any]) -> dict[str, Any]:
    """Empty fields are absent, address parts are strings."""
    read["address"] = {part: value if part == "id" else str(value) for part, value in read["address"].items()}
    return {
        key: value for key, value in read.items() if key in ("black_list", *_LISTS) or value not in ("", 0, False, {})
    }
