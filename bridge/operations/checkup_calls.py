"""What the check-up says of the webhooks that send, and of the hours in which nobody was there to be called: does each
prove its calls, is what it writes to in Qomon, is one silent that usually is not.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection, select

from bridge.hooks.check import check
from bridge.hooks.hook import Hook
from bridge.operations.alerts import preferences
from bridge.operations.alerts.watch_calls import silent
from bridge.operations.checkup_line import Line
from bridge.operations.figures import SLEEPS, STOPPED, Figures
from bridge.qomon.catalogue import Catalogue
from bridge.services import Services
from bridge.store.tables import event
from schemas import normal

_SENDING = ("approve", "live")
_LATELY = timedelta(days=14)


def of_webhooks(tx: Connection, services: Services) -> Iterator[Line]:
    sending = [one.hook for one in services.hooks.listed(tx) if one.hook is not None and one.hook.mode in _SENDING]
    yield from _proofs(sending)
    yield from _targets(services, sending)
    yield from _silence(tx, services, sending)


def _proofs(sending: Sequence[Hook]) -> Iterator[Line]:
    well = [hook for hook in sending if hook.proof.scheme != "none"]
    for hook in sending:
        if hook not in well:
            said = _("Webhook %(hook)s is open: whoever knows its address can send answers.", hook=hook.name)
            yield Line("proof", "bad", said, _("Set a secret in the form’s tool, and let the webhook ask for it."))
    if well:
        said = ngettext(
            "%(num)s webhook in service, and each call has to prove where it comes from.",
            "%(num)s webhooks in service, and each call has to prove where it comes from.",
            len(well),
        )
        yield Line("proof", "good", said)


def _targets(services: Services, sending: Sequence[Hook]) -> Iterator[Line]:
    catalogues: dict[str, Catalogue | None] = {}
    well = 0
    for hook in sending:
        if hook.space not in catalogues:
            catalogues[hook.space] = services.catalogues.stored(hook.space)
        known = catalogues[hook.space]
        if known is None:
            said = _("Webhook %(hook)s: whether its fields are in Qomon is not known yet.", hook=hook.name)
            yield Line("webhook", "unknown", said, _("Open Qomon fields, and read Qomon; or: flask catalogue refresh"))
            continue
        told = check(hook, known)
        well += not told
        for sentence in told:
            yield Line("webhook", "look", _("Webhook %(hook)s: %(what)s", hook=hook.name, what=sentence))
    if well:
        said = ngettext(
            "%(num)s webhook in service, and Qomon has every field that it writes.",
            "%(num)s webhooks in service, and Qomon has every field that they write.",
            well,
        )
        yield Line("webhook", "good", said)


def _silence(tx: Connection, services: Services, sending: Sequence[Hook]) -> Iterator[Line]:
    """By what is usual for each, as the alert goes; of one that is called too seldom for that, whether it was called
    lately at all."""
    now, chosen = services.now(), preferences.read(tx)
    well = 0
    for hook in sending:
        found = next(silent(tx, services, hook.id, chosen.at_least.get(hook.id), now), None)
        if found is not None:
            said = _("Webhook %(hook)s is called less than usual: nothing has come since then.", hook=hook.name)
            fix = _("Is the form published, and the webhook still switched on in its tool?")
            yield Line("silence", "look", said, fix, found.since)
        elif (at := _called(tx, hook)) is None:
            said = _("Webhook %(hook)s was never called.", hook=hook.name)
            yield Line("silence", "unknown", said, _("Fill in its form once, to see that it arrives."))
        elif hook.id not in chosen.at_least and now - at > _LATELY:
            said = _("Webhook %(hook)s is called too seldom to tell whether it is silent.", hook=hook.name)
            fix = _("Settings, Alerts: say within how many days something comes at least.")
            yield Line("silence", "unknown", said, fix, at)
        else:
            well += 1
    if well:
        said = ngettext(
            "%(num)s webhook in service, and it is called as usual.",
            "%(num)s webhooks in service, and they are called as usual.",
            well,
        )
        yield Line("silence", "good", said)


def elsewhere(tx: Connection, services: Services) -> Iterator[Line]:
    """As far as this process was called. Of an open one anybody may say it."""
    for one in services.hooks.listed(tx):
        hook = one.hook
        at = services.called_elsewhere.get(hook.address) if hook is not None else None
        if hook is None or at is None or hook.proof.scheme == "none":
            continue
        said = _("Webhook %(hook)s is still called under another address than PUBLIC_URL says.", hook=hook.name)
        fix = _(
            "The old address goes on working. Paste the address of its page into the tool before the old one is given "
            "up; nothing to do where a proxy in front calls the bridge by a name of its own."
        )
        yield Line("old_address", "look", said, fix, at)


def _called(tx: Connection, hook: Hook) -> datetime | None:
    mine = select(event.c.received_at).where(event.c.hook == hook.id, event.c.action.is_(None))
    at = tx.scalar(mine.order_by(event.c.seq.desc()).limit(1))
    return None if at is None else normal.from_epoch_ms(at)


def of_hours(figures: Figures, now: datetime) -> Iterator[Line]:
    """Seen from the row that is written each minute while somebody is there."""
    if figures.beat is None or now - figures.beat > STOPPED:
        said = _("Nothing was counted in the last minutes: whether the background work runs is not known.")
        yield Line(
            "counted", "unknown", said, _("Is the web process running? Look again in two minutes."), figures.beat
        )
    many = len(figures.stops)
    if many:
        said = ngettext(
            "The app was stopped or asleep %(num)s time in the last 7 days.",
            "The app was stopped or asleep %(num)s times in the last 7 days.",
            many,
        )
        if many >= SLEEPS:
            said = _("This plan puts the app to sleep.") + " " + said
        fix = _("Tools that never try again may have lost submissions then. Choose a plan that never sleeps.")
        yield Line("stopped", "bad" if many >= SLEEPS else "look", said, fix, figures.stops[-1][1])
    elif figures.beat is not None:
        yield Line("stopped", "good", _("The app was not seen to stop in the last 7 days."))
