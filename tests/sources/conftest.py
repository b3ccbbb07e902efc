"""What tests of the sources share."""

from collections.abc import Iterator

import pytest

from tests.support.source_hooks import NEW, OLD, PUBLIC_URL
from tests.support.whole_bridge import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("sources"), (), NEW=NEW, OLD=OLD, PUBLIC_URL=PUBLIC_URL)
    yield house
    house.close()
