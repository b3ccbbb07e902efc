"""Words of forms and of those who answer them, in French and English, as they are once folded."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from schemas.normal import folded

_GENDERS: Mapping[str, str] = {
    "F": "f|femme|une femme|femmes|féminin|fille|madame|mme|mademoiselle|mlle|female|woman|feminine|girl|mrs|ms|miss",
    "M": "m|h|homme|un homme|hommes|masculin|garçon|monsieur|mr|male|man|masculine|boy",
    "O": "o|autre|other|non binaire|non binary|nonbinary",
}
_LETTERS = {folded(word): letter for letter, words in _GENDERS.items() for word in words.split("|")}

_REFUSALS = """
no, non, nope, nein, false, faux, none, aucun, aucune, aucun consentement, no consent, sans consentement
refus, refuse, refusé, refusée, refusal, refused, refuses, je refuse, je ne souhaite pas, je ne veux pas, pas d'accord
oppose, opposé, opposée, opposition, opposed, je m'oppose, object, objected, objection
opt out, optout, opted out, opt outed, stop, ne pas contacter, ne plus contacter, do not contact, do not email, dnc
withdrawn, withdraw, withdrawal, revoked, revoke, révoqué, révoquée, retiré, retirée, retrait, retrait du consentement
désinscrit, désinscrite, désinscription, désabonné, désabonnée, désabonnement
unsubscribed, unsubscribe, unsub, declined, decline, denied, rejected, not consented, not granted
"""
REFUSALS = frozenset(folded(word) for line in _REFUSALS.strip().splitlines() for word in line.split(","))
"""How a choice says no. A choice counts that is one of them, whole."""

_TAKING_PART = """
parrain marraine filleul filleule parraine parrainee referrer referer referred guest guests invite invites invitee
invitees host organizer organiser organisateur organisatrice payer payeur payeuse buyer acheteur acheteuse billing
facturation shipping livraison interviewer enqueteur enqueteuse assignee
"""
TAKING_PART = frozenset(_TAKING_PART.split())
"""Who invited, who came along, who paid or who asked."""

_RELATED = """
ami amie amis friend friends proche proches conjoint conjointe spouse epoux enfant enfants child parent parents mere
mother pere father tuteur tutrice guardian mandataire temoin beneficiaire recipient destinataire accompagnant
accompagnante urgence emergency voisin voisine neighbour neighbor colleague collegue employeur employer recruiter
sponsor depute deputee senateur senatrice owner admin webmaster creator
"""
SOMEBODY_ELSE = TAKING_PART | frozenset(_RELATED.split())
"""These, and family, friends, whom somebody acts for or works with, and who runs the site."""


def gender(text: str) -> str:
    """A gender as forms ask for it, as the letter that Qomon holds (docs/qomon.md 6.4). Unsure is nothing, never `O`.

    Raises ValueError."""
    letter = _LETTERS.get(folded(text).rstrip("."))
    if letter is None:
        raise ValueError(_("Not a word for a gender that we know."))
    return letter


def refuses(text: str) -> bool:
    """Whether a choice's value or label says no."""
    return folded(text).rstrip(" .!") in REFUSALS
