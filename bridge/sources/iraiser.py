"""iRaiser: calls that only say which gift or person changed, as JSON or as a form (sources.md 3.29)."""

from zoneinfo import ZoneInfo

from bridge.model import Delivery, Record, Submission
from bridge.sources.kit import Source, checked, load, thin
from bridge.sources.kit.form_body import payload_of
from schemas.sources.iraiser import IRaiserSchema

_CALL = IRaiserSchema()


def split(delivery: Delivery) -> list[Record]:
    """One gift comes twice, when it is promised and when it is paid, and maybe in the same words: no key."""
    return checked("iRaiser", _CALL, payload_of(delivery), key="")


def read(record: Record, _zone: ZoneInfo) -> Submission:
    load(_CALL, record.body, "iRaiser")
    return thin(record, None)


SOURCE = Source(
    name="iraiser",
    title="iRaiser Connect",
    proof="url",
    keys="hash",
    split=split,
    read=read,
    retries="not stated",
    never_sends="the answers, only that there are some: fetch them with Zapier, Make or n8n; a signature",
)
