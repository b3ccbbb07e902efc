"""The overview: is everything getting through, and must somebody do something?"""

from typing import Any

from bridge.pages.page import page
from schemas.outputs.overview import OverviewPage


@page("/", "overview.html", OverviewPage)
def overview() -> dict[str, Any]:
    return {}
