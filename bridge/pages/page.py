"""The mechanism of all pages: who may, a page and its `.json` twin from one view, actions, problems, headers.

    @page("/todo", "todo.html", TodoPage)                   GET /todo and GET /todo.json
    @action("/todo/<card>/send", role="staff")              POST, with its CSRF token
    @open_page("/login", "login.html", "nobody is logged in before")

A view returns what its template and its schema show, or a response. What somebody typed when their session was over is
kept in the page that asks them to log in, and goes on from there: nothing of it is stored.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, CSRFProtect
from marshmallow import Schema
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from bridge.door.problems import RETRY, as_json, problem
from bridge.errors import BridgeError, StoreDown
from bridge.log import REQUEST
from bridge.operations.staff import Account, Role
from bridge.pages import session, signing
from bridge.report import wording

Shown: TypeAlias = "Mapping[str, Any] | Response"
View: TypeAlias = Callable[..., Shown]
Act: TypeAlias = Callable[..., Response]

pages = Blueprint(
    "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static/pages"
)
csrf = CSRFProtect()

_SECRET = ("csrf_token", "password", "code", "_")
"""How the names of fields begin that are never kept."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page(
    rule: str,
    template: str,
    schema: type[Schema],
    role: Role = "viewer",
    first: Callable[..., Response | None] | None = None,
) -> Callable[[View], View]:
    """GET: the page for whoever has the role, and its twin for their programs. `first` is asked before the guard: its
    answer, if it has one, is for others than people, and has a guard of its own."""

    def add(view: View) -> View:
        @wraps(view)
        def html(**path: Any) -> Response:
            shown = view(**path)
            return shown if isinstance(shown, Response) else make_response(render_template(template, **shown))

        @wraps(view)
        def twin(**path: Any) -> Response:
            shown = view(**path)
            return shown if isinstance(shown, Response) else as_json(schema().dump(shown))

        name = view.__name__
        guarded = _guarded(html, role)
        pages.add_url_rule(rule, name, guarded if first is None else _others_first(guarded, first), methods=["GET"])
        told = _guarded(twin, role)
        cast("Any", told).shows = schema
        pages.add_url_rule(_twin_of(rule), f"{name}_json", told, methods=["GET"])
        return view

    return add


def download(rule: str, role: Role = "staff") -> Callable[[Act], Act]:
    """GET: a file, or a picture: what has no twin because it is one."""

    def add(view: Act) -> Act:
        pages.add_url_rule(rule, view.__name__, _guarded(view, role), methods=["GET"])
        return view

    return add


def action(rule: str, role: Role = "staff", *, sure: bool = False) -> Callable[[Act], Act]:
    """POST: it does something, then leads to a page. `sure`: the password is asked again, unless it just was."""

    def add(view: Act) -> Act:
        pages.add_url_rule(rule, view.__name__, _guarded(view, role, sure=sure), methods=["POST"])
        return view

    return add


def open_page(rule: str, why: str, methods: Sequence[str] = ("GET", "POST")) -> Callable[[Act], Act]:
    """A page or form for whoever comes, and why nobody has to be logged in."""

    def add(view: Act) -> Act:
        @wraps(view)
        def run(**path: Any) -> Response:
            if request.method == "POST":
                csrf.protect()
            return view(**path)

        cast("Any", run).open = why
        pages.add_url_rule(rule, view.__name__, run, methods=[*methods])
        return view

    return add


def back(endpoint: str, said: str | None = None, **path: Any) -> Response:
    """On to a page, which says what was done: counts and names of webhooks, never a person."""
    if said:
        flash(said)
    return cast("Response", redirect(url_for(f"pages.{endpoint}", **path), 303))


def me() -> Account:
    """Whoever is logged in, behind a guard."""
    account = session.me()
    assert account is not None  # noqa: S101 - the guard let nobody else in
    return account


def inside(target: str | None) -> str | None:
    """A path of ours to go on to, or None: never another site's."""
    said = (target or "").replace("\\", "/")
    parts = urlsplit(said)
    plain = said.startswith("/") and not said.startswith("//") and not parts.scheme and not parts.netloc
    return said if plain and all(ord(sign) >= 32 for sign in said) else None  # noqa: PLR2004 - control signs


def is_twin() -> bool:
    return request.path.endswith(".json")


def _for_programs() -> bool:
    """Whether nobody reads the answer: a problem then, and no page."""
    return is_twin() or request.endpoint == "pages.metrics"


def kept() -> MultiDict[str, str]:
    """What was typed into the form that came, without what is secret."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if not name.startswith(_SECRET)]
    return MultiDict(typed)


def _twin_of(rule: str) -> str:
    return "/overview.json" if rule == "/" else f"{rule}.json"


def _guarded(view: Act, role: Role, *, sure: bool = False) -> Act:
    @wraps(view)
    def run(**path: Any) -> Response:
        account = session.me()
        if account is None:
            if answer := _log_in_first():
                return answer
            account = me()
        elif request.method == "POST" and (answer := _proven()):
            return answer
        if not account.may(role):
            abort(403)
        if sure and (answer := _asked_again(account)):
            return answer
        return view(**path)

    cast("Any", run).role = role
    return run


def _others_first(view: Act, first: Callable[..., Response | None]) -> Act:
    @wraps(view)
    def run(**path: Any) -> Response:
        return first(**path) or view(**path)

    return run


def _log_in_first() -> Response | None:
    """None: it was a form that was typed before, and came again with a right password."""
    if is_twin():
        return problem(401, _("Log in first."))
    if request.method == "GET":
        return cast("Response", redirect(url_for("pages.login", next=request.full_path.rstrip("?")), 303))
    if not _from_here():
        return cast("Response", redirect(url_for("pages.login"), 303))
    if "_mail" not in request.form:
        return _shown("login.html", 401, kept=kept(), to=request.path, form=signing.empty(), over=True)
    csrf.protect()
    return signing.again(kept(), request.path)


def _proven() -> Response | None:
    """The form is ours: else what was typed is shown once more, if it came from a page of ours."""
    try:
        csrf.protect()
    except CSRFError:
        if not _from_here():
            raise
        return _shown("again.html", 400, kept=kept(), to=request.path)
    return None


def _asked_again(account: Account) -> Response | None:
    now = session.services().now()
    if session.confirmed(now):
        return None
    wrong = None
    if "_password" in request.form:
        wrong = signing.wrong_again(account, request.form["_password"], request.form.get("_code", ""), now)
        if wrong is None:
            session.confirm(now)
            return None
    return _shown("sure.html", 401 if wrong else 200, kept=kept(), to=request.path, wrong=wrong)


def _from_here() -> bool:
    """Whether one of our own pages sent it: browsers say so themselves, and no other site can."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def _shown(template: str, code: int, **said: Any) -> Response:
    return make_response(render_template(template, **said), code)


@pages.after_request
def _headers(answer: Response) -> Response:
    answer.headers.update(_HEADERS)
    return answer


@pages.errorhandler(StoreDown)
def _store_down(down: StoreDown) -> Response:
    current_app.logger.warning("a page without the store", extra={"reason": down.reason})
    if _for_programs():
        told = _("The bridge cannot reach its store.")
        return problem(503, told, reason=down.reason, **{"Retry-After": RETRY})
    return _shown("store_down.html", 503)


@pages.errorhandler(BridgeError)
def _refused(failure: BridgeError) -> Response:
    """It cannot be done, and the sentence says why; what was typed is still in the page before."""
    return _problem(409, wording.sentence(failure))


@pages.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    code = error.code or 500
    told = {
        400: _("This form could not be read. Go back, load the page again and repeat."),
        403: _("Your account may not do this. Ask an admin."),
        404: _("There is nothing at this address, or it was erased on request."),
    }
    return _problem(code, told.get(code) or _("This cannot be done (%(code)s).", code=code))


@pages.errorhandler(Exception)
def _ours(error: Exception) -> Response:
    """A fault of the bridge. Its page asks the store for nothing, which may be what is wrong."""
    current_app.logger.error("page failed", exc_info=error)
    if _for_programs():
        return problem(500, _("A fault of the bridge. Please try again."))
    made = current_app.jinja_env.get_template("fault.html").render(id=REQUEST.get())  # without what is around pages
    return make_response(made, 500)


def _problem(status: int, sentence: str) -> Response:
    if _for_programs():
        return problem(status, sentence)
    return _shown("problem.html", status, sentence=sentence, status=status)
