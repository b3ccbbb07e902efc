"""docs/laws.md 8.2: answers, secrets and what Qomon holds are in no log line, in no problem, in no byte of the
store; in no title, address or cookie of a page, in no alert, no metric and no list of processes.

`pytest -s tests/test_privacy.py` prints what was searched.
"""

import base64
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pytest
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from bridge import log
from bridge.operations import causes, figures
from bridge.operations.alerts import tick
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.commands import run
from tests.support.gunicorn_server import call, on_the_wire
from tests.support.json_hook import ESSAI, HEADER, count, fault, rows, spoil, switch, written
from tests.support.receiver import Receiver
from tests.support.visitor import Visitor
from tests.support.whole_bridge import House

ANSWERS = {
    "mail": "quokka.zebulon@example.org",
    "prenom": "Xylophanthe",
    "nom": "Zurbrügge-Wœrth",
    "mobile": "06 39 98 77 31",
    "metier": "Dresseuse de tyrannosaures",
    "note": "tyrannosaure mauve\nsecond line",
}
SECRETS = {
    "JSON_TOKEN": "jeton-du-formulaire-77",
    "PATH_SECRET": "secret-du-chemin-77",
    "BASIC_SECRET": "mot-de-passe-77",
    "QOMON_TOKEN": "cle-de-qomon-77",
    "BRIDGE_KEY": "cle-du-pont-77-trente-deux-signes-ou-plus",
    "SETUP_CODE": "code-de-depart-77",
    "METRICS_TOKEN": "jeton-des-mesures-77",
}
QOMONS = ("+33639980177", "Lefèvre-Brûlé", "rue des Tilleuls", "Menuisière", "Rencontrée au marché")
CALLERS = ("entete-plante-77", "faux-jeton-77", "faux-chemin-77", "requete-plantee-77", "corps-illisible-77")
OTHERS = {
    "chemin23": ("chemin", HEADER, "{scheme: url, secret: $PATH_SECRET}"),
    "basique2": ("basique", HEADER, "{scheme: basic, user: moi, secret: $BASIC_SECRET}"),
    "apercu23": ("apercu", "mode: live", "mode: preview"),
}
HOOKS = (
    ESSAI,
    *(
        ESSAI.replace("hook: essai", f"hook: {name}").replace("essai234", address).replace(old, new)
        for address, (name, old, new) in OTHERS.items()
    ),
)


def needles() -> list[bytes]:
    """Each planted value as it is, as JSON writes it and in Base64; the number in its other spellings too."""
    plain = [*ANSWERS.values(), "0639987731", "639987731", *SECRETS.values(), *QOMONS, *CALLERS]
    spelled = {text.encode() for text in plain} | {json.dumps(text)[1:-1].encode() for text in plain}
    return sorted(spelled | {base64.b64encode(text.encode()).rstrip(b"=")[:-1] for text in plain})


def found_in(written_: bytes) -> list[bytes]:
    return [needle for needle in needles() if needle.lower() in written_.lower()]


@contextmanager
def loud_log() -> Iterator[None]:
    """Everything is logged, by our handler alone; what other tests set up comes back."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers = [handler for handler in before if not isinstance(handler.formatter, log.OneLine)]
    log.configure()
    root.setLevel(logging.DEBUG)
    yield
    root.handlers = before
    root.setLevel(level)


def proven(body: bytes, door: FlaskClient, path: str = "essai234") -> TestResponse:
    headers = {"X-Token": SECRETS["JSON_TOKEN"], "X-Trace": "entete-plante-77", "User-Agent": "entete-plante-77"}
    return door.post(f"/hooks/{path}", data=body, headers=headers)


def refused_calls(door: FlaskClient) -> list[TestResponse]:
    wrong = {"X-Token": "faux-jeton-77", "Authorization": "Basic ZmF1eC1qZXRvbi03Nw=="}
    body = written(**ANSWERS)
    return [
        door.post("/hooks/essai234", data=body, headers=wrong),
        door.post("/hooks/chemin23/faux-chemin-77", data=body),
        door.post("/hooks/basique2", data=body, headers=wrong),
        door.post(f"/hooks/jamais22/{SECRETS['PATH_SECRET']}", data=body),
        door.get(f"/hooks/chemin23/{SECRETS['PATH_SECRET']}?nom=requete-plantee-77"),
        door.put(f"/hooks/chemin23/{SECRETS['PATH_SECRET']}", data=body),
        door.get(f"/nulle-part/{SECRETS['PATH_SECRET']}?nom=requete-plantee-77"),
        door.post("/hooks/essai234", data=body.ljust(2_000_001), headers=wrong),
        door.get("/submissions/faux-jeton-77", headers=wrong),
    ]


def stored_calls(house: House) -> None:
    """Outcomes of all kinds: created, delivered, unchanged, held, ignored, unreadable, previewed, duplicate."""
    answers = written(**ANSWERS)
    door = house.door
    basic = {"Authorization": "Basic " + base64.b64encode(b"moi:mot-de-passe-77").decode()}
    zoe = {**ANSWERS, "mail": "zoe.lefevre@example.org", "prenom": "Zoé", "nom": "Lefèvre-Brûlé"}
    answered = [
        proven(answers, door),
        proven(answers, door),
        proven(b"{corps-illisible-77", door),
        proven(written(note="tyrannosaure mauve\nsecond line", nom="Zurbrügge-Wœrth"), door),
        proven(written(mail="karim.benali@example.org", prenom="Xylophanthe"), door),
        proven(written(mail="twice@sandbox.test", metier="Dresseuse de tyrannosaures"), door),
        proven(written(**ANSWERS, dispo="Dresseuse de tyrannosaures"), door),
        proven(written(**zoe), door, "apercu23"),
        door.post(f"/hooks/chemin23/{SECRETS['PATH_SECRET']}", data=written(**ANSWERS, dispo=["door"])),
        door.post("/hooks/basique2", data=written(**zoe), headers=basic),
    ]
    assert [answer.status_code for answer in answered] == [200] * len(answered)
    house.drain()


def faults_of_all_kinds(house: House) -> None:
    for number, (method, path, name) in enumerate(
        [
            ("POST", "search", "html"), ("POST", "search", "refused"), ("POST", "search", "quota"),
            ("GET", "contacts", "other_contact"), ("GET", "contacts", "truncated"), ("PATCH", "contacts", "cut"),
            ("PATCH", "contacts", "error_after"), ("PATCH", "contacts", "rejected"),
            ("POST", "contacts", "error_before"),
        ]
    ):  # fmt: skip
        fault(house, method, path, name)
        proven(written(mail="zoe.lefevre@example.org", metier=f"{ANSWERS['metier']} {number}"), house.door)
        unknown = {"mail": f"{number}.quokka.zebulon@example.org", "mobile": ""}
        proven(written(**{**ANSWERS, **unknown}), house.door)
        house.drain()
        house.clock.move(hours=1)
        house.drain()
    switch(house, normalises=True, drops=["custom_fields"])
    proven(written(mail="zoe.lefevre@example.org", metier=ANSWERS["note"]), house.door)
    house.drain()


def our_own_faults(house: House) -> TestResponse:
    """An exception in the crossing, and one in the door."""
    spoil(house, ZOE, ANSWERS["metier"])
    proven(written(mail="zoe.lefevre@example.org", metier=ANSWERS["metier"] * 2), house.door)
    for _ in range(6):
        house.drain()
        house.clock.move(hours=1)
    event = proven(written(note=ANSWERS["note"]), house.door).get_json()["events"][0]["event"]
    vault = house.services.vault
    (row,) = (row for row in rows(house, tables.event) if row.id == event)
    report: Any = vault.unseal(row.report)
    with house.services.store.write() as tx:
        spoilt = vault.seal({**report, "mapping": ANSWERS["note"]})
        tx.execute(update(tables.event).where(tables.event.c.id == event).values(report=spoilt))
    return house.door.get(f"/submissions/{event}", headers={"X-Token": SECRETS["JSON_TOKEN"]})


@dataclass
class Search:
    """What was looked through, by place: how many pieces and bytes of it, and what was found there."""

    places: dict[str, tuple[int, int, list[bytes]]] = field(default_factory=dict[str, tuple[int, int, list[bytes]]])

    def look(self, place: str, *pieces: bytes | str) -> None:
        written_ = [piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace") for piece in pieces]
        many, size, found = self.places.get(place, (0, 0, []))
        here = found_in(b"\0".join(written_))
        self.places[place] = many + len(written_), size + sum(map(len, written_)), [*found, *here]

    def report(self) -> str:
        lines = [
            f"{place:24}{many:7} pieces {size:10} bytes {len(found):4} found"
            for place, (many, size, found) in self.places.items()
        ]
        total = sum(len(found) for _many, _size, found in self.places.values())
        return "\n".join([*lines, f"{len(needles())} spellings of what was planted, {total} found", ""])

    @property
    def found(self) -> dict[str, list[bytes]]:
        return {place: found for place, (_many, _size, found) in self.places.items() if found}


class Addresses(HTMLParser):
    """Of a page: where it leads, and its title."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.all: list[str] = []
        self.title = ""
        self._in_title = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = tag == "title"
        said = [value or "" for name, value in attrs if name in ("href", "src", "action", "formaction")]
        self.all += said
        self.links += said if tag == "a" else []

    def handle_data(self, data: str) -> None:
        self.title += data if self._in_title else ""


def look_at_pages(house: House, search: Search) -> set[bytes]:
    """Every page that links lead to, as an admin, and the search for a person; what the admin could read there."""
    visitor = Visitor(house, "admin")
    visitor.send("/people", who=ANSWERS["mail"])
    read: set[bytes] = set()
    waits, seen = ["/", visitor.answer.headers.get("Location", "/people")], set[str]()
    while waits and len(seen) < MOST_PAGES:
        path = waits.pop().partition("#")[0]
        if path in seen or not path.startswith("/") or path.startswith(("/static", "/bootstrap")):
            continue
        seen.add(path)
        visitor.get(path)
        page = Addresses(visitor.source)
        waits += page.links
        read |= {*found_in(visitor.source.encode())}
        search.look("titles of pages", page.title)
        search.look("addresses in pages", *page.all)
        search.look("headers of pages", repr(visitor.answer.headers))
        search.look("cookies of pages", in_session(house, visitor))
    assert len(seen) > 30
    return read


MOST_PAGES = 60


def in_session(house: House, visitor: Visitor) -> str:
    """What is in the cookie of a session: it is signed, and anybody can read it."""
    cookie, opener = visitor.client.get_cookie("bridge"), house.app.session_interface
    assert (cookie is not None, isinstance(opener, SecureCookieSessionInterface)) == (True, True)
    serializer = cast("Any", opener).get_signing_serializer(house.app)
    return repr(serializer.loads(cast("Any", cookie).value))


def look_at_what_a_viewer_sees(house: House, search: Search) -> None:
    """Values are masked for them, so whole pages hold nothing."""
    viewer = Visitor(house, "viewer")
    paths = [f"/submissions/{row.id}" for row in rows(house, tables.event)][:40]
    for path in ["/", "/todo", "/inbox", "/webhooks", "/qomon-fields", "/settings", *paths]:
        search.look("whole pages of a viewer", viewer.get(path).source, repr(viewer.answer.headers))
    search.look("twins for a viewer", *(viewer.get(f"{path}.json").source for path in paths))


def look_at_commands(house: House, search: Search) -> None:
    """Whose words are no answers, and those that fail: Qomon, and what nobody ever had."""
    house.sandbox.token = "another-key-of-qomon"  # it refuses ours from now on
    for words in (
        "settings", "hooks list", "hooks list --json", "hooks check", "inbox list", "inbox refused",
        "inbox list --json", "audit", "audit --json", "doctor", "settings --json",
        "catalogue refresh", "store size", "jobs list", "inbox show nobody",
        "hooks show nobody", "contacts changed", "inbox decide nobody",
    ):  # fmt: skip
        done = run(house, *words.split())
        search.look("words of commands", done.output, done.stderr, repr(done.exception))


def look_at_what_it_says_by_itself(house: House, receiver: Receiver, search: Search) -> None:
    for _ in range(3):
        with house.app.app_context():
            causes.each_minute(house.services)
            figures.make(house.services)
            tick.tick(house.services)
        house.clock.move(minutes=20)
    scraped = house.door.get("/metrics", headers={"Authorization": f"Bearer {SECRETS['METRICS_TOKEN']}"})
    assert (scraped.status_code, len(receiver.texts) > 0) == (200, True)
    search.look("alerts", *receiver.texts)
    search.look("metrics", scraped.get_data())


def look_at_rows(house: House, search: Search) -> None:
    """Every column of every table, as the store gives it back: of Postgres, whose files are not ours."""
    for table in tables.metadata.sorted_tables:
        values = [value for row in rows(house, table) for value in row if value is not None]
        search.look("rows of tables", *(one if isinstance(one, bytes) else str(one) for one in values))


def test_nothing_that_was_planted_is_ever_written_in_clear(
    tmp_path: Path,
    both_stores: str,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    house, search = House(tmp_path, HOOKS, **SECRETS, ALERT_URLS=receiver.url), Search()
    house.sandbox.token = SECRETS["QOMON_TOKEN"]
    with loud_log():
        refused = refused_calls(house.door)
        stored_calls(house)
        faults_of_all_kinds(house)
        refused.append(our_own_faults(house))
        look_at_what_it_says_by_itself(house, receiver, search)
        if both_stores == "sqlite":  # they ask the same of both: one of them is enough
            read = look_at_pages(house, search)
            look_at_what_a_viewer_sees(house, search)
            look_at_commands(house, search)
            assert ANSWERS["mail"].encode() in read, "the pages that were looked at are those that show it"

    outcomes = {(row.outcome, row.reason) for row in rows(house, tables.event)}
    assert {
        ("created", None), ("delivered", None), ("previewed", None), ("held", "crash"), ("held", "no_identity"),
        ("held", "unreadable"), ("held", "unknown_choice"), ("held", "other_person"), ("held", "several_contacts"),
        ("held", "maybe_created"), ("held", "refused_by_qomon"), ("held", "not_confirmed"),
    } <= outcomes  # fmt: skip
    assert [answer.status_code for answer in refused] == [401, 401, 401, 404, 405, 405, 404, 413, 401, 500]
    search.look("problems", *(answer.get_data() + repr(answer.headers).encode() for answer in refused))

    printed = "".join(capfd.readouterr())
    assert "crossing failed" in printed
    assert "call failed" in printed
    search.look("log", *printed.splitlines())
    ours = [record for record in caplog.records if record.name.startswith("bridge")]
    search.look("records of the log", *(f"{one.getMessage()} {_extras(one)}" for one in ours))

    assert count(house, tables.undo) > 0
    look_at_rows(house, search)
    if both_stores == "sqlite":
        files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert {"bridge.db", "bridge.db-wal"} <= files.keys()
        for name, content in files.items():
            search.look(name, content)
    with capfd.disabled():
        sys.stdout.write(f"\n{both_stores}\n{search.report()}" if SHOWN else "")
    assert search.found == {}


SHOWN = "-s" in sys.argv


def test_the_search_would_find_what_was_planted(tmp_path: Path) -> None:
    """A test that finds nothing must be able to find something."""
    body = written(**ANSWERS, jeton=list(SECRETS.values()))

    assert len(found_in(body)) >= len(ANSWERS) + len(SECRETS)
    assert found_in(base64.b64encode(ANSWERS["mail"].encode())) != []


def test_a_key_that_is_made_here_lies_beside_the_store_and_not_in_it(tmp_path: Path) -> None:
    house = House(tmp_path, (ESSAI,), **{name: SECRETS[name] for name in ("JSON_TOKEN",)})
    proven(written(**ANSWERS), house.door)

    key = (tmp_path / "bridge.key").read_bytes().strip()
    assert all(key not in path.read_bytes() for path in tmp_path.glob("bridge.db*"))


def processes(first: int) -> list[bytes]:
    """What a list of processes says of it and of those that it began: name and command."""
    children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
    return [Path("/proc", str(one), part).read_bytes() for one in (first, *children) for part in ("comm", "cmdline")]


def test_no_list_of_processes_shows_what_was_planted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    planted = {name: SECRETS[name] for name in ("QOMON_TOKEN", "SETUP_CODE", "METRICS_TOKEN", "BASIC_SECRET")}
    search = Search()
    with on_the_wire(tmp_path, secrets=planted) as wire:
        assert wire.say(call(written(**ANSWERS)))[0] == 200
        told = processes(wire.process.pid)
    search.look("list of processes", *told)
    with capfd.disabled():
        sys.stdout.write(f"\n{search.report()}" if SHOWN else "")

    assert len(told) > 2, "the first process, and the one that answers"
    assert all(b"gunicorn" in said for said in told)
    assert search.found == {}


def _extras(record: logging.LogRecord) -> dict[str, object]:
    standard = vars(logging.makeLogRecord({}))
    return {name: value for name, value in vars(record).items() if name not in standard}
