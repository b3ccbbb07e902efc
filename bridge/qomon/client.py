"""The only HTTP to Qomon: one space's calls, and what each answer means for whoever asked (docs/qomon.md 1-5).

It compares nobody (find does), retries nothing and never waits. Messages hold neither the token nor a value.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Literal, NoReturn

import orjson
import requests
from flask_babel import gettext as _
from urllib3.exceptions import HTTPError

from bridge.errors import Gone, Held, Rejected, StoreDown, TryLater, Unanswered
from bridge.qomon import line
from bridge.qomon.line import Deadline
from bridge.qomon.pace import Pace
from bridge.qomon.reply import (
    Lost,
    Reply,
    before_sending,
    has_id,
    listed,
    numbered,
    parsed,
    places,
    stated_cost,
    told_at,
)
from bridge.qomon.shape import Shape, seen_in

_json = json.JSONEncoder(allow_nan=False).encode
_NULL = b"null"
_AGENT = "qomon-bridge"  # Qomon's edge was seen to block the library's own agent (docs/qomon.md 1)
_LARGEST = 16_000_000  # bytes: every PATCH leaves soft-deleted entries behind, so contacts grow
_PER_PAGE, _PAGES = 100, 20
_CLIENT_ERROR = 4
_UNCERTAIN = (HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_TIMEOUT)  # may come from something in between
_DOWN = timedelta(seconds=30)
_REFUSED = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: to connect, between two pieces of an answer, and for the whole call, head included."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 20.0


class Qomon:
    """One space. Safe to share between threads; each crossing makes its own visit."""

    def __init__(
        self,
        url: str,
        token: str,
        pace: Pace,
        *,
        now: Callable[[], datetime],
        http: requests.Session | None = None,
        patience: Patience | None = None,
        clock: Callable[[], float] | None = None,
        aside: Callable[[], AbstractContextManager[None]] = nullcontext,
        counted: Callable[[str, str, float], None] = lambda _method, _status, _seconds: None,
    ) -> None:
        """`clock` measures how long a call takes, in seconds, whatever `now` says that the time is; without one, that
        does. `aside`: around each call, for whoever has something to leave to others meanwhile. `counted` is told of
        each: its method, the answer's status, or `none`, and how long it took.
        """
        self.pace = pace
        self.now, self._clock = now, clock or (lambda: now().timestamp())
        self.aside, self._counted = aside, counted
        self.ahead: timedelta | None = None
        """By how much our clock is ahead of Qomon's, as its last answer said; None while none did. People are told, and
        nothing is decided by it: what lies in between may say any time."""
        self.shape: Shape | None = None
        """How the contacts look that this process read."""
        self._patience = patience or Patience()
        self._url = url.rstrip("/")
        self._line = (http or line.session()).get_adapter(self._url)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "User-Agent": _AGENT,
            "Accept": "application/json",
            "Content-Type": "application/json",
        }

    def visit(self, ahead: float = 0) -> "Visit":
        """`ahead`: tokens to pay before the first call, so that a crossing that began can also write. Then `end` it."""
        return Visit(self, ahead)

    def wait_for(self, tokens: float) -> timedelta:
        """Until there are as many, as far as this process knows."""
        return self.pace.wait_for(tokens, self.now())

    def call(self, method: str, path: str, cost: int, body: object = None) -> Reply | Lost:
        """Ask once, paid already. Raises TryLater for what means "not now" to every call: quota, a refused key."""
        said = None if body is None else _written(body)
        began = self._clock()
        with self.aside():
            reply = self._exchange(method, path, said, began)
            took = max(0.0, self._clock() - began)
        told = "none" if isinstance(reply, Lost) else str(reply.status)
        self._counted(method, told, took)
        if isinstance(reply, Lost):
            return reply
        self.pace.heed(reply.headers, self.now())
        if (at := told_at(reply.headers)) is not None:
            self.ahead = self.now() - at
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise self.pace.refused(cost, reply.headers.get("retry-after"), self.now())
        if reply.status in (401, 403):
            raise TryLater("key_refused", _REFUSED)
        return reply

    def _exchange(self, method: str, path: str, body: bytes | None, began: float) -> Reply | Lost:
        """Failures come back as values: an exception chained to ours could carry the token in its text.

        Without what a session does around its line: no redirect is followed, no cookie kept, and neither a proxy nor a
        .netrc of the machine looked for.
        """
        patience = self._patience
        deadline = Deadline(began + patience.total, patience.read, self._clock)
        try:
            request = self._blank.copy()
            request.method, request.url = method, f"{request.url}{path.removeprefix('/')}"
            request.prepare_body(body, None)
            with line.under(deadline):
                answer = self._line.send(request, stream=True, timeout=(patience.connect, patience.read))
            with answer as response:
                return Reply(response.status_code, response.headers, parsed(_whole(response, deadline)))
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as failure:
            return Lost.NOT_SENT if before_sending(failure) else Lost.CUT

    @cached_property
    def _blank(self) -> requests.PreparedRequest:
        """What all calls share, checked once. Raises RequestException, whose text may carry the token."""
        return requests.Request("GET", f"{self._url}/", self._headers).prepare()


class Visit:
    """The calls of one crossing, counted: `calls`, and `tokens` as Qomon's headers say, else as assumed.

    `floor`: what its payments leave in the bucket for others (pace.FLOORS).
    """

    def __init__(self, qomon: Qomon, ahead: float = 0) -> None:
        self._qomon = qomon
        self._ahead = ahead
        self._purse = self.floor = 0.0
        self.calls = 0
        self.tokens = 0.0

    def aside(self) -> AbstractContextManager[None]:
        """For whoever waits for somebody who calls Qomon."""
        return self._qomon.aside()

    def reserve(self) -> None:
        """Pay ahead now. Raises TryLater("quota")."""
        self._pay(0)

    def begin(self, ahead: float) -> None:
        """Count anew, and have as many tokens paid before the next call; what is left of those before counts."""
        self.calls, self.tokens = 0, 0.0
        self._ahead = max(0.0, ahead - self._purse)

    def end(self) -> None:
        """Give back what was paid ahead and not used."""
        with suppress(StoreDown):  # some tokens less, and not what was done with the others
            self._qomon.pace.give(self._purse, self._qomon.now())
        self._purse = 0.0

    def contact(self, contact_id: int) -> dict[str, Any]:
        """Raises Gone on a 404 of Qomon's own, TryLater for everything that is not this very contact."""
        found = _its(self._read("GET", f"/contacts/{contact_id}"), contact_id) or _down()
        self._qomon.shape = seen_in([found], self._qomon.shape)
        return found

    def search(self, attr: str, values: Sequence[str]) -> list[dict[str, Any]]:
        """Everybody whom `eql` finds for any spelling: too many rather than too few (docs/qomon.md 4.4).

        Raises Held("several_contacts") when the pages do not end: no such search says who this is.
        """
        if not values:
            return []
        found: dict[int, dict[str, Any]] = {}
        conditions = [{"$condition": {"attr": attr, "ope": "eql", "value": value}} for value in values]
        search = {"per_page": _PER_PAGE, "sort_attr": "lastchange", "sort_asc": True}
        search |= {"query": {"$all": [{"$at_least_one": conditions}]}}
        for page in range(_PAGES):
            contacts = self._page({"page": page, **search})
            found.update((contact["id"], contact) for contact in contacts)
            if len(contacts) < _PER_PAGE:
                return list(found.values())
        raise Held("several_contacts")

    def replace(self, contact_id: int, body: dict[str, Any]) -> dict[str, Any]:
        """PATCH: the whole contact becomes `body`. Gives the echo, maybe incomplete (docs/qomon.md 2.3).

        Raises TryLater when surely nothing was applied, Unanswered when it may have been, Gone, Rejected.
        """
        reply = self._write("PATCH", f"/contacts/{contact_id}", body)
        return _its(reply, contact_id) or _unusable(reply)

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        """POST: always a new contact, no duplicate is looked for. Raises TryLater, Unanswered, Rejected."""
        reply = self._write("POST", "/contacts", body)
        return reply.contact if has_id(reply.contact) else _unusable(reply)

    def forms(self, category: str) -> list[dict[str, Any]]:
        """The forms of one category as Qomon writes them; raises TryLater."""
        forms = self._read("GET", f"/v1/forms/type/{category}").inside.get("forms", False)
        return [form for form in forms or [] if isinstance(form, dict)] if listed(forms) else _down()

    def _page(self, search: dict[str, Any]) -> list[dict[str, Any]]:
        found = self._read("POST", "/search", {"data": {"advanced_search": search}}).inside.get("contacts", False)
        contacts = [numbered(c) for c in found or [] if isinstance(c, dict)] if listed(found) else _down()
        if len(contacts) < len(found or []) or not all(map(has_id, contacts)):
            _down()
        return contacts

    def _read(self, method: str, path: str, body: object = None) -> Reply:
        reply = self._call(method, path, 1, body)
        return _down() if isinstance(reply, Lost) else reply

    def _write(self, method: Literal["PATCH", "POST"], path: str, body: dict[str, Any]) -> Reply:
        reply = self._call(method, path, 5, {"data": {"contact": body}})
        if reply is Lost.NOT_SENT:
            _down()
        if isinstance(reply, Lost):
            raise Unanswered(_("%(method)s got no answer.", method=method), finished=False)
        return reply

    def _call(self, method: str, path: str, cost: int, body: object) -> Reply | Lost:
        self._pay(cost)
        self.calls += 1
        reply = self._qomon.call(method, path, cost, body)
        self.tokens += cost if isinstance(reply, Lost) else stated_cost(reply.headers, cost)
        return reply

    def _pay(self, cost: float) -> None:
        """From the purse, the rest from the bucket. Raises TryLater("quota")."""
        pace, now = self._qomon.pace, self._qomon.now
        if self._ahead:
            pace.take(self._ahead, now(), self.floor)
            self._purse, self._ahead = self._purse + self._ahead, 0
        if self._purse < cost:
            pace.take(cost - self._purse, now(), self.floor)
        self._purse = max(0.0, self._purse - cost)


def _written(body: object) -> bytes:
    """Raises ValueError for NaN and Infinity, which are no JSON: orjson would make a null of them."""
    try:
        written = orjson.dumps(body)
    except TypeError:  # half a character, or a number without measure
        written = _NULL
    return _json(body).encode() if _NULL in written else written


def _down() -> NoReturn:
    raise TryLater("qomon_down", _DOWN)


def _unusable(reply: Reply) -> NoReturn:
    """A write whose answer is not the contact: a clear no, or perhaps a yes."""
    if reply.missing or (reply.status // 100 == _CLIENT_ERROR and reply.status not in _UNCERTAIN):
        raise Rejected(_("Qomon answered %(status)s.", status=reply.status), places(reply.body))
    message = _("Qomon answered %(status)s, not with the contact.", status=reply.status)
    raise Unanswered(message, finished=True)


def _its(reply: Reply, contact_id: int) -> dict[str, Any] | None:
    """This very contact, None for another answer. Raises Gone."""
    if reply.missing:
        raise Gone(_("Qomon has no contact %(id)s.", id=contact_id))
    contact = reply.contact
    return contact if has_id(contact) and contact["id"] == contact_id else None


def _whole(response: requests.Response, deadline: Deadline) -> bytes:
    """The whole answer, empty when it is too large. `read1` hands over what has come: a body that trickles cannot
    outlast the deadline.
    """
    deadline.left()
    read = bytearray()
    while piece := response.raw.read1(65536, decode_content=True):
        read += piece
        if len(read) > _LARGEST:
            return b""
        deadline.left()
    return bytes(read)
