"""What all tests share: how hard hypothesis tries (`ci` is the default, the same on every machine and run), and stores.

While writing: `pytest --hypothesis-profile quick`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import settings

from bridge.store.store import Store
from tests.support import once
from tests.support.json_hook import plain_house
from tests.support.lasting_sender import lasting_sender
from tests.support.postgres import Server, served
from tests.support.receiver import Receiver, receiving
from tests.support.whole_bridge import House, Places

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=300, print_blob=True)
settings.register_profile("quick", deadline=None, max_examples=30)
settings.load_profile("ci")
once.keep()


def pytest_collection_finish() -> None:
    once.spare()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with served() as running:
        yield running


@pytest.fixture
def postgres(server: Server) -> Iterator[str]:
    """The address of a database of this test's own, up to date."""
    with server.fresh() as url:
        yield url


@pytest.fixture
def empty(server: Server) -> Iterator[str]:
    """The same without a table."""
    with server.fresh("empty") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store is, not made yet: a file, then a database of the server."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/bridge.db"
    return cast("str", request.getfixturevalue("empty"))


@pytest.fixture(params=["sqlite", "postgres"])
def both_stores(request: pytest.FixtureRequest) -> Iterator[str]:
    """Every house of the test has its store in a file, then every one in a database of the server."""
    server = request.getfixturevalue("server") if request.param == "postgres" else None
    House.places = Places(server)
    with House.places.open:
        yield cast("str", request.param)
    House.places = Places()


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    """Up to date. A file is the copy of one that is."""
    if database.startswith("sqlite"):
        assert Places().url(tmp_path) == database
    made = Store(database)
    made.upgrade()
    yield made
    made.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    """With the catalogue read, so that a fault meets the call that it is planned for."""
    return plain_house(tmp_path).read_catalogue()


@pytest.fixture
def bare_house(tmp_path: Path) -> House:
    """Without a hook."""
    return House(tmp_path, ())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Of alerts, on loopback."""
    with receiving() as there:
        yield there


@pytest.fixture(scope="module")
def lasting() -> Iterator[None]:
    """Alerts of this file are sent by one process, whose start is not waited for each time."""
    with lasting_sender():
        yield
