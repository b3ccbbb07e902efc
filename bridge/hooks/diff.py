"""What differs between two versions of a hook, in words, for people who decide whether to publish one. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from flask_babel import gettext as _

from bridge.hooks.hook import Hook, of_key
from bridge.hooks.yaml import ends_of, secrets_of
from bridge.mapping.rules import Rule

_SETTINGS = (
    *("name", "source", "mode", "approve", "wait", "space", "timezone", "region", "only", "answer", "methods", "owner"),
    *("handshake", "find", "names", "missing", "address_policy"),
)
_OF_A_RULE = ("convert", "date_format", "change", "values", "otherwise", "agrees", "refuses", "kinds")
_WRITTEN = {"convert": "as", "agrees": "yes", "refuses": "no", "kinds": "when", "date_format": "date"}
_WRITTEN |= {"address_policy": "address", "name": "hook"}
"""What stands in the file for it, where that is another word."""


def differences(old: Hook, new: Hook) -> list[str]:
    """One sentence each, such as `Code postal → address.postalcode added`; none when both say the same."""
    return [*_settings(old, new), *_rules(old, new)]


def _settings(old: Hook, new: Hook) -> Iterator[str]:
    for name in _SETTINGS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield of_key(_WRITTEN.get(name, name), f"{_plain(before)} → {_plain(after)}")
    if (old.proof.scheme, old.proof.header, old.proof.path) != (new.proof.scheme, new.proof.header, new.proof.path):
        yield of_key("proof", f"{old.proof.scheme} → {new.proof.scheme}")
    before, after = secrets_of(old.text), secrets_of(new.text)
    if before != after and before and after:
        yield of_key("secret", f"{_plain(before)} → {_plain(after)}")
    ends = ends_of(old.text), ends_of(new.text)
    for name in dict.fromkeys((*ends[0], *ends[1])):
        was, is_ = (known.get(name, "-") for known in ends)
        yield from [of_key(f"until {name}", f"{was} → {is_}")] if was != is_ else []
    if (old.reply, old.reads) != (new.reply, new.reads):
        yield _("how calls are read or answered changed")


def _rules(old: Hook, new: Hook) -> Iterator[str]:
    before, after = _named(old), _named(new)
    for name in before.keys() - after.keys():
        yield _("%(rule)s removed", rule=name)
    for name, rule in after.items():
        if name not in before:
            yield _("%(rule)s added", rule=name)
        else:
            yield from (of_key(name, sentence) for sentence in _changed(before[name], rule))


def _changed(old: Rule, new: Rule) -> Iterator[str]:
    for key in _OF_A_RULE:
        before, after = getattr(old, key), getattr(new, key)
        if before != after and key == "values":
            tables: tuple[Mapping[str, str], ...] = (before or {}, after or {})
            for choice in dict.fromkeys((*tables[0], *tables[1])):
                was, is_ = (table.get(choice, _("not listed")) for table in tables)
                yield from [of_key(choice, f"{was} → {is_}")] if was != is_ else []
        elif before != after:
            yield of_key(_WRITTEN.get(key, key), f"{_plain(before)} → {_plain(after)}")


def _named(hook: Hook) -> dict[str, Rule]:
    """By where it comes from and where it goes; a second one for the same is told apart by its kinds of event."""
    named: dict[str, Rule] = {}
    for rule in hook.rules:
        origin = rule.source or rule.path or _("always %(value)s", value=rule.constant)
        name = f"{origin} → {rule.to}"
        named[name if name not in named else f"{name} ({_plain(rule.kinds)})"] = rule
    return named


def _plain(value: Any) -> str:
    if value is None:
        return _("not said")
    if isinstance(value, frozenset | tuple):
        return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else ", ".join(map(str, value))
    if hasattr(value, "__dataclass_fields__"):
        return ", ".join(f"{key} {_plain(said)}" for key, said in asdict(value).items())
    return str(value)
