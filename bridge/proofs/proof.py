"""What a hook asks of a caller, and how a tool signs its calls, as data. Nothing is decided here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Signature:
    """One way of signing (docs/tools.md 2 and 6 e). `header` holds the signature, after `prefix`.

    `signed` says which bytes: {body}, {ts}, {id}, {method}, {url}; with {secret} in it they are hashed without a key.
    `timestamp` and `id` name the headers of {ts} and {id}. `pair`: the header is `t=...,<pair>=...`, any number of
    them. `several`: it is a list with spaces. `foreign`: the prefix of a kind of signature that is not supported.
    """

    header: str
    signed: str = "{body}"
    prefix: str = ""
    hash: str = "sha256"
    encoding: str = "hex"
    key: str = "text"
    timestamp: str = ""
    id: str = ""
    tolerance: timedelta = TOLERANCE
    pair: str = ""
    several: bool = False
    foreign: str = ""
    millis: bool = False
    sends: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Stored:
    """A secret that the store keeps. `until`: from when on it proves nothing."""

    id: str
    value: str = field(repr=False)
    until: datetime | None = None


def stored_name(id_: str) -> str:
    """What a stored secret is called where others have the name of a variable, which holds no such sign."""
    return f"stored:{id_}"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a hook asks of a caller. `header` names the caller's own header, `user` belongs to Basic, `path` is the
    place of a secret in the body, `signature` the hook's own way of signing (`hmac`). `tolerance`: how far a signed
    time may lie from ours, None for what is usual with the scheme. `variables` names the variable that holds a secret,
    or the stored one; `until` says when a secret's time is over, and one that goes on is not in it. `stored`: the place
    among the secrets of those that the store keeps, None where the file names none."""

    scheme: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    header: str | None = None
    user: str | None = None
    tolerance: timedelta | None = None
    path: str | None = None
    signature: Signature | None = None
    variables: Mapping[str, str] = field(default_factory=dict[str, str], repr=False, compare=False)
    until: Mapping[str, datetime] = field(default_factory=dict[str, datetime], repr=False, hash=False)
    stored: int | None = None

    def knowing(self, stored: Sequence[Stored]) -> Self:
        """With the store's own secrets, where the file says `stored`. One that is written in both places goes on as the
        file says."""
        if self.stored is None:
            return self
        new = [one for one in stored if one.value not in self.secrets]
        ends = {one.value: one.until for one in new if one.until is not None}
        values = (*self.secrets[: self.stored], *(one.value for one in new), *self.secrets[self.stored :])
        names = {one.value: stored_name(one.id) for one in new}
        return replace(self, secrets=values, variables={**names, **self.variables}, until={**ends, **self.until})

    def at(self, now: datetime) -> Self:
        """As it is then: without the secrets whose time is over."""
        over = {secret for secret, end in self.until.items() if end <= now}
        return replace(self, secrets=tuple(one for one in self.secrets if one not in over)) if over else self

    @property
    def usable(self) -> list[str]:
        """A blank secret proves nobody."""
        return [secret for secret in self.secrets if secret.strip()]


def wire(value: str) -> bytes:
    """A header's bytes: WSGI hands them over as Latin-1 text, whatever their encoding."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
