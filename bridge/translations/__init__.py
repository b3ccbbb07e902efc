"""The language in which somebody is told things: English as written in the code, French from translations/.

`_("...")` of flask_babel stands where a sentence is made. Where nobody reads, as in the engine's threads, English comes
out. After a sentence was changed: `make translations`.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, force_locale, get_locale
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString

LANGUAGES = ("en", "fr")
CATALOGUES = Path(__file__).parent


def speak(app: Flask, terminal: str, zone: ZoneInfo) -> None:
    """An HTTP answer speaks its caller's language, English to a tool that says none, a page what `g.language` says; a
    command the terminal's. Times are told in the campaign's zone.
    """

    def language() -> str:
        if has_request_context():
            if said := g.get("language"):
                return str(said)
            return request.accept_languages.best_match(LANGUAGES, LANGUAGES[0])
        return terminal

    Babel(  # type: ignore[no-untyped-call]
        app, default_translation_directories=str(CATALOGUES), locale_selector=language, timezone_selector=lambda: zone
    )


def quoted(texts: Iterable[str]) -> str:
    """What other people wrote, each in the quotes of the language."""
    return ", ".join(_("‘%(text)s’", text=text) for text in texts)


def in_each(sentence: str | LazyString) -> str:
    """A lazy sentence, to be stored: who reads it later may speak another language than who caused it."""
    said: dict[str, str] = {}
    for language in LANGUAGES:
        with force_locale(language):
            said[language] = str(sentence)
    return json.dumps(said, ensure_ascii=False)


def in_mine(stored: str) -> str:
    """The reader's of what `in_each` made."""
    said: dict[str, str] = json.loads(stored)
    return said[str(get_locale() or LANGUAGES[0])]
