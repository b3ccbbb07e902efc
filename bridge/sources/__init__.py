"""The tools that the bridge reads: one file per tool, and the table that lists them.

A new tool is payloads, a schema, a file here and a line in SOURCES: docs/add-a-source.md. `split` and `read` are pure,
and raise nothing but Unreadable.
"""

from collections.abc import Mapping

from bridge.model import Json, Record, Submission, Value
from bridge.sources import (
    action_network,
    airtable,
    baserow,
    brevo,
    calcom,
    calendly,
    cognito_forms,
    contact_form_7,
    donorbox,
    drupal_webform,
    elementor,
    eventbrite,
    fillout,
    fluent_forms,
    form,
    formbricks,
    forminator,
    formstack,
    framer,
    google_forms,
    gravity_forms,
    helloasso,
    heyform,
    hubspot,
    iraiser,
    jotform,
    kobotoolbox,
    luma,
    mailchimp,
    make,
    mautic,
    meta_lead_ads,
    n8n,
    nationbuilder,
    netlify,
    ninja_forms,
    odoo,
    paperform,
    pipedrive,
    power_automate,
    raisely,
    salesforce,
    squarespace,
    stripe,
    surveymonkey,
    tally,
    typeform,
    webflow,
    wpforms,
    wufoo,
    zapier,
)
from bridge.sources.kit import plain_json
from bridge.sources.kit.source import Source, hiding
from bridge.sources.kit.submission import identities
from schemas import normal

__all__ = ["SOURCES", "Source", "identities", "shown"]

SOURCES: Mapping[str, Source] = {
    tool.SOURCE.name: hiding(tool.SOURCE)
    for tool in (
        action_network,
        airtable,
        baserow,
        brevo,
        calcom,
        calendly,
        cognito_forms,
        contact_form_7,
        donorbox,
        drupal_webform,
        elementor,
        eventbrite,
        fillout,
        fluent_forms,
        form,
        formbricks,
        forminator,
        formstack,
        framer,
        google_forms,
        gravity_forms,
        helloasso,
        heyform,
        hubspot,
        iraiser,
        jotform,
        kobotoolbox,
        luma,
        mailchimp,
        make,
        mautic,
        meta_lead_ads,
        n8n,
        nationbuilder,
        netlify,
        ninja_forms,
        odoo,
        paperform,
        pipedrive,
        plain_json,
        power_automate,
        raisely,
        salesforce,
        squarespace,
        stripe,
        surveymonkey,
        tally,
        typeform,
        webflow,
        wpforms,
        wufoo,
        zapier,
    )
}


def shown(record: Record, submission: Submission, region: str) -> dict[str, Json]:
    """One element of what `flask read` prints (design 10)."""
    at = submission.submitted_at
    return {
        "key": record.key,
        "submitted_at": None if at is None else normal.to_ms(at),
        "kind": submission.kind,
        "identities": {**identities(submission.answers, region)},
        "answers": [
            {"key": answer.key, "label": answer.label, "type": answer.type, "value": _plain(answer.value)}
            for answer in submission.answers
        ],
    }


def _plain(value: Value) -> Json:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
