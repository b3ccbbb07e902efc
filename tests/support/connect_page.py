"""Writes docs/connect.md and docs/fr/connect.md from what the page Connect a form shows:
`.venv/bin/python -m tests.support.connect_page`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from app import create_app
from bridge.operations.authoring.tools import TILES, Tool, others

DOCS = Path(__file__).parents[2] / "docs"
COMMAND = ".venv/bin/python -m tests.support.connect_page"
PAGES: Mapping[str, Path] = {"en": DOCS / "connect.md", "fr": DOCS / "fr" / "connect.md"}
_SHOWN = ("url", "header", "bearer")
"""Proofs whose secret is shown; under every other one a call is signed."""

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Connect a form, tool by tool",
        "lead": "On the pages: *Webhooks*, *Connect a form*, the tool, a name, *Create and listen*. You get an "
        "address and a secret; this is what to do with them in the tool. Its menus are in its own words.",
        "url": "The secret is a part of the address: paste the address whole, and show it to nobody.",
        "header": "The secret travels in a header, named on the page of the webhook.",
        "bearer": "The secret travels as a bearer token.",
        "signed": "The tool signs each call with the secret, which never travels.",
        "expect": "What to expect:",
        "others": "All others",
        "others_lead": "How long each is waited for, how often it tries again and what it never sends, for every tool "
        "by its name: [the table of tools](sources.md).",
    },
    "fr": {
        "title": "Brancher un formulaire, outil par outil",
        "lead": "Dans les pages\u00a0: *Webhooks*, *Brancher un formulaire*, l’outil, un nom, *Créer et écouter*. Vous "
        "recevez une adresse et un secret\u202f; voici qu’en faire dans l’outil.",
        "url": "Le secret fait partie de l’adresse\u00a0: collez-la entière, et ne la montrez à personne.",
        "header": "Le secret voyage dans un en-tête, nommé sur la page du webhook.",
        "bearer": "Le secret voyage comme jeton Bearer.",
        "signed": "L’outil signe chaque appel avec le secret, qui ne voyage jamais.",
        "expect": "À quoi s’attendre\u00a0:",
        "others": "Tous les autres",
        "others_lead": "Combien de temps chacun attend, combien de fois il réessaie et ce qu’il n’envoie jamais, outil "
        "par outil, en anglais\u00a0: [la table des outils](../sources.md).",
    },
}


def page(language: str) -> str:
    words = _WORDS[language]
    with create_app({"QOMON_TOKEN": "x", "LANG": language}).app_context():
        parts = [f"# {words['title']}", f"<!-- Written by `{COMMAND}`. Do not edit. -->", words["lead"]]
        parts += [part for tool in TILES.values() for part in _tool(tool, words)]
        parts += [f"## {words['others']}", words["others_lead"], *_others(words)]
        return "\n\n".join(parts) + "\n"


def _tool(tool: Tool, words: Mapping[str, str]) -> Iterator[str]:
    yield f"## {tool.title}"
    yield words[tool.scheme if tool.scheme in _SHOWN else "signed"]
    yield "\n".join(f"{number}. {step}" for number, step in enumerate(tool.steps, 1))
    yield f"{words['expect']}\n\n- {tool.temper}\n- {tool.lacks}"


def _others(words: Mapping[str, str]) -> Iterator[str]:
    """Those that are set up in the same way together."""
    alike: dict[str, list[Tool]] = {}
    for tool in others():
        alike.setdefault(tool.scheme if tool.scheme in _SHOWN else "signed", []).append(tool)
    for scheme, tools in alike.items():
        yield f"### {', '.join(one.title for one in tools)}"
        yield words[scheme]
        yield "\n".join(f"{number}. {step}" for number, step in enumerate(tools[0].steps, 1))


if __name__ == "__main__":
    for each, path in PAGES.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(each), encoding="utf-8")
