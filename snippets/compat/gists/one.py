"""One gist: made, read, changed, deleted, forked."""

from flask import abort, jsonify, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response

from snippets.access import Sealed, find, owns
from snippets.compat.gists.base import api, owner_hashes
from snippets.compat.gists.bodies import SentGist, drafted, edited, read
from snippets.compat.gists.lists import forks_of
from snippets.compat.gists.objects import Json, full
from snippets.compat.gists.versions import history_of
from snippets.creating import share
from snippets.downloading import NAMED
from snippets.drafts import Draft
from snippets.fork_counts import COUNT
from snippets.forks import forked_from, parent_id
from snippets.models import Snippet
from snippets.owning import draft_of, remove
from snippets.reading import SNIPPET
from snippets.saving import change
from snippets.site import site
from snippets.terms import Terms

_READ = NAMED.options(COUNT)


@api.post("/gists")
def create() -> Response:
    """Save a new gist.

    Without a token too, which GitHub has refused since 2018: on this site everybody may share, so no token is missing,
    and a client that sends none would be shut out for nothing. It is given a fresh one, as `X-Token`. Where the
    operator asks for API keys, it gets the 401 that it expects.
    """
    return _shared(drafted(read(request, SentGist)))


@api.get("/gists/<slug:gist_id>")
def show(gist_id: str) -> Response:
    """Give a gist with its text, its newest revisions, and its forks."""
    return _answer(_found(_READ, gist_id))


@api.route("/gists/<slug:gist_id>", methods=["PATCH", "POST"])
def update(gist_id: str) -> Response:
    """Change what is sent, as a new revision; `null` in the place of a file deletes it."""
    snippet = _own(gist_id)
    change(snippet, edited(snippet, read(request, SentGist)), snippet.revision)
    return show(gist_id)


@api.delete("/gists/<slug:gist_id>")
def delete(gist_id: str) -> tuple[str, int]:
    """Delete a gist with its history; two at once are one."""
    remove(_own(gist_id))
    return "", 204


@api.post("/gists/<slug:gist_id>/forks")
def fork(gist_id: str) -> Response:
    """Save the same files as another gist, of the caller's: as public as this one is, otherwise on the site's terms."""
    snippet = find(SNIPPET, gist_id)
    draft = draft_of(snippet)
    draft.terms = Terms(visibility=snippet.visibility, tags=snippet.tags)
    return _shared(draft, gist_id)


def _shared(draft: Draft, parent: str = "") -> Response:
    owner_hash, fresh = site().owners.for_program(request)
    snippet = share(draft, owner_hash, parent_id(parent))
    response = _answer(_found(_READ, snippet.id))
    response.status_code = 201
    response.location = url_for(".show", gist_id=snippet.id, _external=True)
    if fresh:
        response.headers["X-Token"] = fresh
        response.cache_control.no_store = True
    return response


def _answer(snippet: Snippet) -> Response:
    forks = forks_of(snippet) if snippet.fork_count else []
    return jsonify(full(snippet, history=history_of(snippet), forks=forks, **_origin(snippet)))


def _origin(snippet: Snippet) -> Json:
    """Return what it is a fork of, as far as the caller may know of that."""
    origin = forked_from(snippet)
    if origin is None or origin.id is None:
        return {}
    page = url_for("reading.show", snippet_id=origin.id, _external=True)
    where = url_for(".show", gist_id=origin.id, _external=True)
    return {"fork_of": {"id": origin.id, "url": where, "html_url": page, "description": origin.title}}


def _found(query: Select[Snippet], gist_id: str) -> Snippet:
    """Return what access.find does; a snippet that is to be read once is read again and again by its owner alone."""
    snippet = find(query, gist_id, unseal=True)
    if snippet.burn and not owns(snippet):
        raise Sealed(snippet)
    return snippet


def _own(gist_id: str) -> Snippet:
    """Return a snippet of the caller's; answers 401 without a token, and 404, as GitHub does, with another's."""
    owner_hashes()
    snippet = _found(SNIPPET, gist_id)
    if not owns(snippet):
        abort(404)
    return snippet
