"""The sandbox's invented forms: every category and type, two with one label, one of unknown type."""

from collections.abc import Mapping, Sequence
from typing import Any


def _form(form_id: int, label: str, kind: str, *choices: tuple[str, str]) -> dict[str, Any]:
    """`choices` are (value, label); a free input has its one refvalue without either (qomon-api.md 5)."""
    refs = [
        {"id": form_id * 10 + place, "form_id": form_id, "value": value, "label": shown}
        for place, (value, shown) in enumerate(choices or (("", ""),), start=1)
    ]
    return {"id": form_id, "label": label, "type": kind, "refvalues": refs}


def _plain(*values: str) -> tuple[tuple[str, str], ...]:
    """Choices whose value is their label in lower case."""
    return tuple((value.lower(), value) for value in values)


_YES_NO = _plain("Oui", "Non")

FORMS: Mapping[str, Sequence[dict[str, Any]]] = {
    "consent": [
        _form(
            710,
            "Consentement",
            "checkbox",
            ("consent_email", "E-mail"),
            ("consent_sms", "SMS"),
            ("consent_call", "Appel"),
        ),
        _form(711, "Partage avec nos alliés", "checkbox", ("consent_email", "E-mail"), ("consent_post", "Courrier")),
    ],
    "level_of_support": [
        _form(
            720,
            "Niveau de soutien",
            "radio",
            ("supporter", "Soutien"),
            ("probable", "Plutôt favorable"),
            ("undecided", "Indécis·e"),
            ("refus", "Refusal"),
        ),
        _form(721, "Soutien local", "select", ("strong", "Fort"), ("weak", "Faible"), ("none", "Aucun")),
    ],
    "survey": [
        _form(
            730,
            "Thèmes importants",
            "checkbox",
            ("housing", "Logement"),
            ("health", "Santé"),
            ("schools", "Écoles"),
            ("transport", "Transports"),
            ("climate", "Climat"),
            ("jobs", "Emploi"),
            ("safety", "Sécurité"),
            ("culture", "Culture"),
            ("sport", "Sport"),
            ("water", "Eau"),
        ),
        _form(731, "Réunion publique de mars", "radio", *_YES_NO),
        _form(732, "Une idée pour le quartier", "text"),
        _form(733, "Note du service de bus", "numeric"),
        _form(734, "Date du premier contact", "date"),
        _form(735, "Moyens de transport", "checkbox", *_plain("Bus", "Train", "Voiture", "Marche"), ("velo", "Vélo")),
        _form(736, "A voté en 2024", "radio", *_YES_NO),
        _form(737, "Secteur", "text"),
    ],
    "custom_fields": [
        _form(
            810,
            "Disponibilités",
            "checkbox",
            ("door", "Porte-à-porte"),
            ("leaflets", "Tractage"),
            ("host", "Héberger une réunion"),
            ("phone_bank", "Phoning"),
            ("market", "Marchés"),
            ("drive", "Conduire"),
        ),
        _form(811, "Métier", "text"),
        _form(812, "Nombre d'enfants", "numeric"),
        _form(813, "Date d'adhésion", "date"),
        _form(814, "Langue préférée", "radio", ("fr", "Français"), ("br", "Breton"), ("en", "Anglais")),
        _form(815, "Taille de t-shirt", "select", *_plain("S", "M", "L", "XL")),
        _form(816, "Compétences", "checkbox", *_plain("Graphisme", "Vidéo", "Couture", "Comptabilité")),
        _form(817, "Secteur", "text"),
        _form(818, "Secteur", "select", *_plain("Nord", "Sud", "Est", "Ouest")),
        _form(819, "Signature", "drawing"),
        _form(820, "Surnom", "text"),
    ],
    "presence_status": [
        _form(750, "Présence", "radio", ("present", "Présent·e"), ("absent", "Absent·e"), ("excused", "Excusé·e"))
    ],
    "tasks": [
        _form(740, "À faire", "checkbox", ("call_back", "Rappeler"), ("send_information", "Envoyer des informations"))
    ],
}
