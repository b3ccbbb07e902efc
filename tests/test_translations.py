"""Every sentence that the code marks is in the French catalogue, whole; what is loaded is what was written there."""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bridge.translations import CATALOGUES

ROOT = Path(__file__).parent.parent
FRENCH = CATALOGUES / "fr" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.do", "silent": "false"}}
"""As babel.cfg says it beside the catalogue."""
PARTS = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
"""The places of a sentence that facts are put into."""


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return read_po(BytesIO(FRENCH.read_bytes()))


def forms(said: str | Sequence[str] | None) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said or ())


def translated(catalogue: Catalog) -> Iterator[Message]:
    yield from (message for message in catalogue if message.id)


def test_no_sentence_of_the_code_is_missing_and_none_is_left_over(catalogue: Catalog) -> None:
    found = (extract_from_dir(ROOT / folder, METHODS, OPTIONS, KEYWORDS) for folder in ("bridge", "schemas"))

    assert {message for folder in found for _, _, message, *_ in folder} == {
        message.id for message in translated(catalogue)
    }
    assert not catalogue.obsolete


def test_each_sentence_is_said_in_french(catalogue: Catalog) -> None:
    faults = [
        one.id for one in translated(catalogue) if one.fuzzy or not all(text.strip() for text in forms(one.string))
    ]

    assert faults == []


def test_the_french_sentence_has_the_same_parts(catalogue: Catalog) -> None:
    """A singular may say its number in words."""
    faults = [str(error) for _, errors in catalogue.check() for error in errors]
    for message in translated(catalogue):
        english, french = ([{*PARTS.findall(text)} for text in forms(said)] for said in (message.id, message.string))
        faults += [str(message.id)] if french[-1] != english[-1] or not french[0] <= english[-1] else []

    assert faults == []


def test_french_is_written_with_typographic_apostrophes(catalogue: Catalog) -> None:
    said = [text for message in translated(catalogue) for text in forms(message.string)]

    assert [text for text in said if re.search(r"[^\W\d_]'[^\W\d_]", text)] == []


def test_what_is_loaded_is_what_is_written(catalogue: Catalog) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue)

    assert FRENCH.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run: make translations"
