"""The form in which a snippet is written, for the first time or again."""

from typing import Any

from flask import render_template

from snippets.drafts import Draft
from snippets.expiry import allowed
from snippets.human import size
from snippets.language_choice import options
from snippets.models import VISIBILITIES
from snippets.refused import Refused
from snippets.site import site
from snippets.terms import ON_A_DATE


def editor(draft: Draft, refusal: Refused | None = None, **what: Any) -> str:
    """Return the page with what was typed so far, and why it was not taken.

    `what`: the `snippet` that is edited, or the id of the `parent` of a fork.
    """
    settings = site().settings
    expiries = {name: text for name, (text, _) in allowed(settings.expiry_max).items()}
    return render_template(
        "new.html",
        form=draft,
        error=refusal,
        snippet=what.get("snippet"),
        parent=what.get("parent"),
        expiries=expiries | {ON_A_DATE: "on a day"},
        expiry_default=settings.expiry_default,
        visibilities=VISIBILITIES,
        language_options=options(),
        max_bytes=settings.max_snippet_bytes,
        max_size=size(settings.max_snippet_bytes),
        max_files=settings.max_files,
    )
