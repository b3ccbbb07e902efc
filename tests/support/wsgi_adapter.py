"""A WSGI app mounted in requests, no socket: the real client against the real sandbox."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from werkzeug.test import Client

from bridge.qomon.sandbox.faults import DRIBBLE


class Mounted(BaseAdapter):
    def __init__(self, app: Any) -> None:
        super().__init__()
        self._client, self._app = Client(app), app

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        headers = dict(request.headers)
        answer = self._client.open(request.path_url, method=request.method, headers=headers, data=request.body)
        late = answer.headers.pop(DRIBBLE, None)
        if late is not None:
            self._app.extensions["sandbox"].sleep(float(late) / 1000)
        body = BytesIO(answer.get_data())
        raw = HTTPResponse(body, HTTPHeaderDict(answer.headers.items()), answer.status_code, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is open."""


def mounted(app: Callable[..., Any], url: str = "https://qomon.example.org") -> requests.Session:
    session = requests.Session()
    session.mount(url, Mounted(app))
    return session
