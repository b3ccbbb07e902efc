"""Every page of a site at an address that shows something: what tests of all pages, and screenshots, walk through."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app import create_app
from bridge.store import tables
from tests.support.browser import Site

HOSTILE = "\u202e<script>alert(1)</script>\u200b & « Zoë »"
"""An answer that must do no harm: right to left, a script, a sign that nobody sees."""
_CAMILLE: dict[str, Any] = {"Adresse e-mail": "camille.exemple@example.org", "Téléphone": None}
OPEN = ("login", "setup", "welcome", "language")


@dataclass
class Places:
    """`site` is filled with people: written, held for several causes, waiting, left out, refused."""

    site: Site
    known: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        site = self.site
        self.known = {"event": site.tally()}
        site.wait(self.known["event"], "delivered", "unchanged")
        held = site.tally(Prénom=HOSTILE, Commentaire=HOSTILE)
        site.wait(held, "held", "delivered", "unchanged")
        created = site.tally(**_CAMILLE)
        site.wait(created, "created", "held")
        services: Any = create_app(site.environ).extensions["bridge"].open()
        try:
            with services.store.read() as tx:
                self.known["hook"] = str(tx.execute(select(tables.hook.c.id)).scalars().first())
        finally:
            services.store.close()

    def paths(self) -> Iterator[tuple[str, str]]:
        """Endpoint and address of each page that can be walked to; what is left out is told by `unknown`."""
        for rule in create_app(self.site.environ).url_map.iter_rules():
            name = rule.endpoint.removeprefix("pages.")
            page = rule.endpoint.startswith("pages.") and "GET" in (rule.methods or ())
            if not page or name.endswith("_json") or name in ("static", *OPEN):
                continue
            if rule.arguments <= self.known.keys():
                with create_app(self.site.environ).test_request_context("/health"):
                    from flask import url_for

                    yield (
                        name,
                        url_for(rule.endpoint, **dict[str, Any]({one: self.known[one] for one in rule.arguments})),
                    )
