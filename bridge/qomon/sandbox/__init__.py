"""A small, faithful Qomon for development and tests: docs/qomon.md 1-5 and 11. In memory, one space.

`app.extensions["sandbox"]` is its state. The same is reachable outside Qomon's paths, without a key:

    GET    /_sandbox/switches         the switches as they are
    PATCH  /_sandbox/switches         set some of them (a JSON object); unknown names and values answer 400
    POST   /_sandbox/faults           {"method": "PATCH", "path": "contacts", "fault": "html", "times": 1}
    GET    /_sandbox/calls            every call seen: method, path, cost, status
    GET    /_sandbox/contacts         ids of everybody
    GET    /_sandbox/contacts/<id>    full stored state, soft-deleted entries included
    PUT    /_sandbox/contacts/<id>    edit as a colleague: some stored keys, kept as given
    DELETE /_sandbox/contacts/<id>    merge away: the id answers 404 from now on
    POST   /_sandbox/reset            people, switches, faults, calls and bucket as at the start

Switches, the default first:

    shape            seed | newer      spelling of keys; numbers or text in address; empty fields or none
    envelope         contact | bare    {"data": {"contact": {...}}}, or the contact directly under data
    lists            shown | omit_empty | omit_all    formdatas and custom fields in reads
    soft_deleted     true | false      whether reads show soft-deleted entries (the last 100 of each list are kept)
    echo             full | partial    whether PATCH and POST answer with the two lists
    spelling         newer | seed      which request keys count, the other ones clear: birth_city or birthcity (A4)
    entries          replaced | appended | literal    what a PATCH does to the other entries of a form that it
                                       sends (A1): free inputs and checkboxes are replaced, or stay beside those
                                       sent; literal: even beside the very same
    alive            null | zero | go | empty | invalid    how `deleted_at` of the living is spelt: null,
                                       0001-01-01T00:00:00Z, 0001-01-01 00:00:00 +0000 UTC, "", {Time, Valid: false}
    ids              number | text | spaced    ids of contacts, entries, forms, refvalues and actions: 710, "710",
                                       "710 "
    refs             shown | missing   whether entries name their refvalue
    empty            list | null | text | zero | false | object    what reads show where a list is empty
    remains          false | true      whether reads show a soft-deleted tag and note, too
    stamps           act | row         whether what one PATCH deletes and makes has one time, or each a millisecond more
    touches          false | true      whether something behind the scenes moves `UpdatedAt` alone, at each read
    unknown_entries  refuse | ignore | drop    an unknown form, refvalue or choice (A6): 422, or the entry is left
                                       out, or a PATCH answers 200 and changes nothing
    unknown_keys     ignore | refuse   keys that are not of the request (docs/qomon.md A9): left out, or 422
    drops            []                request keys that a PATCH leaves as they were, answering 200
    normalises       false | true      surname is stored in capitals
    latency_ms       0                 before every answer
    index_delay_ms   0                 how long search shows contacts as they were; set it before the changes
    upsert_delay_ms  2000              how long an upsert takes; one that does not fit is dropped without a word
    upsert_id        drop | match      an upsert of an unknown id (A8): dropped, or matched by mail and names
    burst, rate      100, 10           the token bucket
    retry_after      seconds | date | none    on 429

Faults of the next calls (`path`: contacts, upsert, search, kpi or forms; `contact`: calls about this id only).
Before anything is done: error_before (500), refused (401), rejected (422), missing (404), quota (429).
After it was done:

    error_after      500               html, truncated (half the JSON), cut (fewer bytes than announced)
    other_contact    another id in the answer
    slow             the right answer, `ms` later (5000)
    timeout_after    no answer for `ms` (25000: longer than the bridge waits), then a gateway's 504
    dribble          the right answer, the bytes of its head one by one over `ms` (25000)
    edited           the right answer, and a colleague has changed the contact since: `edit` as in PUT above
    added, removed   the same for entries: those of `edit` come, where a form holds one value in its place, or go
    merged_away      the right answer, and the contact is gone since

So a GET that meets `edited`, `added`, `removed` or `merged_away` is one that somebody comes after, before the PATCH.

Planted people: a search for slow@sandbox.test takes 5 s, busy@ answers 429, twice@ finds two.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Flask

from bridge.qomon.sandbox.forms import FORMS
from bridge.qomon.sandbox.people import PEOPLE
from bridge.qomon.sandbox.routes import qomon
from bridge.qomon.sandbox.state import Sandbox, inspection

TOKEN = "sandbox-token"  # noqa: S105  # opens nothing but the sandbox
_PLATFORMS = ("DYNO", "CONTAINER", "RENDER", "K_SERVICE", "CC_DEPLOYMENT_ID")
_PLATFORM_PREFIXES = ("RAILWAY_", "FLY_")


def create_sandbox(
    environ: Mapping[str, str],
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    token: str = TOKEN,
    forms: Mapping[str, Sequence[dict[str, Any]]] = FORMS,
    people: Sequence[dict[str, Any]] = PEOPLE,
) -> Flask:
    """Raises RuntimeError on a hosting platform: nobody's campaign may talk to a play Qomon by mistake."""
    found = [name for name in environ if name in _PLATFORMS or name.startswith(_PLATFORM_PREFIXES)]
    if found:
        raise RuntimeError(f"The sandbox does not start on a hosting platform ({min(found)} is set).")
    app = Flask("sandbox")
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of Flask's default provider
    here = app.extensions["sandbox"] = Sandbox(token, forms, people, now, sleep)
    app.before_request(here.catch_up)
    app.register_blueprint(qomon)
    app.register_blueprint(inspection)
    return app
