"""Forks: a snippet that begins with what another holds, and the list of those that anybody may know of."""

from flask import Blueprint, abort, g, render_template, request

from snippets.access import find
from snippets.editor import editor
from snippets.fork_counts import listed
from snippets.models import Snippet
from snippets.owning import draft_of
from snippets.pages import newest
from snippets.presenters import title_of
from snippets.reading import NAMES, SNIPPET
from snippets.site import site
from snippets.summaries import summaries
from snippets.terms import Terms

forking = Blueprint("forking", __name__)


@forking.get("/<slug:snippet_id>/fork")
def fork(snippet_id: str) -> str:
    """Show the form with what the snippet holds, to be shared as another one.

    Its terms are the site's own, except that what was private is not shown to more people by a fork of it.
    """
    snippet = find(SNIPPET, snippet_id)
    g.may_be_found = False
    draft = draft_of(snippet)
    draft.terms = Terms(visibility="private" if snippet.visibility == "private" else "", tags=snippet.tags)
    return editor(draft, parent=snippet_id)


@forking.get("/<slug:snippet_id>/forks")
def forks(snippet_id: str) -> str:
    """List the public forks of a snippet, newest first."""
    snippet = find(NAMES, snippet_id)
    g.may_be_found = False
    try:
        which = (Snippet.parent_id == snippet_id) & listed()
        page = newest(site().sessions, [which], request.args.get("before", ""))
    except ValueError:
        abort(404)
    rows = summaries(site().sessions, page.snippets)
    return render_template("forks.html", snippet=snippet, title=title_of(snippet), rows=rows, older=page.older)
