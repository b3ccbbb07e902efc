"""How bodies of all kinds are read into answers. It knows no tool.

Here is what nearly every tool's file needs. What makes answers, choices and people of values is in the file of that
name.
"""

from bridge.sources.kit.form_body import fields_of, json_of, payload_of
from bridge.sources.kit.json_body import parse_json
from bridge.sources.kit.source import (
    BOTH,
    SHOWN,
    Channel,
    Source,
    checked,
    load,
    marked,
    objects,
    read_members,
    records,
    submission,
    thin,
    withdrawal,
)
from bridge.sources.kit.values import (
    at,
    key_of,
    opened,
    picked,
    sequence,
    slices,
    table,
    tables,
    text_of,
    texts_of,
    type_of,
    unpacked,
    value_of,
)

__all__ = [
    "BOTH",
    "SHOWN",
    "Channel",
    "Source",
    "at",
    "checked",
    "fields_of",
    "json_of",
    "key_of",
    "load",
    "marked",
    "objects",
    "opened",
    "parse_json",
    "payload_of",
    "picked",
    "read_members",
    "records",
    "sequence",
    "slices",
    "submission",
    "table",
    "tables",
    "text_of",
    "texts_of",
    "thin",
    "type_of",
    "unpacked",
    "value_of",
    "withdrawal",
]
