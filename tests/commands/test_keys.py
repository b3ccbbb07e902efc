"""`flask keys list|rotate`, as somebody types them who changes the key of a bridge."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from bridge.store import tables
from bridge.store.sealed_columns import SEALED
from bridge.store.vault import Vault, WrongKey
from tests.support.commands import done, printed, run
from tests.support.gunicorn_server import call, on_the_wire
from tests.support.json_hook import count
from tests.support.seals import NEW, OLD, add, as_before, fill, id_of, opened, overwrite, row, sealed
from tests.support.whole_bridge import KEY, House

ROOT = Path(__file__).parents[2]
REFUSED = next(one for one in SEALED if one.table is tables.refused)


def at(folder: Path, *keys: str, **environ: str) -> House:
    return House(folder, (), **({"BRIDGE_KEY": ",".join(keys)} if keys else {}), **environ)


@pytest.fixture
def folder(tmp_path: Path, both_stores: str) -> Path:
    services = at(tmp_path, OLD).services
    fill(services.store, services.vault, 3)
    return tmp_path


def test_a_change_of_key_from_the_refusal_to_the_new_key_alone(folder: Path) -> None:
    with pytest.raises(WrongKey):
        _ = at(folder, NEW).services
    refused = run(at(folder, NEW), "keys", "list")
    assert (refused.exit_code, refused.output.startswith("Error: BRIDGE_KEY does not open this store")) == (1, True)
    assert f"the key {id_of(OLD)}, which is no longer there. Put it back behind the new one" in refused.output

    both = at(folder, NEW, OLD)
    many = len(sealed(both.services.store))
    rotated = run(both, "keys", "rotate")
    assert rotated.stderr == "Every process of the bridge must have been restarted with this BRIDGE_KEY before.\n"
    assert done(rotated) == rotated.stderr + (
        f"{many} records sealed anew under the key {id_of(NEW)}.\n"
        f"Nothing is under these keys any more, they may be taken out of BRIDGE_KEY: {id_of(OLD)}. "
        f"The first one, {id_of(NEW)}, must stay.\n"
    )
    assert (
        done(run(at(folder, NEW), "keys", "list"))
        == f"{id_of(NEW)}  first in BRIDGE_KEY: it seals  {many + 1} records\n"
    )


def test_list_says_where_each_key_stands_and_what_is_under_it(folder: Path) -> None:
    both = at(folder, NEW, OLD)
    many = len(sealed(both.services.store))
    overwrite(both.services.store, REFUSED, "id 0000", b"garbage")
    before = done(run(both, "keys", "list"))
    overwrite(both.services.store, REFUSED, "id 0000", both.services.vault.seal("a"))
    run(both, "keys", "rotate")

    assert before.splitlines() == [
        f"{id_of(NEW)}  first in BRIDGE_KEY: it seals  0 records",
        f"{id_of(OLD)}  key number 2 in BRIDGE_KEY: it still opens  {many - 1} records",
        "1 record does not open.",
    ]
    assert printed(run(both, "keys", "list", "--json")) == {
        "keys": [
            {"key": id_of(NEW), "place": 1, "seals": many + 1, "retired": False},
            {"key": id_of(OLD), "place": 2, "seals": 0, "retired": True},
        ],
        "unopenable": 0,
    }
    assert "key number 2 in BRIDGE_KEY: it may be taken out" in done(run(both, "keys", "list"))


def test_with_nothing_to_do_it_says_how_to_change_the_key(folder: Path) -> None:
    told = done(run(at(folder, OLD), "keys", "rotate"))

    assert f"Everything is under the first key, {id_of(OLD)}. There is nothing to do.\n" in told
    assert "BRIDGE_KEY=NEW,OLD, restart every process of the bridge, then run `flask keys rotate`." in told


def test_with_the_key_in_a_file_it_says_how_to_leave_the_file(tmp_path: Path) -> None:
    told = done(run(at(tmp_path), "keys", "rotate"))
    in_file = (tmp_path / "bridge.key").read_text()

    assert "set BRIDGE_KEY to a new one, a comma, and what the file bridge.key beside the database holds" in told
    assert run(at(tmp_path, NEW, in_file), "keys", "rotate").exit_code == 0
    assert at(tmp_path, NEW).services.vault.keys == [id_of(NEW)]
    with pytest.raises(WrongKey):
        _ = at(tmp_path).services


def test_exit_1_while_something_is_not_under_the_first_key(folder: Path) -> None:
    both = at(folder, NEW, OLD)
    overwrite(both.services.store, REFUSED, "id 0000", b"\x03 of the next version")
    refused = run(both, "keys", "rotate")
    said = run(both, "keys", "rotate", "--json")

    assert refused.exit_code == said.exit_code == 1
    assert refused.stdout.splitlines()[1:] == [
        "1 record does not open and stays as it is.",
        "  refused.sealed id 0000: Sealed by a newer version of the bridge.",
        "Keep every key of BRIDGE_KEY: these records may be under any.",
    ]
    assert '"unopenable": [\n    {\n      "column": "refused.sealed",\n      "row": "id 0000",' in said.stdout


def test_a_store_of_before_is_told_of_nothing_but_its_keys(folder: Path) -> None:
    """One key, seals that do not name it: there is something to do."""
    as_before(at(folder, OLD).services.store, [OLD])
    told = run(at(folder, OLD), "keys", "rotate")

    assert done(told).splitlines()[1:] == [f"2 records sealed anew under the key {id_of(OLD)}."]


def test_calls_are_accepted_by_gunicorn_meanwhile(tmp_path: Path) -> None:
    """A process of its own, as it runs; it writes nothing to Qomon, so that what waits is sealed anew too."""
    with on_the_wire(tmp_path, BRIDGE_KEY=f"{NEW},{KEY}") as wire:
        store = wire.house.services.store
        fill(store, wire.house.services.vault, 900)
        answers: list[int] = []
        with ThreadPoolExecutor(1) as beside, closing(at(tmp_path, NEW, KEY)) as house:
            rotating = beside.submit(run, house, "keys", "rotate")
            while not rotating.done() or len(answers) < 5:
                answers.append(wire.say(call(b'{"mail": "%d@example.org"}' % len(answers)))[0])
        told = rotating.result()

    assert (told.exit_code, set(answers)) == (0, {200})
    assert count(house, tables.event) == 900 + len(answers)
    assert at(tmp_path, NEW).services.vault.keys == [id_of(NEW)]
    assert None not in opened(store, Vault([NEW], b"")).values()


def test_killed_half_way_everything_opens_and_the_next_run_goes_on(tmp_path: Path) -> None:
    services = at(tmp_path, OLD).services
    vault = services.vault
    with services.store.write() as tx:
        add(tx, tables.undo, [row(tables.undo, vault, number) for number in range(9000)])
    before = opened(services.store, vault)
    environ = {
        "PATH": os.environ["PATH"],
        "LANG": "en",
        "DATABASE_URL": f"sqlite:///{tmp_path}/bridge.db",
        "QOMON_TOKEN": "x",
        "BRIDGE_KEY": f"{NEW},{OLD}",
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "keys", "rotate"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "sealed anew" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        assert process.wait(20) == -signal.SIGKILL

    with closing(at(tmp_path, NEW, OLD)) as half:
        both = half.services.vault
        keys = {both.key_of(one) for one in sealed(half.services.store).values() if isinstance(one, bytes)}
        assert keys == {id_of(OLD), id_of(NEW)}
        assert opened(half.services.store, both) == before
        with pytest.raises(WrongKey):
            _ = at(tmp_path, NEW).services
        assert run(half, "keys", "rotate").exit_code == 0
    assert before.items() <= opened(services.store, Vault([NEW], b"")).items()
    assert at(tmp_path, NEW).services.vault.keys == [id_of(NEW)]
