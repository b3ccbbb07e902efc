"""What is dangerous in a hook although it loads: told by `flask hooks check`, and no fault. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from flask_babel import gettext as _

from bridge.hooks.hook import Hook, at_line
from bridge.hooks.yaml import plain_of
from bridge.mapping.links import SIGNED_ID
from bridge.mapping.targets import forms_named
from bridge.proofs.verify import HELD_BY_VISITORS, signs, ways
from bridge.qomon.catalogue import Catalogue

_SHORT = 16
"""Letters of a secret below which it can be guessed."""


def warnings(hook: Hook, catalogue: Catalogue) -> list[str]:
    """One sentence each. No secret is in them."""
    return [*_of_rules(hook, catalogue), *_of_proof(hook), *_of_signature(hook)]


def _of_rules(hook: Hook, catalogue: Catalogue) -> Iterator[str]:
    for rule in hook.rules if "id" in hook.find else ():
        if rule.to == "id" and rule.convert != SIGNED_ID:
            danger = _(
                "whoever can change `%(answer)s` (a hidden field, a link) writes on anybody's contact. Write as: "
                "signed_id, and make the links with flask hooks link.",
                answer=rule.source or rule.path,
            )
            yield at_line(rule.line, danger)
    for rule in hook.rules:
        forms = forms_named(rule.to, catalogue, rule.form_id)
        consent = any(form.consent for form in forms)
        if consent and rule.constant is not None and rule.kinds is None and rule.change != "remove":
            danger = _(
                "gives `%(to)s` for everybody who fills in the form, asked or not. Map the question that asks for it, "
                "or say `when`.",
                to=rule.to,
            )
            yield at_line(rule.line, danger)


def _of_proof(hook: Hook) -> Iterator[str]:
    if hook.proof.scheme == "none" and hook.missing == "create":
        yield _("proof: none with missing: create: whoever has the address fills Qomon with contacts.")
    if any(len(secret) < _SHORT for secret in hook.proof.usable):
        yield _(
            "proof: a secret has fewer than %(least)s characters: it can be guessed. Take a longer one.", least=_SHORT
        )
    asked = "wait" in plain_of(hook.text) and hook.wait > timedelta()
    if asked and hook.proof.scheme in HELD_BY_VISITORS and hook.answer == "short":
        yield _(
            "wait: has no effect: with proof: %(scheme)s the time of an answer tells who is known, so nobody waits. "
            "Remove it, or prove calls by a header or a signature.",
            scheme=hook.proof.scheme,
        )


def _of_signature(hook: Hook) -> Iterator[str]:
    """An id that the signature leaves open names nothing (`verify.stripped`)."""
    if not signs(hook.proof):
        return
    signed = ways(hook.proof)
    header = hook.reads.id.partition("header:")[2] if hook.reads is not None else ""
    covered = {way.id.lower() for way in signed if "{id}" in way.signed}
    open_ = [name for name in ((header,) if header else hook.tool.names_in) if name.lower() not in covered]
    if open_ and header:
        yield _(
            "reads.id: the signature does not cover the header %(header)s: whoever repeats a call could name it anew, "
            "so it is ignored. Take an id of the body.",
            header=header,
        )
    elif open_ and not covered:
        yield _(
            "proof: the signature does not cover an id in a header (%(headers)s), so such ids are ignored, and a call "
            "that comes again is known by its body alone.",
            headers=", ".join(open_),
        )
    if "GET" in hook.methods and not any("url}" in way.signed for way in signed):
        yield _(
            "methods: the signature covers the body and a GET has its answers in the address: it proves no GET, and "
            "each is refused. Remove GET, or prove calls by a header."
        )
