"""What only the owner of a snippet does: edit it, change its terms, delete it."""

import logging

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from snippets.access import find, owns
from snippets.audit import Action, record
from snippets.closing import told_nothing
from snippets.drafts import Draft, DraftFile
from snippets.editor import editor
from snippets.forms import Form
from snippets.gone import Reason, bury
from snippets.keys import administrator
from snippets.languages import LANGUAGES
from snippets.models import Snippet
from snippets.reading import SNIPPET
from snippets.refused import Refused
from snippets.saving import change
from snippets.site import site
from snippets.terms import Terms

log = logging.getLogger(__name__)
owning = Blueprint("owning", __name__)


@owning.get("/<slug:snippet_id>/edit")
def edit(snippet_id: str) -> str:
    """Show the form with what the snippet holds."""
    snippet = _own(snippet_id)
    return editor(draft_of(snippet), snippet=snippet)


@owning.post("/<slug:snippet_id>/edit")
def save(snippet_id: str) -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Save other terms, and other files as a new revision; of two editors at once the second is asked first."""
    with told_nothing():
        snippet = _own(snippet_id)
    form = Form(request)
    if form.add or form.remove:
        return editor(form.edited(), form.draft.refusal, snippet=snippet), 200
    try:
        change(snippet, form.draft, form.revision)
    except Refused as refusal:
        return editor(form.draft, refusal, snippet=snippet), refusal.status, refusal.headers
    return redirect(url_for("reading.show", snippet_id=snippet_id), 303)


def draft_of(snippet: Snippet) -> Draft:
    """Return the files of a snippet, and its terms, as they would be typed."""
    languages = (LANGUAGES.get(file.language) for file in snippet.files)
    files = [
        DraftFile(file.code, file.name or "", language.name if language else "")
        for file, language in zip(snippet.files, languages, strict=True)
    ]
    terms = Terms(visibility=snippet.visibility, burn=snippet.burn, tags=snippet.tags)
    return Draft(files, snippet.title or "", terms)


@owning.get("/<slug:snippet_id>/delete")
def ask(snippet_id: str) -> str:
    """Ask once more before deleting."""
    return render_template("delete.html", snippet=_own(snippet_id))


@owning.post("/<slug:snippet_id>/delete")
def delete(snippet_id: str) -> Response:
    """Delete the snippet with its history."""
    remove(_own(snippet_id))
    return redirect(url_for("pasting.new"), 303)


def remove(snippet: Snippet) -> None:
    """Delete a snippet for who may, which the caller has made sure of; two at once are one."""
    with site().sessions.begin() as session:
        if bury(session, snippet.id, Reason.DELETED) and (by := administrator(snippet.owner_hash)):
            record(session, by, Action.DELETE, snippet.id)
    log.info("deleted %s", snippet.id)


def _own(snippet_id: str) -> Snippet:
    snippet = find(SNIPPET, snippet_id, unseal=True)
    if not owns(snippet):
        abort(403, "Only who shared this snippet, from the browser that shared it, can change it.")
    return snippet
