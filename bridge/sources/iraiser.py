"""iRaiser: calls that only say which gift or person changed, as JSON or as a form (docs/tools.md 3.29)."""

from zoneinfo import ZoneInfo

from bridge.model import Record, Submission
from bridge.sources.kit import Source, load, payload_of, records, thin
from schemas.sources.iraiser import IRaiserSchema

_CALL = IRaiserSchema()


def read(record: Record, _zone: ZoneInfo) -> Submission:
    """One gift comes twice, when it is promised and when it is paid, and maybe in the same words: no key."""
    load(_CALL, record.body, "iRaiser")
    return thin(record, None)


SOURCE = Source(
    title="iRaiser Connect",
    keys="hash",
    split=records("iRaiser", _CALL, body=payload_of),
    read=read,
    never_sends="the answers, only that there are some: fetch them with Zapier, Make or n8n; a signature",
)
