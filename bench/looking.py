"""How long pages take where much has happened: somebody logged in opens each of them."""

import re
import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

import requests
from sqlalchemy import select

from app import create_app
from bench.scene import Scene, Store
from bridge.hooks.revisions import By
from bridge.operations.staff import Staff
from bridge.store import tables

_MAIL, _PASSWORD = "bench@example.org", "quatre mots bien choisis"
_TIMES = 5
_NO_PAGE = {"login", "setup", "welcome", "language", "static", "export", "activity_export", "export_webhook"}
"""Before the login, or a file."""


def pages(scene: Scene, store: Store) -> dict[str, float]:
    """Milliseconds from asking to the last byte, the middle of some, by endpoint."""
    paths = _paths(store)
    with scene.serve("bench.fast:app", store) as bridge:
        at = f"http://127.0.0.1:{bridge.port}"
        somebody = _logged_in(at)
        there = {name: at + path for name, path in paths.items() if _is_there(somebody, at + path)}
        return {name: median(_took(somebody, url) for _ in range(_TIMES)) for name, url in there.items()}


def _is_there(somebody: requests.Session, url: str) -> bool:
    """Some pages show something only at times, such as a draft to publish."""
    return bool(somebody.get(url, timeout=60, allow_redirects=False).status_code == requests.codes.ok)


def _took(somebody: requests.Session, url: str) -> float:
    began = time.perf_counter()
    somebody.get(url, timeout=60).raise_for_status()
    return (time.perf_counter() - began) * 1000


def _logged_in(at: str) -> requests.Session:
    somebody = requests.Session()
    shown = somebody.get(f"{at}/login", timeout=20).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', shown)
    said = {"csrf_token": found[1] if found else "", "_mail": _MAIL, "_password": _PASSWORD}
    somebody.post(f"{at}/login", said, timeout=20).raise_for_status()
    return somebody


def _paths(store: Store) -> dict[str, str]:
    """Of every page that a webhook and a submission lead to. Whoever looks gets an account."""
    made = create_app(store.environ)
    services: Any = made.extensions["bridge"].open()
    people, by = Staff(services.store, services.vault), By(datetime.now(UTC), "bench")
    if people.by_mail(_MAIL) is None:
        _account, token = people.add(_MAIL, "Bench", "admin", by)
        people.use_link(token, _PASSWORD, by)
    with services.store.read() as tx:
        last = tx.execute(select(tables.event.c.id, tables.event.c.hook).order_by(tables.event.c.seq.desc())).first()
    services.store.close()
    known = {"event": last.id, "hook": last.hook} if last else {}
    found = {}
    addresses = made.url_map.bind("127.0.0.1")
    for rule in made.url_map.iter_rules():
        name = rule.endpoint.removeprefix("pages.")
        page = rule.endpoint.startswith("pages.") and "GET" in (rule.methods or ()) and not name.endswith("_json")
        if page and name not in _NO_PAGE and rule.arguments <= known.keys():
            found[name] = addresses.build(rule.endpoint, {one: known[one] for one in rule.arguments})
    return found
