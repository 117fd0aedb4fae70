"""Lists of snippets, page by page: what is public, and what is the caller's own."""

import re

from flask import abort, request, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response

from snippets import models, search
from snippets.api import shapes
from snippets.api.operations import answer, operation
from snippets.api.showing import summaries
from snippets.models import Snippet
from snippets.pages import newest
from snippets.query import Query
from snippets.site import site


@operation("GET", "/snippets", asks=shapes.ListQuery, gives={200: shapes.Page})
def list_snippets(query: shapes.ListQuery) -> Response:
    """List what is public, or the caller's own, newest first."""
    try:
        found, following = _own(query) if query.owner else _public(query)
    except ValueError:
        abort(404, "There is no such page: take `before` from `next` of the page before it.")
    return page(query, found, following)


def page(query: BaseModel, found: list[models.Snippet], following: str | None) -> Response:
    """Return a page of a list, which links to the one after it."""
    response = answer(shapes.Page(snippets=summaries(found), next=following))
    if following:
        asked = query.model_dump(exclude_none=True) | {"before": following}
        response.headers["Link"] = f'<{url_for(request.endpoint or "", _external=True, **asked)}>; rel="next"'
    return response


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
    if before and not re.fullmatch(r"\d{1,19}", before, re.ASCII):  # int() takes more than it gives
        raise ValueError(before)
    cursor = int(before) if before else None
    if cursor is not None and cursor >= 2**63:
        raise ValueError(before)
    with site().sessions() as session:
        ids = search.matches(session, query, cursor, limit)
        found = search.snippets(session, ids[:limit])
    return found, str(ids[limit - 1]) if len(ids) > limit else None
