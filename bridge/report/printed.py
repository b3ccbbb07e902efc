"""What is said in lines as one page to print or to send: HTML that loads nothing, whoever's words are in it."""

from collections.abc import Iterable, Iterator

from flask_babel import get_locale
from markupsafe import escape

_LOOK = """
body { font: 11pt/1.45 Georgia, serif; max-width: 42em; margin: 2em auto; padding: 0 1em; color: #1b1b1b }
h1 { font-size: 1.35em } h2 { font-size: 1em; margin: 1.6em 0 .2em; break-after: avoid }
p { margin: .1em 0; overflow-wrap: anywhere; white-space: pre-wrap; break-inside: avoid }
section { border-top: 1px solid #999 } @page { margin: 18mm }
"""


def page(lines: Iterable[str]) -> Iterator[str]:
    """The first line is its title; each blank one begins a section, whose first line names it."""
    said = iter(lines)
    title = escape(next(said, ""))
    yield f'<!doctype html>\n<html lang="{get_locale() or "en"}">\n<head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{title}</title>\n<style>{_LOOK}</style></head>\n<body>\n<h1>{title}</h1>"
    opened, begins = False, False
    for line in said:
        if not line:
            yield "</section>" if opened else ""
            opened, begins = False, True
        elif begins:
            yield f"<section>\n<h2>{escape(line)}</h2>"
            opened, begins = True, False
        else:
            yield f"<p>{escape(line)}</p>"
    yield ("</section>\n" if opened else "") + "</body>\n</html>"
