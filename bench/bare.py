"""A floor: what Flask and SQLite need to answer a call after one row is on the disk."""

import sqlite3
import threading

from flask import Flask, request

from bench.process import Idle
from bridge.settings import environment

app = Flask(__name__)
app.extensions["bridge"] = Idle()  # gunicorn.conf.py starts and stops it
_here = threading.local()
_turn = threading.Lock()
"""Writers queue here, as in the bridge: in SQLite they would poll, and one in a hundred would wait 100 ms."""


def _connection() -> sqlite3.Connection:
    if not hasattr(_here, "connection"):
        _here.connection = sqlite3.connect(environment()["BARE_STORE"], isolation_level=None, timeout=5)
        _here.connection.execute("PRAGMA journal_mode = WAL")
        _here.connection.execute("PRAGMA synchronous = FULL")
        _here.connection.execute("CREATE TABLE IF NOT EXISTS call (id INTEGER PRIMARY KEY, body BLOB)")
    connection: sqlite3.Connection = _here.connection
    return connection


@app.post("/call")
def call() -> dict[str, object]:
    connection = _connection()
    body = request.get_data()
    with _turn:
        connection.execute("BEGIN IMMEDIATE")
        row = connection.execute("INSERT INTO call (body) VALUES (?) RETURNING id", (body,)).fetchone()
        connection.execute("COMMIT")
    return {"id": row[0]}


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
