"""How a choice says no, in the languages of forms: folded words. A choice counts that is one of them, whole."""

from schemas.normal import folded

_WORDS = """
no, non, nope, nein, false, faux, none, aucun, aucune, aucun consentement, no consent, sans consentement
refus, refuse, refusé, refusée, refusal, refused, refuses, je refuse, je ne souhaite pas, je ne veux pas, pas d'accord
oppose, opposé, opposée, opposition, opposed, je m'oppose, object, objected, objection
opt out, optout, opted out, opt outed, stop, ne pas contacter, ne plus contacter, do not contact, do not email, dnc
withdrawn, withdraw, withdrawal, revoked, revoke, révoqué, révoquée, retiré, retirée, retrait, retrait du consentement
désinscrit, désinscrite, désinscription, désabonné, désabonnée, désabonnement
unsubscribed, unsubscribe, unsub, declined, decline, denied, rejected, not consented, not granted
"""
REFUSALS = frozenset(folded(word) for line in _WORDS.strip().splitlines() for word in line.split(","))


def refuses(text: str) -> bool:
    """Whether a choice's value or label says no."""
    return folded(text).rstrip(" .!") in REFUSALS
