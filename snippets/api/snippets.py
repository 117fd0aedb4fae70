"""Snippets: to share, read, change, delete and fork them."""

from flask import abort, request
from werkzeug.exceptions import Gone, HTTPException
from werkzeug.wrappers import Response

from snippets import models
from snippets.access import find, owns
from snippets.api import shapes
from snippets.api.idempotency import share_once
from snippets.api.operations import TEXT, answer, as_problem, operation, read_body
from snippets.api.showing import shown
from snippets.api.taking import changed_draft, new_draft
from snippets.forks import parent_id
from snippets.gone import Reason, bury, sentence
from snippets.models import Snippet
from snippets.owning import remove
from snippets.problems import of_error, of_refusal
from snippets.reading import CODES, SNIPPET, as_text
from snippets.refused import Refused
from snippets.saving import change, overtaken
from snippets.site import site
from snippets.terms import Terms


@operation("POST", "/snippets", takes=shapes.Create, gives={201: shapes.Created})
def create(body: shapes.Create) -> Response:
    """Share a snippet. An Idempotency-Key makes a second try find the snippet of the first."""
    return _created(*share_once(new_draft(body)))


def create_at_the_door() -> Response:
    """Answer a POST of JSON to where people paste, as the API does."""
    try:
        return create(read_body(shapes.Create))
    except Refused as refusal:
        return as_problem(of_refusal(refusal))
    except HTTPException as error:
        return as_problem(of_error(error))


@operation("GET", "/snippets/{id}", gives={200: shapes.Snippet})
def read(snippet_id: str) -> Response:
    """Read a snippet; its password, if it has one, is given as X-Password."""
    response = answer(shown(find(SNIPPET, snippet_id)))
    response.cache_control.no_cache = True
    response.add_etag()
    return response.make_conditional(request)


@operation("PATCH", "/snippets/{id}", takes=shapes.Change, gives={200: shapes.Snippet})
def update(snippet_id: str, body: shapes.Change) -> Response:
    """Change a snippet; other files are its next revision."""
    snippet = _own_one(snippet_id)
    revision = snippet.revision if body.revision is None else body.revision
    change(snippet, changed_draft(snippet, body), revision)
    return answer(shown(find(SNIPPET, snippet_id, unseal=True)))


@operation("DELETE", "/snippets/{id}", gives={204: None})
def delete(snippet_id: str) -> Response:
    """Delete a snippet with its history."""
    remove(_own_one(snippet_id))
    return Response(status=204)


@operation("POST", "/snippets/{id}/fork", takes=shapes.Change, gives={201: shapes.Created})
def fork(snippet_id: str, body: shapes.Change) -> Response:
    """Share what a snippet holds as another one, but for what the body names."""
    origin = find(SNIPPET, snippet_id)
    if body.revision is not None and body.revision != origin.revision:
        raise overtaken(origin, body.revision)
    draft = changed_draft(origin, body)
    draft.terms = Terms(
        expires=draft.terms.expires,
        expires_on=draft.terms.expires_on,
        visibility=body.visibility or ("private" if origin.visibility == "private" else ""),
        burn=body.burn,
        password=body.password or "",
        tags=draft.terms.tags,
    )
    return _created(*share_once(draft, parent_id(snippet_id)))


@operation("POST", "/snippets/{id}/open", gives={200: shapes.Snippet})
def open_once(snippet_id: str) -> Response:
    """Read a snippet that can be read once, which deletes it: of two readers at once one gets it, the other 410."""
    snippet = find(SNIPPET, snippet_id, unseal=True)
    told = answer(shown(snippet))
    if snippet.burn:
        with site().sessions.begin() as session:
            here = Snippet.burn.is_(True), Snippet.revision == snippet.revision
            if not bury(session, snippet_id, Reason.BURNT, *here):
                raise Gone(sentence(Reason.BURNT))
    return told


@operation("GET", "/snippets/{id}/raw", gives={200: TEXT})
def raw(snippet_id: str) -> Response:
    """Read the text of all files, one after the other, each beginning on a line of its own."""
    return as_text(find(CODES, snippet_id))


def _created(snippet_id: str, token: str | None) -> Response:
    with site().sessions() as session:
        snippet = session.scalars(SNIPPET, {"snippet_id": snippet_id}).unique().one_or_none()
    if snippet is None:  # deleted since, by whoever sent this twice
        raise Gone(sentence(Reason.DELETED))
    told = shapes.Created(**dict(shown(snippet)), token=token)
    if token:
        told.is_owner = True
    response = answer(told, 201, Location=told.api_url)
    if token:
        response.headers["X-Token"] = token
    if snippet.expires_at:
        response.headers["X-Expires"] = snippet.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    response.cache_control.no_store = True
    return response


def _own_one(snippet_id: str) -> models.Snippet:
    snippet = find(SNIPPET, snippet_id, unseal=True)
    if not owns(snippet):
        abort(403, "Only who shared this snippet can change it: present its secret as Authorization: Bearer.")
    return snippet
