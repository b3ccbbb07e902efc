"""Words of a question that say that its answer, such as a mail, is somebody else's than who fills in the form. Data."""

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
