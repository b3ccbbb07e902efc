"""Connect a form: which tool, what it is called, and it listens. An open address is explained before it is made."""

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from bridge.errors import Faults
from bridge.hooks.hook import read_name
from bridge.operations.authoring import tools
from bridge.operations.authoring.connecting import connect as connect_form
from bridge.operations.authoring.tools import Tool
from bridge.pages import session
from bridge.pages.page import action, back, page
from bridge.pages.webhook import mode_word
from bridge.store.tables import hook as hooks
from schemas.outputs.connecting import ConnectPage


class ConnectForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    name = StringField(
        lazy_gettext("Name of the webhook"),
        [InputRequired(lazy_gettext("Fill this in.")), Length(max=80, message=lazy_gettext("That is too long."))],
        description=lazy_gettext("As you call the form, such as Volunteers. Everybody who works here sees it."),
        render_kw={"autocomplete": "off"},
    )
    space = SelectField(lazy_gettext("Qomon account"))

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.space.choices = [(name, name) for name in session.services().settings.qomon]
        self.space.data = self.space.data or self.space.choices[0][0]

    @property
    def several(self) -> bool:
        return len(self.space.choices) > 1


@page("/webhooks/new", "connect.html", ConnectPage, role="staff")
def connect() -> dict[str, Any]:
    return _shown(_tool(request.args.get("tool")), ConnectForm())


@page("/webhooks/new/open", "connect_open.html", ConnectPage, role="staff")
def connect_open() -> dict[str, Any]:
    """What an address without a secret means, before there is one."""
    tool = _tool(request.args.get("tool"))
    if tool is None:
        abort(404)
    return _shown(tool, ConnectForm())


@action("/webhooks/new")
def create_webhook() -> Response:
    tool, form, how = _tool(request.form.get("tool")), ConnectForm(), request.form.get("how", "")
    if tool is None:
        abort(404)
    proof = {"open": {"scheme": "none"}, "address": tools.IN_ADDRESS}.get(how, tool.stored)
    taken = None
    if form.validate():
        try:
            return back("reception", hook=_created(tool, form, proof))
        except Faults as failure:
            taken = _taken(form.name.data.strip())
            form.name.errors = [taken["said"]] if taken else failure.faults
    shown = {**_shown(tool, form), "taken": taken, "failed": True}
    return make_response(render_template("connect_open.html" if how else "connect.html", **shown), 400)


def _created(tool: Tool, form: ConnectForm, proof: Mapping[str, str]) -> str:
    """The id of the new webhook. Raises Faults."""
    services, name, by = session.services(), read_name(form.name.data), session.by()
    with services.store.write() as tx:
        made = connect_form(tx, services.hooks, services.vault, name, tool.id, proof, by, form.space.data)
    return made.hook.id


def _taken(name: str) -> dict[str, Any] | None:
    """Which webhook has this name already, in a sentence, and where it is."""
    services = session.services()
    with services.store.read() as tx:
        row = tx.execute(select(hooks.c.id, hooks.c.deleted_at).where(hooks.c.name == name)).first()
        if row is None:
            return None
        if row.deleted_at is not None:
            return {"said": _("A deleted webhook is called %(name)s. Choose another name.", name=name), "href": None}
        try:
            found = services.hooks.by_name(tx, name)
        except Faults:
            found = None
    told = _("%(name)s exists. Choose another name, or open it.", name=name)
    if found is not None:
        facts = {"name": name, "tool": found.tool.title, "mode": mode_word(found.mode, paused=found.paused)}
        told = _("%(name)s exists (%(tool)s, %(mode)s). Choose another name, or open it.", **facts)
    return {"said": told, "href": url_for("pages.reception", hook=row.id), "name": name}


def _tool(name: str | None) -> Tool | None:
    """404 for one that nobody knows."""
    if not name:
        return None
    found = tools.tool(name)
    if found is None:
        abort(404)
    return found


def _shown(tool: Tool | None, form: ConnectForm) -> dict[str, Any]:
    return {
        "tool": tool,
        "form": form,
        "tiles": [*tools.TILES.values()],
        "others": tools.others(),
        "failed": False,
        "taken": None,
    }
