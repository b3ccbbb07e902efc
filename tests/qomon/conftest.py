"""What tests of the sandbox share."""

import pytest

from tests.support.sandbox_client import Desk, new_desk


@pytest.fixture
def desk() -> Desk:
    return new_desk()
