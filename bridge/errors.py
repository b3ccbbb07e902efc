"""What can go wrong, named by what happens next. Messages carry ids, codes and field names, never an answer."""

from datetime import timedelta
from typing import TypeAlias

from flask_babel.speaklater import LazyString

Fault: TypeAlias = tuple[str, str]
"""What is wrong in a hook file: the dotted key of the place, and a sentence that says what to write instead."""


class BridgeError(Exception):
    """Any of ours."""


class NotProven(BridgeError):
    """The caller did not prove that it is the tool: 401. The message says which header was looked for, in the language
    of whoever reads it; `asks` what WWW-Authenticate must then say, where HTTP has a word for it."""

    def __init__(self, message: str | LazyString, asks: str | None = None) -> None:
        super().__init__(message)
        self.asks = asks


class Unreadable(BridgeError):
    """Authentic, but not what the source sends: the event is held, a person looks."""


class TryLater(BridgeError):
    """Nothing was written; the same thing may work after a wait. `reason` is a queued reason of the report."""

    def __init__(self, reason: str, after: timedelta, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason
        self.after = after


class Unanswered(BridgeError):
    """A write was sent and Qomon's answer is missing or unusable: it may have been applied.

    `finished` is true when Qomon did answer (an unreadable body, a 5xx): the call is over on its side.
    """

    def __init__(self, message: str, *, finished: bool) -> None:
        super().__init__(message)
        self.finished = finished


class Rejected(BridgeError):
    """Qomon says no to this body, and will say it again: held. `fields` are the places that it named."""

    def __init__(self, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.fields = fields


class Gone(BridgeError):
    """No contact at this id (404): merged or deleted in Qomon."""


class Held(BridgeError):
    """The event needs a person. `reason` is a held reason of the report's closed list."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Faults(BridgeError):
    """Everything that is wrong with a thing people wrote (settings, a hook file), told at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class HookDeleted(Faults):
    """A hook that is gone and, its secret being gone too, does not load: nobody can prove a call, and none matters."""


class NoAccount(Faults):
    """The settings name no Qomon account of this name, or give no token for it: its lanes wait until they do."""


class Unopenable(BridgeError):
    """What is stored of an event cannot be opened: damaged, or written by a later version. Held, with a new report."""


class KeyElsewhere(BridgeError):
    """Sealed under a key that is in use, and that this process was not given: BRIDGE_KEY was changed since it began. A
    process that has the new one goes on with it.
    """


class StoreDown(BridgeError):
    """The store takes nothing now: 503, nothing was promised. `reason`, in one word for the log and for `/health`:

    full (disk or plan), read_only, locked, away (not to be reached), refused (it takes no write of ours, or not us),
    damaged, replaced (another file lies where ours was), behind (it waits for `flask upgrade`).
    """

    def __init__(self, message: str, reason: str = "away") -> None:
        super().__init__(message)
        self.reason = reason


class UpgradeFailed(BridgeError):
    """A migration failed, so that none of this version was done. The message names them; the cause may quote a row."""


class StoreBehind(Faults):
    """The store lacks tables of this version, until somebody upgrades it."""
