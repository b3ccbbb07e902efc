"""Each alert once, by a real bridge to a real receiver, in both languages; and who else must not be told what."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from bridge.hooks import breaker
from bridge.hooks.revisions import By
from bridge.operations import audit, figures
from bridge.operations.alerts import channels, heartbeat, outbox, preferences, tick, watch_keeping
from bridge.operations.alerts.kinds import KINDS
from bridge.operations.alerts.preferences import Preferences
from bridge.operations.alerts.words import shown
from bridge.qomon import account
from bridge.services import Services
from bridge.store import tables
from bridge.store.counters import PROTECTED
from tests.support.held import named, outside
from tests.support.json_hook import ESSAI, PROOF, change, hook_in, plain_house, rows, send, sent, written
from tests.support.receiver import Receiver, receiving
from tests.support.whole_bridge import House

pytestmark = pytest.mark.usefixtures("lasting")
WRONG = {"X-Token": "somebody-elses"}
SECRETS = ("Camille", "Exemple", "camille.exemple", "0639981234", "Boulanger-pâtissier", "Peut-être bien")


def at_home(folder: Path, *receivers: Receiver, language: str = "en", urls: str = "") -> House:
    urls = urls or " ".join(one.url for one in receivers)
    return plain_house(folder, ALERT_URLS=urls, DEFAULT_LANGUAGE=language)


@pytest.fixture
def home(tmp_path: Path, receiver: Receiver) -> House:
    return at_home(tmp_path, receiver)


def minute(house: House, services: Services | None = None, **span: float) -> None:
    house.clock.move(**span)
    with house.app.app_context():
        tick.tick(services or house.services)


def essai(house: House) -> str:
    return hook_in(house, "essai").id


def trouble(house: House, reason: str) -> None:
    with house.services.store.write() as tx:
        account.trouble(tx, "default", reason, house.clock())


def noted(house: House, did: str, subject: str | None = None, **more: Any) -> None:
    with house.services.store.write() as tx:
        audit.note(tx, house.services.vault, By(house.clock(), "Camille Exemple"), did, subject, **more)


def refuse(house: House, *numbers: int) -> None:
    for number in numbers:
        body = written(mail=f"x{number}@example.org", nom="Exemple")
        headers = {"Content-Type": "application/json", **WRONG}
        assert house.door.post("/hooks/essai234", data=body, headers=headers).status_code == 401


# Each: what happens, and how long after that it is said.


def key_refused(house: House) -> dict[str, float]:
    sent(house, written(mail="x1@example.org", prenom="Camille"))
    trouble(house, "key_refused")
    return {}


def calls_refused(house: House) -> dict[str, float]:
    send(house, written(mail="x0@example.org"))
    house.clock.move(minutes=1)
    refuse(house, 1, 2)
    return {}


def hook_broken(house: House) -> dict[str, float]:
    with house.services.store.write() as tx:
        tx.execute(update(tables.revision).values(text=ESSAI.replace("$JSON_TOKEN", "$NOT_SET")))
    house.services.hooks.forget()
    headers = {"Content-Type": "application/json", **PROOF}
    body = written(mail="x1@example.org")
    assert house.door.post("/hooks/essai234", data=body, headers=headers).status_code == 503
    return {}


def stopped_by_itself(house: House) -> dict[str, float]:
    why = breaker.Cause("same_value", "Nom", 24, "value:x")
    with house.services.store.write() as tx:
        breaker.pull(tx, essai(house), why, house.clock())
    return {}


def not_confirmed(house: House) -> dict[str, float]:
    (event,) = outside(house, 1)
    change(house, event, reason="not_confirmed")
    return {}


def qomon_down(house: House) -> dict[str, float]:
    for number in (1, 2):
        sent(house, written(mail=f"x{number}@example.org", prenom="Camille"))
    trouble(house, "qomon_down")
    minute(house)
    return {"minutes": 15}


def to_decide(house: House) -> dict[str, float]:
    outside(house, 3, "Peut-être bien")
    named(house)
    minute(house)
    return {"minutes": 10}


def reminder(house: House) -> dict[str, float]:
    outside(house, 2, "Peut-être bien")
    named(house)
    return {"days": 4}


def to_be_erased(house: House) -> dict[str, float]:
    outside(house, 2)
    return {"days": 84}


def silence(house: House) -> dict[str, float]:
    for number in range(24):
        sent(house, written(mail=f"x{number}@example.org"))
        house.clock.move(hours=1)
    return {"hours": 5}


def drift(house: House) -> dict[str, float]:
    """Rules that find no question, as the form does not ask them."""
    sent(house, written(mail="x1@example.org", prenom="Camille"))
    house.services.catalogues.refresh("default", house.services.spaces["default"].visit(), house.clock())
    return {}


def asleep(house: House) -> dict[str, float]:
    figures.make(house.services)
    house.clock.move(hours=5)
    figures.make(house.services)
    return {}


def store_full(_house: House) -> dict[str, float]:
    return {}


def store_key(house: House) -> dict[str, float]:
    event = sent(house, written(mail="x1@example.org"))
    change(house, event, record=b"nothing that opens")
    return {}


def store_behind(house: House) -> dict[str, float]:
    with house.services.store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    return {}


def channel(house: House) -> dict[str, float]:
    name = channels.names(house.services)[0]
    with house.services.store.write() as tx:
        at = int(house.clock().timestamp() * 1000)
        tx.execute(tables.channel.insert().values(name=name, failures=3, failed_at=at))
    return {}


def admin_added(house: House) -> dict[str, float]:
    noted(house, "staff_added", "a1", role="viewer")
    noted(house, "role_changed", "a1", before="viewer", now="admin")
    return {}


def secret_changed(house: House) -> dict[str, float]:
    noted(house, "secret_changed", essai(house), made="s1")
    return {}


def person_erased(house: House) -> dict[str, float]:
    noted(house, "forgotten", "f1", events=2)
    return {}


def login_locked(house: House) -> dict[str, float]:
    noted(house, "login_locked")
    return {}


def weekly(house: House) -> dict[str, float]:
    sent(house, written(mail="x1@example.org"))
    noted(house, "restored", "e1")
    house.services.counters.add(PROTECTED, 1200, week="2026-W47")
    house.services.counters.add(PROTECTED, 31, week="2026-W48")
    house.services.counters.keep(house.services.store)
    return {"days": 1}


F, N = "\u202f", "\u00a0"
EACH: dict[str, tuple[Callable[[House], dict[str, float]], str, str]] = {
    "key_refused": (
        key_refused,
        "Qomon refuses our key.\n1 submission waits safely; nothing is written. Replace QOMON_TOKEN.",
        f"Qomon refuse notre clé.\n1 soumission attend en sécurité{F}; rien n’est écrit. Remplacez QOMON_TOKEN.",
    ),
    "calls_refused": (
        calls_refused,
        "essai: 2 calls refused, signature not ours.\nSince 10:01. Kept 72 h;",
        f"essai{N}: 2 appels refusés, signature différente.\nDepuis 10:01. Conservés 72 h",
    ),
    "hook_broken": (
        hook_broken,
        "essai does not load: something that it needs is not set.\n1 call is kept since 10:00",
        f"essai ne se charge pas{N}: il lui manque un réglage.\n1 appel est conservé depuis 10:00",
    ),
    "breaker": (
        stopped_by_itself,
        "essai stopped by itself: one value of Nom for 24 contacts within an hour",
        f"essai s’est arrêté{N}: ",
    ),
    "not_confirmed": (
        not_confirmed,
        "essai: 1 written, but not confirmed by Qomon.\nQomon does not show everything",
        f"essai{N}: 1 écrite, mais pas confirmée par Qomon.\nQomon n’affiche pas tout",
    ),
    "qomon_down": (
        qomon_down,
        "Qomon has not answered since 10:00.\n2 wait safely.",
        "Qomon ne répond plus depuis 10:00.\n2 attendent en sécurité.",
    ),
    "todo": (
        to_decide,
        "3 held in essai: a choice of ‘Disponibilités’ is not in Qomon.\nSince 10:00. One decision frees all.",
        (
            f"3 retenues dans essai{N}: un choix de «{N}Disponibilités{N}» n’existe pas dans Qomon.\n"
            "Depuis 10:00. Une décision les libère toutes."
        ),
    ),
    "reminder": (
        reminder,
        "To do: something waits for your decision.\n1 cause, 2 submissions, oldest 4 days.",
        f"À traiter{N}: quelque chose attend votre décision.\n1 cause, 2 soumissions, la plus ancienne a 4 jours.",
    ),
    "to_be_erased": (
        to_be_erased,
        "2 held submissions will be erased on 20 Feb.\nessai: decide before that day.",
        f"2 soumissions retenues seront effacées le 20 févr.\nessai{N}: décidez avant ce jour.",
    ),
    "silence": (
        silence,
        "essai: nothing has come since 09:00.\nIt usually gets 2 a day. Is the webhook still on",
        f"essai{N}: rien n’est arrivé depuis 09:00.\nD’habitude 2 par jour. Le webhook est-il",
    ),
    "drift": (
        drift,
        "essai: 7 changes to watch.\nThe form or Qomon changed.",
        f"essai{N}: 7 changements à surveiller.\nLe formulaire ou Qomon a changé.",
    ),
    "stopped": (
        asleep,
        "The app was stopped from 10:00 to 15:00.\nTools that never retry may have lost submissions: essai.",
        (
            "L’application était arrêtée de 10:00 à 15:00.\n"
            f"Des outils qui n’essaient qu’une fois ont pu perdre des soumissions{N}: essai."
        ),
    ),
    "store_full": (
        store_full,
        "The store is at 0 %.\n30 days kept, 0 MB;",
        f"Le stockage est à 0{N}%.\n30 jours gardés",
    ),
    "store_key": (
        store_key,
        "1 stored submission does not open.\nIf the key was changed",
        "1 soumission conservée ne s’ouvre pas.\nSi la clé a été changée",
    ),
    "store_behind": (
        store_behind,
        "The store lacks tables of this version.\nAn upgrade failed",
        "Il manque au stockage des tables de cette version.\nUne mise à niveau a échoué",
    ),
    "channel": (
        channel,
        "A channel of alerts fails: json.\nNothing reached it since 10:00.",
        f"Un canal d’alertes échoue{N}: json.\nRien ne lui est parvenu depuis 10:00.",
    ),
    "admin_added": (
        admin_added,
        "New admin.\nFirst: 10:00. Not you? Remove it here.",
        f"Nouvel accès administrateur.\nLa première fois{N}: 10:00. Ce n’est pas vous{F}? Retirez-le ici.",
    ),
    "secret_changed": (
        secret_changed,
        "essai: its secret was replaced.\nFirst: 10:00.",
        f"essai{N}: son secret a été remplacé.",
    ),
    "person_erased": (person_erased, "A person was erased.\nFirst: 10:00.", "Une personne a été effacée.\n"),
    "login_locked": (
        login_locked,
        "Too many wrong passwords: logging in pauses.\n1 time, first: 10:00.",
        f"Trop de mots de passe erronés{N}: la connexion des comptes est en pause.\n1 fois",
    ),
    "weekly": (
        weekly,
        "The week of the bridge\n1 received, 0 written, 0 decided by you, 1 put back; 1,200 fields protected.",
        f"La semaine du pont\n1 reçues, 0 écrites, 0 décidées par vous, 1 rétablies{F}; 1{F}200 champs protégés.",
    ),
}


def test_each_kind_has_a_story_here() -> None:
    assert set(EACH) == set(KINDS)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", EACH)
def test_each_alert_is_said_once_in_the_language_of_the_campaign(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, kind: str, language: str
) -> None:
    if kind == "store_full":  # no disk here can be filled
        monkeypatch.setattr(watch_keeping, "_NO_ROOM", 10**18)
    house = at_home(tmp_path, receiver, language=language)
    happens, english, french = EACH[kind]
    span = happens(house)
    receiver.taken()
    minute(house, None, **span)
    minute(house, minutes=1)
    told = [one for one in receiver.taken() if {"en": english, "fr": french}[language] in one]
    assert len(told) == 1
    assert "https://bridge.example.org/" in told[0]
    assert {"en": "To mute", "fr": "Pour ne plus entendre parler"}[language] in told[0]
    assert not [secret for secret in SECRETS if secret in told[0]]


def test_that_qomon_is_back_says_what_was_written(home: House, receiver: Receiver) -> None:
    qomon_down(home)
    minute(home, minutes=15)
    receiver.taken()
    with home.services.store.write() as tx:
        account.well(tx, "default")
    minute(home)
    home.clock.move(minutes=5)
    home.drain()
    minute(home, minutes=5)
    (told,) = receiver.taken()
    assert told.splitlines()[:2] == [
        "Solved: Qomon has not answered since 10:00.",
        "Back: Qomon answers again. 2 written in 5 min.",
    ]


def test_that_it_is_over_is_said(home: House, receiver: Receiver) -> None:
    calls_refused(home)
    minute(home)
    receiver.taken()
    send(home, written(mail="x9@example.org"))
    home.clock.move(minutes=1)
    send(home, written(mail="x10@example.org"))
    minute(home)
    minute(home, minutes=10)
    assert receiver.subjects == ["Solved: essai: 2 calls refused, signature not ours."]


def test_that_it_is_over_is_said_under_the_subject_of_the_alert_though_more_came(
    home: House, receiver: Receiver
) -> None:
    calls_refused(home)
    minute(home)
    refuse(home, 3, 4, 5)
    minute(home, hours=1)
    send(home, written(mail="x9@example.org"))
    minute(home)
    minute(home, minutes=10)
    assert receiver.subjects == [
        "essai: 2 calls refused, signature not ours.",
        "Solved: essai: 2 calls refused, signature not ours.",
    ]


def told_to(tmp_path: Path, *chosen: str, only_urgent: str = "") -> list[list[str]]:
    """What two channels are told of a new admin and a person erased; `chosen`: those that only admins read."""
    with receiving() as staff, receiving() as admins:
        house = at_home(tmp_path, staff, admins)
        known = dict(zip(("staff", "admins"), channels.names(house.services), strict=True))
        wanted = Preferences(
            admins=frozenset(known.get(one, "gone") for one in chosen),
            only_urgent=frozenset(known[one] for one in only_urgent.split()),
        )
        preferences.keep(house.services, wanted, By(house.clock(), "Camille Exemple"))
        admin_added(house)
        person_erased(house)
        minute(house)
        return [staff.subjects, sorted(admins.subjects)]


def test_what_is_for_admins_goes_to_the_channels_that_only_they_read(tmp_path: Path) -> None:
    assert told_to(tmp_path, "admins") == [["A person was erased."], ["2 things to know"]]


@pytest.mark.parametrize("chosen", [(), ("gone",)])
def test_where_no_channel_is_read_by_admins_alone_all_are_told(tmp_path: Path, chosen: tuple[str, ...]) -> None:
    assert told_to(tmp_path, *chosen) == [["2 things to know"], ["2 things to know"]]


def test_somebody_is_told_though_the_only_channel_of_admins_wants_what_is_urgent(tmp_path: Path) -> None:
    assert told_to(tmp_path, "admins", only_urgent="admins") == [["A person was erased."], ["New admin."]]


def by_tally(house: House) -> None:
    with house.services.store.write() as tx:
        text_ = ESSAI.replace("source: json", "source: tally")
        tx.execute(update(tables.revision).values(text=text_))
    house.services.hooks.forget()


def test_of_refused_calls_it_says_how_that_tool_goes_on(home: House, receiver: Receiver) -> None:
    calls_refused(home)
    by_tally(home)
    minute(home)
    said = "Kept 72 h. Tally waits 10 s and tries 5 more times over about a day. Is the secret in Tally the webhook’s?"
    assert [said in one for one in receiver.texts] == [True]


def test_of_a_silence_it_names_the_tool(home: House, receiver: Receiver) -> None:
    span = silence(home)
    by_tally(home)
    receiver.taken()
    minute(home, None, **span)
    assert ["Is the webhook still on in Tally?" in one for one in receiver.texts] == [True]


def test_a_message_that_does_not_read_stops_no_other(home: House, receiver: Receiver) -> None:
    with home.services.store.write() as tx:
        tx.execute(tables.preference.insert().values(name=f"{outbox.NAME}0", at=0, body='{"of": "another version"}'))
    login_locked(home)
    minute(home)
    assert receiver.subjects == ["Too many wrong passwords: logging in pauses."]


def test_what_is_said_of_one_minute_by_day_is_one_message(home: House, receiver: Receiver) -> None:
    for happens in (admin_added, secret_changed, person_erased):
        happens(home)
    minute(home)
    assert receiver.subjects == ["3 things to know"]


def test_one_stray_call_without_a_secret_wakes_nobody(home: House, receiver: Receiver) -> None:
    send(home, written(mail="x0@example.org"))
    home.clock.move(minutes=1)
    assert (
        home.door.post("/hooks/essai234", data=b"{}", headers={"Content-Type": "application/json"}).status_code == 401
    )
    minute(home)
    assert receiver.got == []


def test_three_of_them_within_ten_minutes_do(home: House, receiver: Receiver) -> None:
    for number in range(3):
        body = written(n=number)
        assert (
            home.door.post("/hooks/essai234", data=body, headers={"Content-Type": "application/json"}).status_code
            == 401
        )
        home.clock.move(minutes=4)
    minute(home)
    assert receiver.subjects == ["essai: 3 calls refused, signature not ours."]


def test_what_a_channel_does_not_take_is_tried_again_until_it_does(home: House, receiver: Receiver) -> None:
    receiver.status = 500
    login_locked(home)
    for _ in range(2):
        minute(home, minutes=2)
    assert receiver.got == []
    receiver.status = 200
    minute(home, minutes=5)
    minute(home, minutes=5)
    assert receiver.subjects == ["Too many wrong passwords: logging in pauses."]


def failures(house: House) -> list[int]:
    with house.services.store.read() as tx:
        return [one.failures for one in channels.listed(house.services, tx)]


def test_how_often_a_channel_failed_is_counted_and_the_others_are_told(tmp_path: Path, receiver: Receiver) -> None:
    with receiving() as broken:
        house = at_home(tmp_path, broken, receiver)
        broken.status = 500
        login_locked(house)
        for _ in range(4):
            minute(house, minutes=5)
        assert failures(house)[0] >= channels.FAILING
        assert failures(house)[1] == 0
        minute(house, minutes=20)
        assert receiver.subjects == [
            "Too many wrong passwords: logging in pauses.",
            "A channel of alerts fails: json.",
        ]
        broken.status = 200
        for _ in range(3):
            minute(house, minutes=30)
        assert failures(house) == [0, 0]


def test_what_failed_for_a_day_is_given_up(home: House, receiver: Receiver) -> None:
    receiver.status = 500
    login_locked(home)
    for _ in range(3):
        minute(home, hours=13)
    left = [row.body for row in rows(home, tables.preference) if row.name.startswith(outbox.NAME)]
    assert not [body for body in left if "wrong passwords" in body]


@pytest.mark.usefixtures("both_stores")
def test_of_two_processes_only_one_says_it(tmp_path: Path, receiver: Receiver) -> None:
    house = at_home(tmp_path, receiver)
    key_refused(house)
    login_locked(house)
    environ = house.services.settings
    others = [Services(environ, house.clock).open() for _ in range(2)]
    together = threading.Barrier(3)
    broken: list[Exception] = []

    def run(services: Services) -> None:
        together.wait()
        try:
            for _ in range(3):
                minute(house, services)
        except Exception as failure:  # noqa: BLE001  # told by the test, whatever it is
            broken.append(failure)

    threads = [threading.Thread(target=run, args=(one,)) for one in (house.services, *others)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    for services in others:
        services.store.close()
    assert broken == []
    assert sorted(receiver.subjects) == ["Qomon refuses our key.", "Too many wrong passwords: logging in pauses."]


def test_what_is_muted_is_not_said(home: House, receiver: Receiver) -> None:
    outside(home, 1)
    named(home)
    minute(home)
    with home.services.store.write() as tx:
        tx.execute(update(tables.alert).values(muted_until=4_102_444_800_000))
    minute(home, minutes=30)
    assert not [subject for subject in receiver.subjects if "held" in subject]


def test_what_is_so_before_there_is_a_channel_is_said_by_the_first(tmp_path: Path, receiver: Receiver) -> None:
    before = plain_house(tmp_path, DEFAULT_LANGUAGE="en")
    key_refused(before)
    minute(before)
    assert [row.told_at for row in rows(before, tables.alert)] == [None]
    after = at_home(tmp_path, receiver)
    minute(after)
    assert receiver.subjects == ["Qomon refuses our key."]


def test_a_webhook_named_like_a_person_is_called_by_its_id(tmp_path: Path, receiver: Receiver) -> None:
    house = at_home(tmp_path, receiver)
    with house.services.store.write() as tx:
        tx.execute(update(tables.hook).where(tables.hook.c.name == "essai").values(name="camille@example.org"))
        id_ = tx.scalar(select(tables.hook.c.id).where(tables.hook.c.name == "camille@example.org"))
    noted(house, "secret_changed", id_)
    minute(house)
    assert receiver.subjects == [f"{id_}: its secret was replaced."]


def test_nothing_of_a_person_is_kept_with_an_alert(home: House) -> None:
    to_decide(home)
    calls_refused(home)
    admin_added(home)
    minute(home, minutes=10)
    kept = json.dumps([list(row) for table in (tables.alert, tables.preference) for row in rows(home, table)])
    assert not [secret for secret in SECRETS if secret in kept]


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Taille", "Taille"),
        ("Ta\u202eille\u200b\n de T-shirt", "Taille de T-shirt"),
        ("écrire à camille@example.org", "?"),
        ("appeler le +33 6 39 98 12 34", "?"),
        ("voir https://example.org", "?"),
        ("\u200b", "?"),
        ("x" * 99, "x" * 59 + "…"),
        ("Élections 2026", "Élections 2026"),
    ],
)
def test_a_label_is_repeated_only_where_it_is_harmless(label: str, said: str) -> None:
    assert shown(label, "?") == said


def test_a_channel_is_shown_by_its_scheme_only(tmp_path: Path) -> None:
    house = at_home(tmp_path, urls="nonsense://user:hush@example.org json://u:hush@127.0.0.1:1/x")
    with house.services.store.read() as tx:
        found = channels.listed(house.services, tx)
    assert [(one.shown, one.understood) for one in found] == [("nonsense", False), ("json", True)]
    assert "hush" not in repr(found)


def test_no_log_line_holds_the_address_of_a_channel(
    tmp_path: Path, receiver: Receiver, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    urls = f"nonsense://user:hush@example.org json://user:hush@127.0.0.1:{receiver.port}/hush"
    house = plain_house(tmp_path, ALERT_URLS=urls)
    receiver.status = 500
    login_locked(house)
    minute(house)
    said = capfd.readouterr()
    assert "hush" not in said.err + said.out + caplog.text
    assert caplog.text.count("a channel of alerts failed") == 2


def test_the_heartbeat_is_called_while_all_is_well(home: House, receiver: Receiver) -> None:
    assert beaten(home, receiver) == (True, ["/beat/hush"])


def test_the_heartbeat_is_not_called_while_a_thread_is_dead(home: House, receiver: Receiver) -> None:
    assert beaten(home, receiver, begun=False) == (False, [])


def test_a_heartbeat_that_fails_says_so_without_the_address(
    home: House, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.status = 500
    assert beaten(home, receiver)[0] is False
    assert [record.message for record in caplog.records if "heartbeat" in record.message] == ["the heartbeat failed"]
    assert "hush" not in caplog.text


def beaten(house: House, receiver: Receiver, *, begun: bool = True) -> tuple[bool, list[str]]:
    url = f"http://127.0.0.1:{receiver.port}/beat/hush"
    services = Services(replace(house.services.settings, heartbeat_url=url), house.clock).open()
    try:
        if begun:
            services.engine.start(1)
        return heartbeat.beat(services), receiver.asked
    finally:
        services.engine.stop()
        services.store.close()
