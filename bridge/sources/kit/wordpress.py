"""What WordPress, its form plug-ins and captchas put among the answers of a form. Nobody typed it, and some of it is a
token, so it is taken out before anything is stored."""

import re
from collections.abc import Callable
from dataclasses import replace

from bridge.model import Delivery, Record

_PLUMBING = re.compile(
    r"_wpnonce|_wp_http_referer|nonce_field|(\w+[_-])?nonce|_wpcf7\w*|__fluent_form_embded_post_id"
    r"|_fluentform_\d+_fluentformnonce|g-recaptcha-response|h-captcha-response|cf-turnstile-response|altcha"
    r"|frc-captcha-(solution|response)|ak_(js|hp_textarea|b[a-z]{1,4})"
)

Split = Callable[[Delivery], list[Record]]


def typed_in(split: Split) -> Split:
    """The same records with what was typed into the form alone."""

    def cut(delivery: Delivery) -> list[Record]:
        return [_cut(record) for record in split(delivery)]

    return cut


def _cut(record: Record) -> Record:
    if not isinstance(record.body, dict):
        return record
    return replace(record, body={name: value for name, value in record.body.items() if not _PLUMBING.fullmatch(name)})
