"""How bodies of all kinds are read into answers. It knows no tool.

Here is what nearly every tool's file needs. What makes answers, choices and people of values is in the file of that
name. `submission` is the function here, and the file of that name beside it.
"""

from bridge.sources.kit.json_body import parse_json
from bridge.sources.kit.paths import at, key_of, picked, slices
from bridge.sources.kit.records import checked, form_records, json_records, objects, posted_records
from bridge.sources.kit.source import SHOWN, Source
from bridge.sources.kit.submission import submission, thin
from bridge.sources.kit.values import load, text_of, texts_of, type_of, value_of

__all__ = [
    "SHOWN",
    "Source",
    "at",
    "checked",
    "form_records",
    "json_records",
    "key_of",
    "load",
    "objects",
    "parse_json",
    "picked",
    "posted_records",
    "slices",
    "submission",
    "text_of",
    "texts_of",
    "thin",
    "type_of",
    "value_of",
]
