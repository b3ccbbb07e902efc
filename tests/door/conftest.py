"""What tests of the door share."""

from collections.abc import Iterator

import pytest

from tests.support.gunicorn_server import Wire, on_the_wire


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with on_the_wire(tmp_path_factory.mktemp("wire")) as wire:
        yield wire
