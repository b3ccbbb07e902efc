"""The tools that the bridge reads: one file per tool here, how bodies are read in `kit`.

A new tool is payloads, a schema and a file in this folder, which is thereby in SOURCES: docs/add-a-source.md. `split`
and `read` are pure, and raise nothing but Unreadable.

Face: `kit.custom_layout`, `kit.form_body`, `kit.json_body`, `kit.php_names`, `kit.replies`, `kit.source`.
"""

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

from bridge.model import Json, Record, Submission, Value
from bridge.sources.kit.source import Source, hiding, identities
from schemas import normal

__all__ = ["SOURCES", "Source", "identities", "shown"]


def _tools() -> dict[str, Source]:
    """Every file of this folder is a tool, and says so: one without a SOURCE stops the start. It has the file's name,
    unless it says another."""
    files = [one.name for one in iter_modules(__path__) if not one.ispkg]
    named = ((name, import_module(f"{__name__}.{name}").SOURCE) for name in files)
    found = [hiding(replace(source, name=source.name or name)) for name, source in named]
    return {source.name: source for source in sorted(found, key=lambda source: source.name)}


SOURCES: Mapping[str, Source] = _tools()


def shown(record: Record, submission: Submission, region: str) -> dict[str, Json]:
    """One element of what `flask read` prints (docs/commands.md)."""
    at = submission.submitted_at
    return {
        "key": record.key,
        "submitted_at": None if at is None else normal.to_ms(at),
        "kind": submission.kind,
        "identities": {**identities(submission.answers, region)},
        "answers": [
            {"key": answer.key, "label": answer.label, "type": answer.type, "value": _plain(answer.value)}
            for answer in submission.answers
        ],
    }


def _plain(value: Value) -> Json:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
