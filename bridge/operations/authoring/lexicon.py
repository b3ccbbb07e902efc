"""What French and English forms ask for in other words than a contact's fields, and what they warn of. Data."""

import re
from collections.abc import Mapping

from bridge.qomon.fields import FIELDS
from schemas.normal import folded
from schemas.words import SOMEBODY_ELSE, TAKING_PART

_POLITE = (
    "votre vos nos avec with our ton ta tes mon ma mes your my le la les l un une de du des d the of a an quel quelle "
    "quels quelles est sont what is are s il te vous plait please pouvez voulez peux veux indiquer "
    "indiquez indique nous notre merci veuillez enter entrez saisir saisissez renseigner renseignez give "
    "us write ecrire ecrivez precisez preciser optionnel facultatif facultative obligatoire optional "
    "required requis input field champ question form personnel personnelle personal principal principale "
    "main complete et and ou or pour for to en in at au aux tu which where do you live habitez vivez "
    "habites vis actuel actuelle current contact n no ici here s'il valide valid full entier entiere svp"
)
_FILLING = frozenset(_POLITE.split())

_UNSURE = """
payment paiement amies partner partenaire mari femme children kid responsable representant mandant procuration referent
second secondaire secondary autre other confirmation confirmez confirmer confirme confirm repeat again association asso
associations entreprise societe company employment organisation organization organisme structure club syndicat union
school ecole etablissement travail professionnel professionnelle pro work business job office event evenement reunion
atelier session lieu venue promo promotion coupon discount acces access delivery banque bank iban candidat candidate
maire elu elue membre plus equipe team groupe group animal chien chat pet produit product journal animateur formateur
boss manager prof doctor medecin bureau siege rendez arrivee depart mot passe password security securite utilisateur
username user file fichier district
"""
NOT_SURELY_THE_PERSON = SOMEBODY_ELSE | frozenset(_UNSURE.split())
"""What an answer is then about is not surely the person who fills in the form."""

_BOUGHT = """
order orders commande commandes cart panier basket item items article articles product products produit produits ticket
tickets billet billets purchase purchases achat achats bought achete payers payment payments paiement paiements facture
invoice delivery vendor vendeur seller merchant requester demandeur requested asker agent enumerator surveyor username
plan subscription fund campaign donation don options option transaction refund
"""
NOT_THE_PERSON = TAKING_PART | frozenset(_BOUGHT.split())
"""What was bought, who paid, who asked: never proposed for a field of the person (`payer.city`, `item.name`)."""

_BESIDE: Mapping[str, str] = {
    "some phone": (
        "telephone|tel|phone|numero telephone|numero tel|num tel|num telephone|phone number|telephone number|"
        "phonenumber|numero|telephone numero|contact phone|tel number|no tel|no telephone"
    ),
    "whole name": (
        "nom prenom|prenom nom|nom complet|fullname|full name|name|nom prenoms|prenoms nom|first last name|"
        "first name last name|last name first name|nom famille prenom|prenom nom famille|first name surname|"
        "identite|name surname|surname first name|nom et prenom"
    ),
    "nothing": (
        "captcha|recaptcha|g recaptcha response|ip|ip address|adresse ip|user agent|useragent|referer|"
        "referrer|page url|source url|url|score|honeypot|hp|gclid|fbclid|form id|form name|submission id|"
        "response id|page|landing page"
    ),
}
PHRASES: Mapping[str, str] = {
    phrase: to
    for to, called in {**{field.name: field.called for field in FIELDS if field.called}, **_BESIDE}.items()
    for phrase in called.split("|")
}
"""The words of a label, without the polite ones -> what it asks for."""

CONSENTING = frozenset(
    (
        "rgpd gdpr consentement consentements consent consents newsletter newsletters infolettre lettre "
        "lettres optin opt accepte acceptez accepter agree recevoir receive subscribe abonner abonne "
        "abonnement inscris inscrire souhaite contacter contacte contactee contacted autorise autorisation "
        "marketing mailing mailings communications communication optin sollicitations informer informe "
        "informee updates actualites"
    ).split()
)
TERMS = frozenset(
    (
        "conditions reglement cgu charte terms statuts politique privacy confidentialite rules policy "
        "mentions legales majeur honneur certifie certify image photos conduct exactitude"
    ).split()
)
"""Agreeing to these is no consent to be contacted."""
TAKING_BACK = frozenset(
    ("desinscrire desinscription desinscris desabonner desabonnement desabonne unsubscribe resilier").split()
)
CHANNELS: Mapping[str, frozenset[str]] = {
    "email": frozenset(
        (
            "mail mails email emails courriel courriels newsletter newsletters infolettre lettre electronique "
            "mailing mailings e-mail"
        ).split()
    ),
    "sms": frozenset("sms texto textos text texts".split()),
    "call": frozenset(("appel appels appeler appele telephone telephonique phone call calls called tel").split()),
    "post": frozenset("courrier courriers postal postale poste post papier letters".split()),
}
NOES = frozenset("non no refuse refus jamais never decline false pas not".split())
YESES = frozenset("oui yes accepte accept agree ok true volontiers".split())


def words(label: str) -> tuple[str, ...]:
    "A label's words, folded; `firstName` and `first_name` are two, `né·e` is `ne`."
    split = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", label)
    neutral = re.sub(r"(?:[·•.‧]|\()(?:e|ne|rice|trice)(?:[·•.‧]?s|\))?(?=\W|$)\)?", "", folded(split))
    return tuple(re.sub(r"[^\w]|_", " ", neutral).split())


def core(label: str) -> tuple[str, ...]:
    "The words that say what is asked; all of them where nothing else is left."
    said = words(label)
    return tuple(word for word in said if word not in _FILLING) or said
