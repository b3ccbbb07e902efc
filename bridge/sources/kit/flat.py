"""Tools whose users choose the keys and what stands under them: no id, no time, each member of the object an answer."""

from zoneinfo import ZoneInfo

from bridge.model import Record, Submission
from bridge.sources.kit.answers import members
from bridge.sources.kit.submission import submission


def read(record: Record, _zone: ZoneInfo) -> Submission:
    return submission(record, None, members(record.body))
