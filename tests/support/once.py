"""What a process of the bridge makes once, and tests would make anew with each house, is kept for the run: nothing that
is kept differs from what would be made anew, and nobody changes it. A house then takes half the time.
"""

import gc
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

import yaml
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


def keep() -> None:
    """From now on, in this process."""
    _keep_statements()
    _keep_builders()
    _keep_events()


def spare() -> None:
    """The collector passes over all that is there now, thousands of tests among it, and comes less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class _Statements:
    """What SQLAlchemy has compiled, for all engines of one kind together: it keeps it for each engine."""

    def __init__(self) -> None:
        self._kept: LRUCache[Any, Any] = LRUCache(4000)

    def get(self, key: tuple[Any, ...]) -> Any:
        return self._kept.get(_of_its_kind(*key))

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        self._kept[_of_its_kind(*key)] = compiled


def _of_its_kind(dialect: Any, *rest: Any) -> tuple[Any, ...]:
    return type(dialect), dialect.paramstyle, dialect.server_version_info, *rest


def _keep_statements() -> None:
    kept = _Statements()
    cast("Any", Engine)._compiled_cache = property(lambda _engine: kept, lambda _engine, _own: None)  # noqa: SLF001


def _keep_builders() -> None:
    """The functions that write the addresses of routes, which werkzeug makes from a syntax tree."""
    rule: Any = Rule
    make, kept = rule._compile_builder, dict[Any, Any]()  # noqa: SLF001

    def made(self: Any, append_unknown: bool = True) -> Any:  # noqa: FBT001, FBT002  # as werkzeug has it
        if self.defaults:
            return make(self, append_unknown)
        key = self.rule, tuple(self._trace), append_unknown
        if key not in kept:
            kept[key] = make(self, append_unknown)
        return kept[key]

    rule._compile_builder = made  # noqa: SLF001


def _keep_events() -> None:
    """The events of a text that is YAML from its beginning to its end."""
    whole, parse = cast("Any", yaml), yaml.parse
    read = lru_cache(maxsize=200)(lambda text, loader: tuple(parse(text, Loader=loader)))

    def parsed(text: str, Loader: Any) -> Iterator[Any]:  # noqa: N803  # as PyYAML has it
        try:
            return iter(read(text, Loader))
        except yaml.YAMLError:  # it may stand after the last event that is asked for
            return parse(text, Loader=Loader)

    whole.parse = parsed
