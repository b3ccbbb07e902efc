"""Every page of a site at an address that shows something: what tests of all pages, and screenshots, walk through."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from app import create_app
from tests.support.browser import Site
from tests.support.visitor import PASSWORD

HOSTILE = "\u202e<script>alert(1)</script>\u200b & « Zoë »"
"""An answer that must do no harm: right to left, a script, a sign that nobody sees."""
LISTENING = """
hook: adhésions
address: adhe2345
source: tally
owner: pages
proof: {scheme: tally-v1, secret: $TALLY_SECRET}
mode: capture
fields:
  - {from: Adresse e-mail, to: mail}
"""
_TRIED = 6
"""Addresses of one page that are looked at."""
ZOE = "9000017"
"""The contact that the sample is of."""
MAIL = "camille.exemple@example.org"


def pages_of(app: Flask) -> set[str]:
    """The endpoints of all pages that have a twin: not those before the login, nor what is a file."""
    views = app.view_functions
    return {name for name in views if name.startswith("pages.") and f"{name}_json" in views}


@dataclass
class Places:
    """`site` is filled with people: written, held for several causes, refused; a webhook that listens, with a draft; a
    batch, a search for somebody. Then whatever leads to a page is followed."""

    site: Site
    paths: dict[str, str] = field(default_factory=dict[str, str])
    """By endpoint, of the addresses found the one that shows most."""

    def __post_init__(self) -> None:
        app = create_app(self.site.environ)
        self._pages = pages_of(app)
        self._addresses = app.url_map.bind(urlsplit(self.site.url).netloc)
        self._admin = requests.Session()
        self._furnish()
        self._log_in()
        begin = ["/", "/inbox", "/webhooks", "/todo", "/settings", "/settings/people", "/webhooks/import"]
        self._follow([*self._made(), *begin])

    def _furnish(self) -> None:
        site, said = self.site, dict[str, Any]
        written = site.tally()
        site.wait(written, "delivered", "unchanged")
        held = [
            site.tally(**said({"Prénom": HOSTILE, "Commentaire": HOSTILE})),
            site.tally(**said({"Comment souhaitez-vous aider ?": ["jamais vu"], "Adresse e-mail": MAIL})),
            site.tally(**said({"Adresse e-mail": MAIL, "Téléphone": None})),
        ]
        for event in held:
            site.wait(event, "held", "delivered", "unchanged", "created")
        with suppress(requests.HTTPError):
            site.tally(secret="not ours")
        path = self.site.folder / "listening.yaml"
        for text in (LISTENING, LISTENING + "  - {from: Commentaire, to: nothing}\n"):
            path.write_text(text, encoding="utf-8")
            site.flask("hooks", "import", path, "--force")
        for _ in range(2):
            site.tally("adhe2345")
        site.flask("inbox", "replay", "--hook", "benevoles", "--outcome", "delivered", "--yes")

    def _made(self) -> Iterator[str]:
        """What only a form leads to."""
        yield self.send("/people", who=ZOE)
        hook = self.send("/webhooks/new", tool="tally", name="sorties")
        secret = self._admin.get(f"{self.site.url}{hook}/secret", timeout=20).text
        self.send(f"{hook}/secret", _password=PASSWORD, **_hidden(secret))
        yield f"{hook}/secret"
        mapping = self._admin.get(f"{self.site.url}/webhooks", timeout=20).text
        for found in dict.fromkeys(re.findall(r'href="(/webhooks/[0-9a-f]{16})"', mapping)):
            shown = self._admin.get(f"{self.site.url}{found}/mapping", timeout=20).text
            rows = re.findall(r'name="row"[^>]*value="([^"]+)"', shown)
            if rows:
                self.send(f"{found}/mapping/accept", row=rows, address="keep", **_hidden(shown))

    def _log_in(self) -> None:
        self.send("/login", _mail="admin@example.org", _password=PASSWORD)

    def send(self, path: str, **fields: Any) -> str:
        """A form of one of our pages: where it leads."""
        page = self._admin.get(f"{self.site.url}/login", timeout=20).text  # with the session's token, logged in too
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        said = {"csrf_token": token[1] if token else "", **fields}
        answer = self._admin.post(self.site.url + path, said, timeout=20, allow_redirects=False)
        assert answer.status_code == 303, f"{path}: {answer.status_code}"
        return answer.headers["Location"]

    def _follow(self, begin: list[str]) -> None:
        left, seen, most = list(begin), set[str](), dict[str, list[int]]()
        while left:
            path = left.pop(0)
            name = self._page_of(path)
            if path in seen or name is None or len(most.get(name, ())) >= _TRIED:
                continue
            seen.add(path)
            answer = self._admin.get(self.site.url + path, timeout=20, allow_redirects=False)
            if answer.status_code == requests.codes.ok:
                sizes = most.setdefault(name, [])
                if len(answer.text) > max(sizes, default=0):
                    self.paths[name] = path
                sizes.append(len(answer.text))
                left += [unescape(found) for found in re.findall(r'href="(/[^"#]*)', answer.text)]

    def _page_of(self, path: str) -> str | None:
        """The endpoint, without the room's name."""
        endpoint = _endpoint(self._addresses, urlsplit(path).path)
        return endpoint.removeprefix("pages.") if endpoint in self._pages else None


def _hidden(page: str) -> dict[str, str]:
    """What the page's forms carry along, but for rows and tokens."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name not in ("csrf_token", "row", "next")}


def _endpoint(addresses: MapAdapter, path: str) -> str | None:
    try:
        return str(addresses.match(path)[0])
    except HTTPException:
        return None
