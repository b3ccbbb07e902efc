"""What every command shares: the bridge at hand, the reader's language, a refusal in one sentence, lines or JSON."""

import getpass
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import IO, Any, TypeAlias, cast

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _

from bridge.errors import BridgeError, Faults
from bridge.hooks.revisions import By
from bridge.report import wording
from bridge.services import Services
from bridge.translations import LANGUAGES

Function: TypeAlias = Callable[..., bool | None]
Whom: TypeAlias = Callable[[], By]
"""Who does it, from where and why, now."""

ALL = click.Group()
"""Every command; each file of this folder adds its own."""

AS_JSON = click.option("--json", "as_json", is_flag=True, help="JSON, for programs.")
SPACE = click.option("--space", default="default", show_default=True, help="Which Qomon account.")
HEADERS = click.option(
    "-H", "--header", "headers", multiple=True, metavar="'Name: value'", help="A header of the call."
)


_WHO = click.option("--who", "--by", "who", metavar="NAME", help="Who does it; else the user of this machine.")
_WHY = click.option("--why", metavar="TEXT", help="The reason, for the audit; of a webhook for its versions too.")


def by_whom(function: Function) -> Function:
    """For what is kept in the audit: --who and --why, handed over as `by`, which says them with the moment it is."""

    @_WHO
    @_WHY
    @wraps(function)
    def run(services: Services, *, who: str | None, why: str | None, **given: Any) -> bool | None:
        return function(services, by=lambda: By(services.now(), who, why, user=_user()), **given)

    return run


def _user() -> str | None:
    """As whom the machine knows who types; in a container that may be nobody."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None


class Refused(click.ClickException):
    """What was asked did not happen, and the sentence says why: exit 1."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self._said = _("Error: %(sentence)s", sentence=sentence)  # now: it is shown when nobody knows the language

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self._said, file, err=file is None)


def command(
    name: str, group: click.Group = ALL, opened: Callable[[Services], Services] = Services.open
) -> Callable[[Function], click.Command]:
    """The function is handed the bridge, opened, and says False where what was asked did not happen: exit 1."""

    def made(function: Function) -> click.Command:
        @with_appcontext
        @wraps(function)
        def run(*, language: str | None, **given: Any) -> None:
            with force_locale(language) if language else nullcontext(), refusals():
                if function(opened(the_services()), **given) is False:
                    raise SystemExit(1)

        whole = click.command(name)(run)
        spoken = click.Choice(LANGUAGES)
        whole.params.append(click.Option(["--language"], type=spoken, help="Of what is said, whatever LANG says."))
        group.add_command(whole)
        return whole

    return made


def unopened(services: Services) -> Services:
    """For commands that ask neither store nor key."""
    return services


def the_services() -> Services:
    return cast("Services", current_app.extensions["bridge"])


@contextmanager
def refusals() -> Iterator[None]:
    try:
        yield
    except BridgeError as failure:
        raise Refused(wording.sentence(failure)) from None


@contextmanager
def about(name: str) -> Iterator[None]:
    """Faults are told with what they are of."""
    try:
        yield
    except Faults as failure:
        raise Faults([f"{name}: {fault}" for fault in failure.faults]) from None


def refuse(name: str, faults: Iterable[str]) -> None:
    """Ends the command if there are any."""
    if told := [f"{name}: {fault}" for fault in faults]:
        raise Refused("\n".join(told))


def show(said: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """The same for programs and for people."""
    for line in [json.dumps(said, ensure_ascii=False, indent=2)] if as_json else lines:
        click.echo(line)


def remark(*lines: str) -> None:
    """Beside the answer: what a program that reads the answer need not see."""
    for line in lines:
        click.echo(line, err=True)
