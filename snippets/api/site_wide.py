"""What is not about one snippet: the search, the languages, the limits."""

from flask import abort, request
from werkzeug.wrappers import Response

from snippets.api import shapes
from snippets.api.lists import listed, page
from snippets.api.operations import answer, operation
from snippets.drafts import MAX_NAME, MAX_TITLE
from snippets.expiry import allowed
from snippets.finding import TOO_SLOW
from snippets.languages import LANGUAGES
from snippets.query import parse
from snippets.refused import Refused
from snippets.site import site
from snippets.terms import MAX_TAGS
from snippets.time_limits import TookTooLong


@operation("GET", "/search", asks=shapes.SearchQuery, gives={200: shapes.Page})
def search(query: shapes.SearchQuery) -> Response:
    """Search what is public, as the search box does."""
    try:
        found, following = listed(parse(query.q), query.before, query.limit)
    except ValueError:
        abort(404, "There is no such page: take `before` from `next` of the page before it.")
    except TookTooLong as error:
        raise Refused(TOO_SLOW, "q", status=503) from error
    return page(query, found, following)


@operation("GET", "/languages", gives={200: shapes.Languages})
def languages() -> Response:
    """List every language."""
    every = [
        shapes.Language(alias=each.alias, name=each.name, aliases=list(each.aliases), patterns=list(each.patterns))
        for each in LANGUAGES.values()
    ]
    response = answer(shapes.Languages(languages=every))
    response.cache_control.max_age = 3600
    response.add_etag()
    return response.make_conditional(request)


@operation("GET", "/limits", gives={200: shapes.Limits})
def limits() -> Response:
    """Say what this site takes."""
    settings = site().settings
    return answer(
        shapes.Limits(
            max_bytes=settings.max_snippet_bytes,
            max_files=settings.max_files,
            max_title=MAX_TITLE,
            max_name=MAX_NAME,
            max_tags=MAX_TAGS,
            expiries=list(allowed(settings.expiry_max)),
            expiry_default=settings.expiry_default,
            expiry_max=settings.expiry_max,
            create_limit=settings.create_limit,
            requires_key=settings.require_api_key,
        )
    )
