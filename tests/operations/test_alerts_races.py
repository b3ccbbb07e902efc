"""Two processes that look at the same moment: what is to be said is said once, and each message goes out once."""

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import Table, delete, select, text, update

from bridge.operations.alerts import channels, outbox, sending, tick
from bridge.operations.alerts.outbox import Message
from bridge.qomon import account
from bridge.services import Services
from bridge.store import tables
from bridge.store.store import Store
from schemas import normal
from tests.support.json_hook import plain_house, rows
from tests.support.receiver import Receiver
from tests.support.whole_bridge import House

pytestmark = [pytest.mark.parametrize("both_stores", ["postgres"], indirect=True), pytest.mark.usefixtures("lasting")]
"""A file has one process, and one writer at a time."""
_WAITING = text(
    "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE NOT granted AND datname = current_database()"
)


@pytest.fixture
def house(tmp_path: Path, receiver: Receiver, both_stores: str) -> House:
    assert both_stores == "postgres"
    return plain_house(tmp_path, ALERT_URLS=receiver.url, DEFAULT_LANGUAGE="en")


def both(house: House, do: Callable[[Services], object], held: Table) -> None:
    """Two processes do it. Somebody holds the rows that they will write, until each of the two waits for something."""
    settings = house.services.settings
    with ExitStack() as open_:
        holder, watcher = (open_.enter_context(closing(Store(settings.database_url))) for _ in range(2))
        processes = [Services(settings, house.clock).open() for _ in range(2)]
        for one in processes:
            open_.callback(one.store.close)
        threads = [threading.Thread(target=inside, args=(house, do, one)) for one in processes]
        with holder.write() as tx:
            tx.execute(select(held).with_for_update()).all()
            for thread in threads:
                thread.start()
            while all(thread.is_alive() for thread in threads) and waiting(watcher) < len(threads):
                pass
        for thread in threads:
            thread.join(60)


def inside(house: House, do: Callable[[Services], object], services: Services) -> None:
    with house.app.app_context():
        do(services)


def waiting(store: Store) -> int:
    with store.read() as tx:
        return tx.scalar(_WAITING) or 0


def refused_key(house: House) -> None:
    """Found a minute ago, when nobody was to be told: there is a row of it, and nothing was said."""
    with house.services.store.write() as tx:
        account.trouble(tx, "default", "key_refused", house.clock())
    inside(house, tick.note, house.services)
    with house.services.store.write() as tx:
        tx.execute(update(tables.alert).values(told_at=None, told_many=None))
        tx.execute(delete(tables.preference))


def messages(house: House) -> list[str]:
    kept = rows(house, tables.preference)
    return [json.loads(row.body)["subject"] for row in kept if row.name.startswith(outbox.NAME)]


def test_what_two_found_in_the_same_moment_is_written_down_to_be_said_once(house: House) -> None:
    refused_key(house)
    both(house, tick.note, tables.alert)

    assert messages(house) == ["Qomon refuses our key."]


def test_a_message_that_two_want_to_send_in_the_same_moment_is_sent_by_one(house: House, receiver: Receiver) -> None:
    with house.services.store.write() as tx:
        names = channels.names(house.services)
        outbox.put(tx, Message("One message", "to one channel", names, normal.epoch_ms(house.clock())))
    both(house, outbox.send_due, tables.preference)

    assert receiver.subjects == ["One message"]


def test_a_message_is_claimed_for_longer_than_it_may_take_to_send(house: House, receiver: Receiver) -> None:
    """Each in its turn: the last of many is not claimed before the others went."""
    now = house.clock()
    with house.services.store.write() as tx:
        for number in range(3):
            outbox.put(tx, Message(f"Message {number}", "", ["a", "b"], normal.epoch_ms(now)))
    claimed = []
    for _ in range(3):
        name, _message = outbox.claimed(house.services) or ("", None)
        claimed.append(name)
    kept = {row.name: row.at for row in rows(house, tables.preference)}

    assert len({*claimed}) == 3
    assert {normal.from_epoch_ms(at) - now > sending.longest(2) for at in kept.values()} == {True}
    assert outbox.claimed(house.services) is None
    assert receiver.got == []
