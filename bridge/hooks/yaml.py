"""A hook file's YAML, read into plain texts, lists and tables with the line of each, and written from them.

What the words mean is not here. Everything is text: no Yes that becomes true, no 01000 that becomes 512. One document,
no anchors. Only what the bridge wrote is written anew, with what staff decided: a file that people keep would lose its
comments. A name and secrets are changed in place.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import yaml
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from yaml.reader import ReaderError

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"
Path: TypeAlias = tuple[str | int, ...]

MOST_CHARACTERS = 100_000
DEEPEST = 8
_ORDER = (
    *("hook", "address", "source", "proof", "mode", "approve", "owner", "wait", "space", "timezone", "region"),
    *("only", "contact", "", "fields"),
)
"""Of the keys that the bridge writes; "" stands for all others."""

_QUOTES = _(
    "YAML cannot read this. Put the text that holds one of ? : , # [ ] { } & * ! | > ' \" % @ in quotes, "
    'for example {from: "Métier ?", to: ...}.'
)
_TAB = _("YAML cannot be indented with a tab. Use spaces.")
_SHARED = _("Anchors (&), aliases (*) and tags (!) are not read. Write the text out, in quotes if it starts so.")


@dataclass(slots=True)
class Written:
    """What the file says. `lines`: by path of keys and positions. `faults`: (line, sentence)."""

    plain: Plain = ""
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of the nearest thing on the way to `path` that the file holds."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> Written:
    """Never raises: what cannot be read is among the faults."""
    written = Written()
    if len(text) > MOST_CHARACTERS:
        said = gettext("The file is too large for a hook (most: %(most)s characters).", most=MOST_CHARACTERS)
        written.faults.append((1, said))
        return written
    try:
        _Reading(text, written).document()
    except yaml.YAMLError as error:
        written.faults.append(_unread(error, text))
    return written


def _unread(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        tab = "'\\t'" in str(error.problem)
        return error.problem_mark.line + 1, str(_TAB if tab else _QUOTES)
    if isinstance(error, ReaderError):
        return text[: error.position].count("\n") + 1, gettext("A character here is not text. Remove it.")
    return 1, gettext("Lists and tables stand too deep in one another for a hook.")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Reading:
    """One pass over the events of the YAML."""

    def __init__(self, text: str, written: Written) -> None:
        self._events = iter(yaml.parse(text, Loader=yaml.BaseLoader))
        self._written = written

    def document(self) -> None:
        starts = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                starts += 1
            elif isinstance(event, yaml.NodeEvent) and starts == 1:
                self._written.plain = self._node(event, ())
            elif isinstance(event, yaml.NodeEvent):
                self._fault(event, gettext("One file holds one hook. Put what follows `---` into a file of its own."))
                return

    def _node(self, event: yaml.NodeEvent, path: Path) -> Plain:
        self._written.lines.setdefault(path, _line(event))
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None or tag not in (None, "!"):
            self._fault(event, str(_SHARED))
        if len(path) > DEEPEST:
            raise yaml.YAMLError("too deep")
        if isinstance(event, yaml.MappingStartEvent):
            return self._table(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path)
        return str(getattr(event, "value", ""))

    def _list(self, path: Path) -> list[Plain]:
        found: list[Plain] = []
        while event := self._next():
            found.append(self._node(event, (*path, len(found))))
        return found

    def _table(self, path: Path) -> dict[str, Plain]:
        found: dict[str, Plain] = {}
        while event := self._next():
            key = self._key(event, path)
            if key in found:
                first = self._written.lines[*path, key]
                said = gettext(
                    "`%(key)s` stands here a second time (first in line %(first)s). Remove one.", key=key, first=first
                )
                self._fault(event, said)
            self._written.lines.setdefault((*path, key), _line(event))
            if value := self._next():
                found.setdefault(key, self._node(value, (*path, key)))
        return found

    def _next(self) -> yaml.NodeEvent | None:
        """The next thing of this list or table, None at its end."""
        event = next(self._events)
        return event if isinstance(event, yaml.NodeEvent) else None

    def _key(self, event: yaml.NodeEvent, path: Path) -> str:
        key = self._node(event, (*path, "?"))
        self._written.lines.pop((*path, "?"), None)
        if not isinstance(key, str):
            self._fault(event, gettext("A key must be a text. %(quotes)s", quotes=_QUOTES))
        return re.sub(r"\s+", " ", key) if isinstance(key, str) else str(_line(event))

    def _fault(self, event: yaml.Event, sentence: str) -> None:
        self._written.faults.append((_line(event), sentence))


def as_yaml(plain: Mapping[str, Any]) -> str:
    """Short tables on one line, rules one below the other; texts that YAML would take for something else in quotes."""
    ordered = dict(sorted(plain.items(), key=lambda line: _ORDER.index(line[0] if line[0] in _ORDER else "")))
    return yaml.safe_dump(ordered, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100_000)


def plain_of(text: str) -> dict[str, Plain]:
    """What a file says; it must load."""
    return cast("dict[str, Plain]", read_yaml(text).plain)


def with_mode(text: str, mode: str) -> str:
    return as_yaml({**plain_of(text), "mode": mode})


def with_name(text: str, name: str) -> str:
    """The same file under another name; its comments stay."""
    return _respelt(text, {**plain_of(text), "hook": name}, ("hook",), name)


def secrets_of(text: str) -> tuple[str, ...]:
    """What the file writes as secrets of its proof."""
    said = read_yaml(text).plain
    proof = said.get("proof") if isinstance(said, dict) else None
    written = proof.get("secret", []) if isinstance(proof, dict) else []
    return tuple(map(str, written if isinstance(written, list) else [written]))


def ends_of(text: str) -> dict[str, str]:
    """The last days of secrets, as the file writes them."""
    said = read_yaml(text).plain
    proof = said.get("proof") if isinstance(said, dict) else None
    written = proof.get("until") if isinstance(proof, dict) else None
    return {name: str(day) for name, day in written.items()} if isinstance(written, dict) else {}


def with_secrets(text: str, secrets: Sequence[str], ends: Mapping[str, str]) -> str:
    """The same file with these secrets in its proof, which is a table, and these last days of them; its comments stay,
    unless the days are the first ones or were the last."""
    plain = plain_of(text)
    proof, written = plain.get("proof"), list[Plain](secrets) if len(secrets) > 1 else secrets[0]
    said: dict[str, Plain] = {**(proof if isinstance(proof, dict) else {}), "secret": written}
    changed = _respelt(text, {**plain, "proof": said}, ("proof", "secret"), written)
    if ends == ends_of(text):
        return changed
    if not ends:
        return as_yaml({**plain, "proof": {key: value for key, value in said.items() if key != "until"}})
    days: dict[str, Plain] = dict(ends)
    return _respelt(changed, {**plain, "proof": {**said, "until": days}}, ("proof", "until"), days)


def _respelt(text: str, plain: dict[str, Plain], path: Path, value: Plain) -> str:
    """With `value` at the place of `path`, and all else byte for byte; written anew where that is not what it says."""
    start, end = _place(text, path)
    spelt = yaml.safe_dump([value], allow_unicode=True, default_flow_style=True, width=100_000).strip()[1:-1]
    changed = text[:start] + spelt + text[start:end][len(text[start:end].rstrip()) :] + text[end:]
    return changed if read_yaml(changed).plain == plain else as_yaml(plain)


def _place(text: str, path: Path) -> tuple[int, int]:
    """Where the value at a path of keys begins and ends, by characters; at the end of the text if it is not there."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.BaseLoader)
    for key in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for name, value in pairs if name.value == key), None)
    return (node.start_mark.index, node.end_mark.index) if node is not None else (len(text), len(text))


def with_rules(text: str, rules: Sequence[Mapping[str, Any]]) -> str:
    """With more rules."""
    plain = plain_of(text)
    return as_yaml({**plain, "fields": [*_rules(plain), *rules]})


def without_rules(text: str, numbers: Collection[int]) -> str:
    """Without these of its rules, numbered from 1."""
    plain = plain_of(text)
    return as_yaml({**plain, "fields": [one for at, one in enumerate(_rules(plain), 1) if at not in numbers]})


def with_rules_instead(text: str, instead: Mapping[int, Sequence[Mapping[str, Any]]]) -> str:
    """With other rules, or none, in the place of these, numbered from 1; number 0 is behind all others."""
    plain = plain_of(text)
    kept = [rule for at, one in enumerate(_rules(plain), 1) for rule in instead.get(at, (one,))]
    return as_yaml({**plain, "fields": [*kept, *instead.get(0, ())]})


def with_contact(text: str, address: str | None = None, missing: str | None = None, **more: Any) -> str:
    """With these policies (`find`, `names` too), where given."""
    policies = {"missing": missing, "address": address, **more}
    said = {key: value for key, value in policies.items() if value is not None}
    plain = plain_of(text)
    before = plain.get("contact")
    return as_yaml({**plain, "contact": {**(before if isinstance(before, dict) else {}), **said}}) if said else text


def _rules(plain: Mapping[str, Plain]) -> list[Plain]:
    listed = plain.get("fields")
    return listed if isinstance(listed, list) else []
