"""The sandbox's people: invented, and rich enough to be wiped. contacts.py fills in their short entries.

Zoé Lefèvre-Brûlé is the one whom the Tally sample of `make run` is about.
"""

from collections.abc import Sequence
from typing import Any

ZOE = 9000017
_OLD = "2024-02-11T10:20:30.000Z"
_MARCH = "2025-03-02T09:15:00.123456Z"  # Qomon writes up to microseconds
_MAY = "2025-05-19T17:40:02.998Z"


def _entries(date: str, *pairs: tuple[int, str]) -> list[dict[str, Any]]:
    return [{"form_id": form, "data": written, "date": date} for form, written in pairs]


def _gone(form: int, written: str) -> dict[str, Any]:
    return {"form_id": form, "data": written, "date": _OLD, "deleted_at": "2025-01-05T12:00:00.000Z"}


def _person(contact_id: int, name: str, mail: str, **more: Any) -> dict[str, Any]:
    firstname, _, surname = name.partition(" ")
    made = {"CreatedAt": "2023-11-04T08:12:33.104221Z", "UpdatedAt": "2025-05-19T17:40:02.998310Z", "lastchange": _MAY}
    return {"id": contact_id, "firstname": firstname, "surname": surname, "mail": mail, **made, **more}


def _address(number: str, street: str, postcode: str, city: str, **more: Any) -> dict[str, Any]:
    where = {"housenumber": number, "street": street, "postalcode": postcode, "city": city, "country": "France"}
    return {"id": 55001, "score": 0.91, "latitude": "46.205000", "longitude": "5.225000", **where, **more}


_ZOE = _person(
    ZOE,
    "Zoé Lefèvre-Brûlé",
    "zoe.lefevre@example.org",
    married_name="Lefèvre",
    gender="F",
    phone="01 99 00 12 34",
    mobile="06 39 98 01 77",
    birthdate="1988-02-29T00:00:00.000Z",
    birth_city="Bourg-en-Bresse",
    birth_country="France",
    birth_dept="01",
    nationality="FR",
    age_category=3,
    external_id="crm-1188",
    address=_address(
        "12", "rue des Tilleuls", "", "Bourg-en-Bresse", citycode="01053", floor="2", door="A", infos="code 17"
    ),
    tags=["newsletter", "Bénévole", "fête-2025"],
    action_ids=[301, 305],
    notes=[
        {"id": 71, "content": "Rencontrée au marché, très motivée", "pinned": True},
        {"id": 72, "content": "Préfère être appelée le soir", "pinned": False},
    ],
    formdatas=[
        *_entries(_OLD, (710, "consent_sms"), (711, "consent_post"), (720, "supporter"), (721, "strong")),
        *_entries(_MARCH, (730, "housing"), (730, "health"), (730, "schools"), (730, "transport"), (730, "climate")),
        *_entries(_MARCH, (730, "jobs"), (730, "culture"), (731, "oui"), (732, "Une rue aux écoles"), (733, "7")),
        *_entries(_MAY, (734, "2023-11-04T00:00:00.000Z"), (735, "bus"), (735, "velo"), (735, "marche"), (736, "oui")),
        *_entries(_MAY, (737, "Centre"), (740, "call_back"), (740, "send_information"), (750, "present")),
        *_entries(
            _MAY, (820, "Zozo"), (710, "consent_call"), (711, "consent_email")
        ),  # 820: custom, where reads may put it
        _gone(710, "consent_email"),
        _gone(720, "undecided"),
        _gone(731, "non"),
    ],
    custom_fields=[
        *_entries(_OLD, (810, "leaflets"), (810, "market"), (811, "Menuisière"), (812, "2")),
        *_entries(_OLD, (813, "2024-02-11T00:00:00.000Z"), (814, "fr"), (815, "m"), (816, "couture"), (816, "vidéo")),
        *_entries(_MARCH, (817, "Centre"), (818, "nord")),
        _gone(810, "door"),
        _gone(811, "Apprentie"),
    ],
)

PEOPLE: Sequence[dict[str, Any]] = (
    _ZOE,
    _person(
        9000018,
        "Karim Benali",
        "karim.benali@example.org",
        gender="M",
        mobile="06 39 98 01 55",
        address=_address("4 bis", "place de l'Église", "01000", "Bourg-en-Bresse"),
        tags=["newsletter"],
        formdatas=_entries(_OLD, (710, "consent_email"), (720, "probable")),
        custom_fields=_entries(_OLD, (811, "Infirmier"), (810, "door")),
    ),
    _person(
        9000019,
        "Solène Guivarc'h",
        "solene.guivarch@example.org",
        gender="F",
        mobile="+33639980119",
        black_list=True,
        notes=[{"id": 73, "content": "Ne plus contacter", "pinned": True}],
        formdatas=[_gone(710, "consent_email"), *_entries(_OLD, (720, "refus"))],
    ),
    # A couple who share one address
    _person(9000020, "Marthe Dubreuil", "famille.dubreuil@example.org", mobile="+33639980120", gender="F"),
    _person(9000021, "Léon Dubreuil", "famille.dubreuil@example.org", mobile="+33639980121", gender="M"),
    # The same person twice
    _person(9000022, "Inès Okafor", "ines.okafor@example.org", custom_fields=_entries(_OLD, (811, "Charpentière"))),
    _person(9000023, "Ines Okafor", "Ines.Okafor@example.org", formdatas=_entries(_OLD, (710, "consent_sms"))),
    _person(
        9000024, "Paul Martin", "PAUL.MARTIN@example.org", phone="0261910024", phone_invalid=True, tags=["adhérent"]
    ),
    _person(9000025, "Paula Martin-Roy", "paul.martin-roy@example.org", mobile="0639980125"),
    _person(
        9000026,
        "Jean-Baptiste d'Orgeval",
        "jb.orgeval@example.org",
        birthdate="1951-12-31T00:00:00.000Z",
        address=_address("1", "chemin du Puits", "07200", "Aubenas", building="B", state="Ardèche"),
        formdatas=_entries(_MARCH, (720, "supporter"), (730, "water")),
        custom_fields=_entries(_MARCH, (812, "0"), (813, "2025-03-02T00:00:00.000Z")),
    ),
    _person(9000027, "", "contact.vide@example.org"),
    _person(9000028, "Nour Haddad", "", mobile="+33 6 39 98 01 28", formdatas=_entries(_MAY, (750, "absent"))),
    _person(9000029, "Céleste Nguyễn", "celeste.nguyen@example.org", external_id="nb-77", tags=["Été", "ete"]),
    _person(9000030, "Twice One", "twice@sandbox.test"),
    _person(9000031, "Twice Two", "twice@sandbox.test"),
)
