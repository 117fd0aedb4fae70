"""Opening what does not open by itself: a snippet with a password, and one that can be read once only."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import Gone
from werkzeug.wrappers import Response

from snippets.access import Locked, find, try_password
from snippets.asking import wants_html
from snippets.gone import Reason, bury, sentence
from snippets.models import Snippet
from snippets.presenters import present
from snippets.reading import SNIPPET, as_text
from snippets.site import site

opening = Blueprint("opening", __name__)


@opening.post("/<slug:snippet_id>/open")
def reveal(snippet_id: str) -> Response:
    """Show a snippet that can be read once, and delete it: of two readers at once one sees it, the other gets 410."""
    snippet = find(SNIPPET, snippet_id, unseal=True)
    if not snippet.burn:
        return redirect(url_for("reading.show", snippet_id=snippet_id), 303)
    with site().sessions.begin() as session:
        # What was read must be what is deleted: its owner may have edited it in between.
        is_ours = bury(session, snippet_id, Reason.BURNT, Snippet.burn.is_(True), Snippet.revision == snippet.revision)
    if not is_ours:
        raise Gone(sentence(Reason.BURNT))
    if wants_html():
        page = render_template("snippet.html", is_owner=False, **present(snippet, site().redis, burnt=True))
        return make_response(page)
    return as_text(snippet)


@opening.post("/<slug:snippet_id>/unlock")
def unlock(snippet_id: str) -> Response:
    """Take the password of a snippet; the right one opens it to this browser for a day."""
    address = url_for("reading.show", snippet_id=snippet_id)
    try:
        find(SNIPPET, snippet_id, unseal=True)
    except Locked as locked:
        snippet = locked.snippet
    else:
        return redirect(address, 303)
    if not try_password(snippet, request.form.get("password", "")):
        return make_response(render_template("locked.html", snippet=snippet, error="That is not the password."), 403)
    response = redirect(address, 303)
    site().unlocks.give(response, snippet, path=address, secure=request.is_secure)
    return response
