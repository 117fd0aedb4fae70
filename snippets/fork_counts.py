"""How many forks of a snippet anybody may be told of."""

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlalchemy.orm import aliased, with_expression

from snippets.models import Listing, Snippet, UTCDateTime, now

COUNTED = 100  # forks, listed or not, that a page looks at to count those to list


def listed(snippet: Any = Snippet) -> ColumnElement[bool]:
    """Say which snippets (of the table, or an alias of it) anybody may be told of: those that lists show by now."""
    at = bindparam(None, callable_=now, type_=UTCDateTime())  # the time of each execution: queries are built once
    shown = select(Listing.id).where(Listing.snippet_id == snippet.id, Listing.listed_at <= at)
    return and_(shown.correlate(snippet).exists(), snippet.is_readable)


def fork_count() -> ColumnElement[int]:
    """Say how many forks of a snippet anybody may be told of, up to COUNTED."""
    every = aliased(Snippet)
    some = select(every).where(every.parent_id == Snippet.id).limit(COUNTED).correlate(Snippet).subquery()
    return select(func.count()).select_from(some).where(listed(aliased(Snippet, some))).scalar_subquery()


COUNT = with_expression(Snippet.fork_count, fork_count())  # an option of a query: it costs no round trip of its own
