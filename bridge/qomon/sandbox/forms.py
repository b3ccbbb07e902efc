"""The sandbox's invented forms: every category and type, two with one label, one of unknown type."""

from collections.abc import Mapping, Sequence
from typing import Any


def _form(form_id: int, label: str, kind: str, *choices: str) -> dict[str, Any]:
    """`choices`: `value: label, ...`, or the label alone where the value is the same in small letters; a free input has
    its one refvalue without either (docs/qomon.md 5).
    """
    refs = []
    for place, choice in enumerate(", ".join(choices).split(", "), start=1):
        value, named, shown = choice.partition(": ")
        texts = {"value": value, "label": shown} if named else {"value": choice.lower(), "label": choice}
        refs.append({"id": form_id * 10 + place, "form_id": form_id, **texts})
    return {"id": form_id, "label": label, "type": kind, "refvalues": refs}


FORMS: Mapping[str, Sequence[dict[str, Any]]] = {
    "consent": [
        _form(710, "Consentement", "checkbox", "consent_email: E-mail, consent_sms: SMS, consent_call: Appel"),
        _form(711, "Partage avec nos alliés", "checkbox", "consent_email: E-mail, consent_post: Courrier"),
    ],
    "level_of_support": [
        _form(
            720,
            "Niveau de soutien",
            "radio",
            "supporter: Soutien, probable: Plutôt favorable, undecided: Indécis·e, refus: Refusal",
        ),
        _form(721, "Soutien local", "select", "strong: Fort, weak: Faible, none: Aucun"),
    ],
    "survey": [
        _form(
            730,
            "Thèmes importants",
            "checkbox",
            "housing: Logement, health: Santé, schools: Écoles, transport: Transports, climate: Climat",
            "jobs: Emploi, safety: Sécurité, Culture, Sport, water: Eau",
        ),
        _form(731, "Réunion publique de mars", "radio", "Oui, Non"),
        _form(732, "Une idée pour le quartier", "text"),
        _form(733, "Note du service de bus", "numeric"),
        _form(734, "Date du premier contact", "date"),
        _form(735, "Moyens de transport", "checkbox", "Bus, Train, Voiture, Marche, velo: Vélo"),
        _form(736, "A voté en 2024", "radio", "Oui, Non"),
        _form(737, "Secteur", "text"),
    ],
    "custom_fields": [
        _form(
            810,
            "Disponibilités",
            "checkbox",
            "door: Porte-à-porte, leaflets: Tractage, host: Héberger une réunion",
            "phone_bank: Phoning, market: Marchés, drive: Conduire",
        ),
        _form(811, "Métier", "text"),
        _form(812, "Nombre d'enfants", "numeric"),
        _form(813, "Date d'adhésion", "date"),
        _form(814, "Langue préférée", "radio", "fr: Français, br: Breton, en: Anglais"),
        _form(815, "Taille de t-shirt", "select", "S, M, L, XL"),
        _form(816, "Compétences", "checkbox", "Graphisme, Vidéo, Couture, Comptabilité"),
        _form(817, "Secteur", "text"),
        _form(818, "Secteur", "select", "Nord, Sud, Est, Ouest"),
        _form(819, "Signature", "drawing"),
        _form(820, "Surnom", "text"),
    ],
    "presence_status": [
        _form(750, "Présence", "radio", "present: Présent·e, absent: Absent·e, excused: Excusé·e"),
    ],
    "tasks": [
        _form(740, "À faire", "checkbox", "call_back: Rappeler, send_information: Envoyer des informations"),
    ],
}
