"""Before somebody is logged in: the login, the first account, a one-time link, the language."""

from typing import cast

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from bridge.operations.staff import NotAllowed
from bridge.pages import layout, session, signing
from bridge.pages.page import action, inside, open_page
from bridge.translations import LANGUAGES


@open_page("/login", "whoever comes is not logged in yet")
def login() -> Response:
    to = inside(request.values.get("next"))
    if session.me() is not None:
        return _on(to)
    form = signing.LoginForm()
    if form.is_submitted() and form.validate() and signing.log_in(form):
        return _on(to)
    mine = session.services()
    first = not session.staff().any()
    if first and mine.settings.setup_code and request.method == "GET":
        return cast("Response", redirect(url_for("pages.setup"), 303))
    shown = render_template(
        "login.html", form=form, kept={}, to=url_for("pages.login", next=to), over=False, first=first
    )
    return make_response(shown, 401 if form.is_submitted() else 200)


@open_page("/setup", "the first account is made here, with the code that the deployer set")
def setup() -> Response:
    """404 once there is an account, and where no code is set."""
    mine = session.services()
    if not mine.settings.setup_code or session.staff().any():
        abort(404)
    form = signing.SetupForm()
    if form.validate_on_submit():
        if signing.setup_code_fits(form.setup_code.data or ""):
            made = session.staff().first(form.mail.data, form.name.data, form.password.data, session.by())
            session.begin(made, mine.now())
            return cast("Response", redirect(url_for("pages.overview"), 303))
        form.setup_code.errors = [_("This is not the setup code. After five wrong ones it pauses for 15 minutes.")]
    return make_response(render_template("setup.html", form=form), 400 if form.is_submitted() else 200)


@open_page("/welcome/<token>", "whoever has the link sets a password with it")
def welcome(token: str) -> Response:
    """Nothing is used up by opening it: readers of mail look at links too."""
    mine = session.services()
    account = session.staff().by_link(token, mine.now())
    if account is None:
        shown = render_template(
            "problem.html",
            status=404,
            sentence=_("This link was used already, or it is too old. Ask an admin for a new one."),
        )
        return make_response(shown, 404)
    form = signing.PasswordForm()
    if form.validate_on_submit():
        try:
            changed = session.staff().use_link(token, form.password.data, session.by_of(account))
        except NotAllowed as refusal:
            form.password.errors = [str(refusal)]
        else:
            session.begin(changed, mine.now())
            return cast("Response", redirect(url_for("pages.overview"), 303))
    shown = render_template("welcome.html", form=form, token=token, account=account)
    return make_response(shown, 400 if form.is_submitted() else 200)


@action("/logout", role="viewer")
def logout() -> Response:
    session.end()
    return cast("Response", redirect(url_for("pages.login"), 303))


@open_page("/language", "whoever cannot read the login chooses another language there")
def language() -> Response:
    to = inside(request.form.get("next"))
    chosen = request.form.get("language")
    answer = _on(to)
    if request.method == "POST" and chosen in LANGUAGES:
        layout.remember_language(answer, chosen)
        account = session.me()
        if account is not None:
            session.staff().speak(account, chosen)
    return answer


def _on(to: str | None) -> Response:
    return cast("Response", redirect(to or url_for("pages.overview"), 303))
