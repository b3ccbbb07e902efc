"""Each call gets an id of ours: in its answer, in the problem that it is told, in each line of the log about it.

A caller's own id is not taken: it could be anything, and would then stand in our log.
"""

from collections.abc import Callable, Iterable
from secrets import token_hex
from typing import Any

from bridge.log import REQUEST

HEADER = "X-Request-Id"


class RequestIds:
    """Around the whole application, so that an answer has one whoever wrote it."""

    def __init__(self, answering: Callable[..., Iterable[bytes]]) -> None:
        self._answering = answering

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        id_ = token_hex(8)

        def start(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            return start_response(status, [*headers, (HEADER, id_)], *failure)

        before = REQUEST.set(id_)
        try:
            return self._answering(environ, start)
        finally:
            REQUEST.reset(before)
