"""A floor: the bridge that one writes by hand, in one file. It checks the signature, maps the answers, reads the
contact, merges them, replaces it with the same body that ours sends, and answers.

No store, no finding, no confirming, no report; a crash or a second call at the same time loses what was said.
"""

import base64
import hashlib
import hmac
from typing import Any

import requests
from flask import Flask, abort, request

from bench.process import Idle
from bridge.settings import environment

app = Flask(__name__)
app.extensions["bridge"] = Idle()  # gunicorn.conf.py starts and stops it
_http = requests.Session()
_http.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=16))
_KEY = {"Authorization": f"Bearer {environment().get('QOMON_TOKEN')}"}
_SECRET = environment().get("BENCH_SECRET", "").encode()
_PLAIN = (
    *("firstname", "surname", "married_name", "gender", "birth_dept", "nationality", "age_category"),
    *("mail", "mobile", "phone", "mobile_invalid", "phone_invalid", "user_contact_id"),
)
_RENAMED = {"birthcity": "birth_city", "birthcountry": "birth_country", "birthdept": "birth_dept"}
_PARTS = (
    *("housenumber", "street", "addition", "building", "building_type", "floor", "door", "infos", "postalcode"),
    *("city", "county", "state", "country", "pollingstation"),
)
_HELP = {"Porte-à-porte": (8101, "door"), "Tractage": (8102, "leaflets"), "Marchés": (8105, "market")}
_RIDES = {"Bus": (7351, "bus"), "Vélo": (7355, "velo"), "Voiture": (7353, "voiture")}
_SUPPORT = {"Soutien": (7201, "supporter"), "Indécis": (7203, "undecided"), "Opposé": (7204, "refus")}
_CUSTOM = range(810, 900)
_JOB, _LETTER = 811, (7101, "consent_email")


@app.post("/call")
def call() -> dict[str, object]:
    body = request.get_data()
    signed = base64.b64encode(hmac.digest(_SECRET, body, hashlib.sha256)).decode()
    if not hmac.compare_digest(request.headers.get("Typeform-Signature", ""), f"sha256={signed}"):
        abort(401)
    response = request.get_json()["form_response"]
    said = _answers(response)
    address = f"{environment()['QOMON_URL']}/contacts/{response['hidden']['contact']}"
    read = _http.get(address, headers=_KEY, timeout=10).json()["data"]["contact"]
    answer = _http.patch(
        address, json={"data": {"contact": _body(read, said, response["submitted_at"])}}, headers=_KEY, timeout=10
    )
    answer.raise_for_status()
    return {"status": "delivered", "id": answer.json()["data"]["contact"]["id"]}


def _answers(response: dict[str, Any]) -> dict[str, Any]:
    """By the title of the question."""
    titles = {question["id"]: question["title"] for question in response["definition"]["fields"]}
    return {titles[one["field"]["id"]]: _value(one[one["type"]]) for one in response["answers"]}


def _value(value: Any) -> Any:
    return value.get("labels", value.get("label")) if isinstance(value, dict) else value


def _body(read: dict[str, Any], said: dict[str, Any], at: str) -> dict[str, Any]:
    """The whole contact, with what was said."""
    body = {name: read[name] for name in _PLAIN if read.get(name) not in (None, "")}
    body |= {new: read[old] for old, new in _RENAMED.items() if read.get(old)}
    body.setdefault("firstname", said["Quel est votre prénom ?"])
    body.setdefault("surname", said["Quel est votre nom de famille ?"])
    body["mail"], number = said["Votre adresse e-mail"], said["Votre numéro de mobile"]
    if body.get("mobile", "").replace(" ", "") != f"0{number.removeprefix('+33')}":
        body["mobile"] = number
    body["birthdate"] = f"{said['Votre date de naissance']}T00:00:00.000Z"
    body["address"] = {part: str(read["address"][part]) for part in _PARTS if read["address"].get(part)}
    body["address"].setdefault("city", said["Où habitez-vous ?"])
    body["address"].setdefault("postalcode", said["Votre code postal"])
    body["black_list"] = bool(read.get("black_list"))
    body["tags"] = [{"name": tag["name"] if isinstance(tag, dict) else tag} for tag in read["tags"]]
    body["notes"] = [{**note, "data": note.get("data") or note.get("content")} for note in read.get("notes") or []]
    body["action_ids"] = read.get("actions_ids") or read.get("action_ids") or []
    forms, custom = (
        [_entry(one) for one in read[name] if not one["deleted_at"]] for name in ("formdatas", "customfields")
    )
    custom += [one for one in forms if one["form_id"] in _CUSTOM]  # where a read may put them
    forms = [one for one in forms if one["form_id"] not in _CUSTOM]
    at = at.replace("Z", ".000Z")
    _add(custom, 810, [_HELP[one] for one in said["Comment souhaitez-vous aider ?"]], at)
    _add(forms, 735, [_RIDES[one] for one in said["Comment vous déplacez-vous ?"]], at)
    _put(custom, _JOB, (8111, said["Quel est votre métier ?"]), at)
    _put(forms, 720, _SUPPORT[said["Nous soutenez-vous ?"]], at)
    if said["Voulez-vous recevoir notre lettre ?"] == "Oui":
        _add(forms, 710, [_LETTER], at)
    return {**body, "formdatas": forms, "custom_fields": custom}


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    same = {key: entry[key] for key in ("form_id", "form_ref_id", "data")}
    return {**same, "date": f"{entry['date'].removesuffix('Z')[:23]}Z"}


def _add(entries: list[dict[str, Any]], form: int, chosen: list[tuple[int, str]], at: str) -> None:
    there = {one["form_ref_id"] for one in entries if one["form_id"] == form}
    entries += [_made(form, one, at) for one in chosen if one[0] not in there]


def _put(entries: list[dict[str, Any]], form: int, said: tuple[int, str], at: str) -> None:
    if not any(one["form_id"] == form and one["data"] == said[1] for one in entries):
        entries[:] = [one for one in entries if one["form_id"] != form]
        entries.append(_made(form, said, at))


def _made(form: int, said: tuple[int, str], at: str) -> dict[str, Any]:
    return {"form_id": form, "form_ref_id": said[0], "data": said[1], "date": at}


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
