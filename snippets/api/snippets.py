"""Snippets: to share, list, read, change, delete and fork them."""

import logging

from flask import abort, request, url_for
from werkzeug.exceptions import Gone
from werkzeug.wrappers import Response

from snippets import models, search
from snippets.access import find, owns
from snippets.api import shapes
from snippets.api.idempotency import share_once
from snippets.api.operations import TEXT, answer, operation
from snippets.api.showing import shown, summaries
from snippets.api.taking import changed_draft, new_draft
from snippets.forks import parent_id
from snippets.gone import Reason, bury, sentence
from snippets.models import Snippet
from snippets.pages import newest
from snippets.query import Query
from snippets.reading import CODES, SNIPPET, as_text
from snippets.saving import change
from snippets.site import site
from snippets.terms import Terms

log = logging.getLogger(__name__)


@operation("POST", "/snippets", takes=shapes.Create, gives={201: shapes.Created})
def create(body: shapes.Create) -> Response:
    """Share a snippet. An Idempotency-Key makes a second try find the snippet of the first."""
    return _created(*share_once(new_draft(body)))


@operation("GET", "/snippets", asks=shapes.ListQuery, gives={200: shapes.Page})
def list_snippets(query: shapes.ListQuery) -> Response:
    """List what is public, or the caller's own, newest first."""
    try:
        found, following = _own(query) if query.owner else _public(query)
    except ValueError:
        abort(404, "There is no such page: take `before` from `next` of the page before it.")
    response = answer(shapes.Page(snippets=summaries(found), next=following))
    if following:
        place = url_for(
            "api.get_list_snippets", _external=True, **query.model_dump(exclude_none=True) | {"before": following}
        )
        response.headers["Link"] = f'<{place}>; rel="next"'
    return response


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
    _own_one(snippet_id)
    with site().sessions.begin() as session:
        bury(session, snippet_id, Reason.DELETED)
    log.info("deleted %s", snippet_id)
    return Response(status=204)


@operation("POST", "/snippets/{id}/fork", takes=shapes.Change, gives={201: shapes.Created})
def fork(snippet_id: str, body: shapes.Change) -> Response:
    """Share what a snippet holds as another one, but for what the body names."""
    origin = find(SNIPPET, snippet_id)
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


def _own(query: shapes.ListQuery) -> tuple[list[models.Snippet], str | None]:
    hashes = site().owners.hashes(request)
    if not hashes:
        abort(401, "Present the secret with which the snippets were shared, as Authorization: Bearer.")
    page = newest(site().sessions, [Snippet.owner_hash == each for each in hashes], query.before, query.limit)
    return list(page.snippets), page.older


def _public(query: shapes.ListQuery) -> tuple[list[models.Snippet], str | None]:
    return listed(Query(), query.before, query.limit)


def listed(query: Query, before: str, limit: int = search.SIZE) -> tuple[list[models.Snippet], str | None]:
    """Return a page of what a query finds among the public snippets. Raises TookTooLong, ValueError for no cursor."""
    cursor = int(before) if before else None
    if cursor is not None and not 0 <= cursor < 2**63:
        raise ValueError(before)
    with site().sessions() as session:
        ids = search.matches(session, query, cursor, limit)
        found = search.snippets(session, ids[:limit])
    return found, str(ids[limit - 1]) if len(ids) > limit else None
