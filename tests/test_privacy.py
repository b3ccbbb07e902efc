"""docs/laws.md 8.2: answers, secrets and what Qomon holds are in no log line, in no problem, in no byte of the
store.
"""

import base64
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from bridge import log
from bridge.qomon.sandbox.people import ZOE
from bridge.store import tables
from tests.support.json_hook import ESSAI, HEADER, count, fault, rows, spoil, switch, written
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


def test_nothing_that_was_planted_is_ever_written_in_clear(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    house = House(tmp_path, HOOKS, **SECRETS)
    house.sandbox.token = SECRETS["QOMON_TOKEN"]
    with loud_log():
        refused = refused_calls(house.door)
        stored_calls(house)
        faults_of_all_kinds(house)
        refused.append(our_own_faults(house))

    outcomes = {(row.outcome, row.reason) for row in rows(house, tables.event)}
    assert {
        ("created", None), ("delivered", None), ("previewed", None), ("held", "crash"), ("held", "no_identity"),
        ("held", "unreadable"), ("held", "unknown_choice"), ("held", "other_person"), ("held", "several_contacts"),
        ("held", "maybe_created"), ("held", "refused_by_qomon"), ("held", "not_confirmed"),
    } <= outcomes  # fmt: skip
    assert [answer.status_code for answer in refused] == [401, 401, 401, 404, 405, 405, 404, 413, 401, 500]
    problems = b"".join(answer.get_data() + repr(answer.headers).encode() for answer in refused)
    assert found_in(problems) == []

    printed = "".join(capfd.readouterr())
    assert "crossing failed" in printed
    assert "call failed" in printed
    assert found_in(printed.encode()) == []
    ours = [record for record in caplog.records if record.name.startswith("bridge")]
    assert found_in("\n".join(f"{one.getMessage()} {_extras(one)}" for one in ours).encode()) == []

    assert count(house, tables.undo) > 0
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {"bridge.db", "bridge.db-wal"} <= files.keys()
    assert {name: found_in(content) for name, content in files.items() if found_in(content)} == {}


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


def _extras(record: logging.LogRecord) -> dict[str, object]:
    standard = vars(logging.makeLogRecord({}))
    return {name: value for name, value in vars(record).items() if name not in standard}
