"""`make screenshots`: the pages, filled by a sandbox, into docs/img: in both languages, wide and as on a phone."""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.support.accessible import visiting
from tests.support.browser import CHROMIUM, ROOT, site
from tests.support.places import Places

PAGES = ("overview", "todo", "inbox", "submission", "webhooks", "connect", "reception", "mapping", "live", "settings")
SIZES = {"wide": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}


def main() -> None:
    if CHROMIUM is None:
        raise SystemExit("Chromium is missing: bin/install-browser")
    folder = ROOT / "docs" / "img"
    folder.mkdir(exist_ok=True)
    with TemporaryDirectory() as store, site(Path(store)) as running, sync_playwright() as playwright:
        paths = Places(running).paths
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for language in ("en", "fr"):
            for size, viewport in SIZES.items():
                context = visiting(chromium, running, "admin", language, "light", viewport=viewport)
                page = context.new_page()
                for name in PAGES:
                    page.goto(paths[name])
                    page.screenshot(path=folder / f"{name}-{language}-{size}.png")
                context.close()
        chromium.close()


if __name__ == "__main__":
    main()
