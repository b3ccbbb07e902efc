"""How long one caller waits for the store in all: for a connection, for this process's others, for another process."""

import time

SECONDS = 5.0


class Patience:
    """Begins when it is made. One and the same for everything that a caller waits for: its waits do not add up."""

    __slots__ = ("_until",)

    def __init__(self, seconds: float = SECONDS) -> None:
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds; none when it is over."""
        return max(0.0, self._until - time.monotonic())
