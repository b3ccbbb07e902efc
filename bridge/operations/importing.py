"""A hook file comes into the store. One by which answers would be lost waits as a draft for somebody's yes."""

from sqlalchemy import Connection

from bridge.errors import Faults
from bridge.hooks.registry import Hook, Hooks, Imported, following
from bridge.hooks.revisions import By, Known
from bridge.operations import audit
from bridge.operations.authoring.publishing import Publisher
from bridge.operations.authoring.rehearsal import Rehearsal
from bridge.qomon.catalogue import Catalogue


def put(
    tx: Connection, hooks: Hooks, press: Publisher, said: Hook, catalogue: Catalogue | None, by: By, *, force: bool
) -> Imported | Rehearsal:
    """What a file says, checked against Qomon's fields where those could be read. `force`: also over a hook that is
    kept on the pages. A rehearsal that loses something: the file is a draft then. Raises Faults.
    """
    head = in_service(tx, hooks, said.name)
    past = press.past(tx, head) if head is not None else []
    mine = head is not None and head.text != said.text and (force or head.owner == "git")
    hook = following(said, head) if head is not None else said
    if head is not None and catalogue is not None and past and mine:
        tried = press.rehearsed(head, hook, catalogue, past)
        if tried.lost:
            hooks.save_draft(tx, said.text, by.at, by.who)
            audit.note(tx, press.vault, by, "imported", head.id, draft=True)
            return tried
    known = press.known(hook, catalogue, past) if catalogue is not None else Known()
    done = hooks.import_text(tx, said.text, pinned=None, now=by.at, who=by.who, why=by.why, force=force, known=known)
    if done.new or head is None:
        audit.note(tx, press.vault, by, "imported", done.hook.id, version=done.hook.revision)
    return done


def in_service(tx: Connection, hooks: Hooks, name: str) -> Hook | None:
    """What is in service now, if it loads. Of a deleted hook nothing is: no answer can be lost by its file."""
    try:
        head = hooks.by_name(tx, name)
    except Faults:
        return None
    return None if head is None or head.deleted else head
