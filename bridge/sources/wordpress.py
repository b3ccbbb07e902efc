"""What WordPress, its form plug-ins and captchas put among the answers of a form. Nobody typed it, and some of it is a
token."""

import re
from collections.abc import Mapping

from bridge.words import Json

_PLUMBING = re.compile(
    r"_wpnonce|_wp_http_referer|nonce_field|forminator_nonce|_wpcf7\w*|__fluent_form_embded_post_id"
    r"|_fluentform_\d+_fluentformnonce|g-recaptcha-response|h-captcha-response|cf-turnstile-response"
)


def typed_in(form: Mapping[str, Json]) -> dict[str, Json]:
    """The form without them."""
    return {name: value for name, value in form.items() if not _PLUMBING.fullmatch(name)}
