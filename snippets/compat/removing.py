"""The address that deletes a snippet for whoever was given it: it asks a reader, and does it at a POST only."""

import hmac

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from snippets.access import Locked, find, miss, refuse_guesses
from snippets.asking import wants_html
from snippets.compat.programs import removal_key
from snippets.models import Snippet
from snippets.owning import remove
from snippets.reading import NAMES

removing = Blueprint("removing", __name__)


@removing.get("/remove/<slug:snippet_id>")
def ask(snippet_id: str) -> str:
    """Ask once more before deleting: who only looks at an address, as link previews do, deletes nothing."""
    return render_template("delete.html", snippet=_removable(snippet_id))


@removing.post("/remove/<slug:snippet_id>")
def confirmed(snippet_id: str) -> Response:
    """Delete the snippet with its history."""
    remove(_removable(snippet_id))
    return redirect(url_for("pasting.new"), 303) if wants_html() else Response("Deleted.\n", mimetype="text/plain")


def _removable(snippet_id: str) -> Snippet:
    # The key is in the query, which no log of ours holds.
    refuse_guesses()
    if not hmac.compare_digest(request.args.get("key", "").encode(), removal_key(snippet_id).encode()):
        miss()
    try:
        return find(NAMES, snippet_id, unseal=True)
    except Locked as locked:  # who may delete need not be able to read
        return locked.snippet
    finally:
        g.is_closed = True
