"""A floor: the bridge that one writes by hand. It reads the contact, sets two fields, replaces it, and answers.

No store, no finding, no confirming, no report; a crash or a second call at the same time loses what was said.
"""

from typing import Any

import requests
from flask import Flask, request

from bench.process import Idle
from bridge.settings import environment

app = Flask(__name__)
app.extensions["bridge"] = Idle()  # gunicorn.conf.py starts and stops it
_http = requests.Session()
_http.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=16))
_KEY = {"Authorization": f"Bearer {environment().get('QOMON_TOKEN')}"}
_PLAIN = ("firstname", "surname", "married_name", "gender", "mail", "phone", "mobile", "nationality", "black_list")
_ENTRY = ("form_id", "form_ref_id", "data")
_JOB = 811


@app.post("/call")
def call() -> dict[str, object]:
    said = request.get_json()
    address = f"{environment()['QOMON_URL']}/contacts/{said['id']}"
    read = _http.get(address, headers=_KEY, timeout=10).json()["data"]["contact"]
    answer = _http.patch(address, json={"data": {"contact": _body(read, said)}}, headers=_KEY, timeout=10)
    answer.raise_for_status()
    return {"status": "delivered", "id": answer.json()["data"]["contact"]["id"]}


def _body(read: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    body = {name: read[name] for name in _PLAIN if read.get(name)}
    body["birthdate"] = read["birthdate"].replace("Z", ".000Z") if read.get("birthdate") else None
    body["tags"] = [{"name": tag["name"]} for tag in read["tags"]]
    body["address"] = {part: str(value) for part, value in read["address"].items() if part in ("city", "street")}
    body["formdatas"] = [_entry(entry) for entry in read["formdatas"] if not entry["deleted_at"]]
    custom = [_entry(entry) for entry in read["customfields"] if not entry["deleted_at"] and entry["form_id"] != _JOB]
    job = {"form_id": _JOB, "form_ref_id": _JOB * 10 + 1, "data": said["metier"]}
    return {**body, "firstname": said["prenom"], "custom_fields": [*custom, job]}


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    return {**{key: entry[key] for key in _ENTRY}, "date": f"{entry['date'][:23].removesuffix('Z')}Z"}


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
