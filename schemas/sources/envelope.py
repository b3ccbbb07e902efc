"""What the envelopes of tools share: their shapes say what must be there for a call to be this tool's at all."""

from datetime import UTC, datetime, tzinfo
from typing import Any, TypeAlias

from marshmallow import EXCLUDE, Schema, fields, validate
from marshmallow.experimental.context import Context

from schemas import dates

Zone: TypeAlias = Context[tzinfo]
"""That of the hook, for a tool that sends local times."""


class Envelope(Schema):
    """Tools add keys: what is not named here passes unseen."""

    class Meta:
        unknown = EXCLUDE


class Id(fields.String):
    """What a tool knows a call or a record by."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=True, validate=validate.Length(1, 255), **kwargs)


class Key(fields.String):
    """What a tool knows a question by."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=True, validate=validate.Length(min=1), **kwargs)


class Text(fields.String):
    """None where there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_none=True, load_default=None, **kwargs)


class Anything(fields.Raw):
    """A place whose content varies. None where there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(load_default=None, **kwargs)


class Moment(fields.Field[datetime | None]):
    """An ISO time. What is none faults nothing: it is None, and the time of receipt counts.

    `zone`: that of a tool which writes no offset and means always the same; else it is the hook's.
    """

    def __init__(self, *, zone: tzinfo | None = None, **kwargs: Any) -> None:
        super().__init__(load_default=None, **kwargs)
        self.zone = zone

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime | None:
        zone: tzinfo = Zone.get(UTC)
        return dates.moment(value, self.zone or zone)


class Epoch(fields.Field[datetime | None]):
    """The same, counted since 1970."""

    def __init__(self, per_second: int = 1, **kwargs: Any) -> None:
        super().__init__(load_default=None, **kwargs)
        self.per_second = per_second

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime | None:
        return dates.epoch(value, self.per_second)
