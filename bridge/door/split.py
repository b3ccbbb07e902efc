"""A proven delivery becomes what the inbox stores: one incoming event per record (docs/door.md). Pure.

Whatever cannot be read becomes an event too, held and kept as it came: no exception leaves here.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bridge.hooks.registry import Hook
from bridge.inbox import records
from bridge.inbox.events import Incoming
from bridge.mapping.amend import NO_AMENDMENTS, Amendments, amended
from bridge.mapping.compile import passes, who_is_it
from bridge.mapping.targets import USUAL_KINDS
from bridge.merge import addressed
from bridge.model import Delivery, Json, Outcome, Record, Submission, Who
from bridge.report import report
from bridge.sources.kit.source import one_call
from schemas.codes import Kind

_NOT_ANSWERS: tuple[Kind, ...] = ("ping", "test", "deleted")
_DELETED = "deleted"
"""In the place of a deleted hook's mode: should it come back, what comes again is new (docs/ledger.md 3)."""
_NOTHING, _NOBODY = Submission(None, None, "submitted", ()), Who({})


def split(delivery: Delivery, hook: Hook, now: datetime, waits: str | None) -> list[Incoming]:
    """`waits`: why nothing is written now, if so: what would cross says it."""
    with one_call(hook.timezone) as call:
        try:
            found = hook.tool.split(delivery)
        except Exception:  # noqa: BLE001  # not only Unreadable: a fault of ours must not cost the delivery
            raw = {"raw": base64.b64encode(delivery.body).decode(), "method": delivery.method, "query": delivery.query}
            return [_unreadable(hook, {**raw, "content_type": delivery.content_type}, now)]
        call.splitting = False
        return [_incoming(hook, record, now, waits) for record in found]


def again(
    sealed: Mapping[str, Any], hook: Hook, received: datetime, waits: str | None, said: Amendments = NO_AMENDMENTS
) -> list[Incoming]:
    """What a stored record is by this hook, with what people put right in it (`said`); a whole delivery that could not
    be read is split again.

    Never empty: a delivery without records counts as a ping.
    """
    if "raw" not in sealed:
        return [_incoming(hook, records.written(sealed), received, waits, said)]
    body, headers = base64.b64decode(sealed["raw"]), {"content-type": sealed["content_type"]}
    delivery = Delivery(sealed["method"], headers, body, sealed["query"])
    whole = dict(sealed)
    return split(delivery, hook, received, waits) or [_made(hook, whole, received, (Outcome.IGNORED, "ping"), whole)]


def _incoming(
    hook: Hook, record: Record, now: datetime, waits: str | None, said: Amendments = NO_AMENDMENTS
) -> Incoming:
    sealed = records.plain(record)
    try:
        submission = amended(hook.tool.read(record, hook.timezone), said)
        who = _ordered(hook, addressed.concerned(submission, who_is_it(hook, submission)))
        becomes = fate(hook, submission, waits)
        sealed = records.read_as(sealed, submission, who)
    except Exception:  # noqa: BLE001  # the same
        return _unreadable(hook, sealed, now)
    lasting: Json = record.body  # what does not change when the tool sends the same thing again
    if isinstance(lasting, dict):
        lasting = {key: value for key, value in lasting.items() if key not in record.volatile}
    return _made(hook, sealed, now, becomes, lasting, submission, who)


def _made(
    hook: Hook,
    record: Json,
    now: datetime,
    fate: tuple[Outcome, str | None],
    lasting: Json,
    read: Submission = _NOTHING,
    who: Who = _NOBODY,
) -> Incoming:
    """`lasting`: what tells whether it comes again; `read` and `who`: where it could be read."""
    outcome, reason = fate
    canonical = json.dumps(lasting, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return Incoming(
        space=hook.space,
        hook=hook.id,
        revision=hook.revision,
        key=read.key,
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
        kind=read.kind,
        submitted_at=read.submitted_at,
        who=who,
        record=record,
        report=report.start(hook.name, hook.revision, outcome, reason, read.submitted_at, now),
        outcome=outcome,
        reason=reason,
        contact=_straight(hook, who),
        due=outcome is Outcome.PREVIEWED,
        keys=hook.tool.keys,
        mode=_DELETED if hook.deleted else hook.mode,
    )


def fate(hook: Hook, submission: Submission, waits: str | None) -> tuple[Outcome, str | None]:
    """What the event is before anybody works on it."""
    kind = submission.kind
    if hook.deleted:
        return Outcome.IGNORED, "hook_deleted"
    if kind in _NOT_ANSWERS and not any(kind in (rule.kinds or ()) for rule in hook.rules):
        return Outcome.IGNORED, kind
    if submission.thin:
        return Outcome.HELD, "thin_ping"
    if hook.mode == "capture":
        return Outcome.CAPTURED, None
    if kind in USUAL_KINDS and not passes(hook, submission):
        return Outcome.IGNORED, "filter"
    if hook.mode == "preview":
        return Outcome.PREVIEWED, None
    return Outcome.QUEUED, waits


def _ordered(hook: Hook, who: Who) -> Who:
    """The identities in the hook's `find` order first: the first one names the lane (docs/ledger.md 2)."""
    names = [*hook.find, *who.identities]
    identities = {name: who.identities[name] for name in names if name in who.identities}
    return replace(who, identities=identities)


def _straight(hook: Hook, who: Who) -> int | None:
    """The contact that the call names by its number, where that is what it is looked for by first."""
    first = next(iter(who.identities), None)
    return int(who.identities["id"]) if first == "id" and "id" in hook.find else None


def _unreadable(hook: Hook, record: Json, now: datetime) -> Incoming:
    fate = (Outcome.IGNORED, "hook_deleted") if hook.deleted else (Outcome.HELD, "unreadable")
    return _made(hook, record, now, fate, record)
