"""What staff see in a browser: one file for each family of pages, one template for each page.

`page` is the mechanism: who may, the page and its `.json` twin from one view, actions with their CSRF token. `session`
knows who looks, `signing` how they log in, `shown` writes times, numbers and values. A page does nothing that no
operation does.

Face: none of its files; the application calls install.
"""

from importlib import import_module
from pkgutil import iter_modules

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_compress import Compress

from bridge.pages import linked, session, shown
from bridge.pages.page import csrf, pages

for part in iter_modules(__path__):
    import_module(f"{__name__}.{part.name}")

_CONFIG = {
    "BOOTSTRAP_SERVE_LOCAL": True,
    "WTF_CSRF_CHECK_DEFAULT": False,  # the mechanism asks, for its own forms: tools have no token
    "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
    "WTF_CSRF_SSL_STRICT": False,  # some proxies and browsers take the referrer away; the cookie is SameSite
    "COMPRESS_MIMETYPES": ["text/css", "text/javascript"],  # a page holds a secret of its own: BREACH
    "COMPRESS_ALGORITHM": ["br", "gzip"],
}


def install(app: Flask) -> None:
    app.config.update(_CONFIG)
    session.install(app)
    csrf.init_app(app)
    Bootstrap5(app)
    Compress(app)
    shown.install(app)
    linked.install(app)
    app.register_blueprint(pages)
