"""Where a snippet was forked from, and what was forked from it: as much of that as its reader may know."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlalchemy.orm import aliased, selectinload, with_expression
from werkzeug.exceptions import HTTPException

from snippets.access import find, owns
from snippets.models import File, Listing, Snippet, UTCDateTime, now
from snippets.presenters import title_of
from snippets.site import site

COUNTED = 100  # forks, listed or not, that a page looks at to count those to list

_ID = re.compile(r"[A-Za-z0-9_-]{11}", re.ASCII)
_BARE = select(Snippet).where(Snippet.id == bindparam("snippet_id"))
_NAMED = _BARE.options(selectinload(Snippet.files).load_only(File.name))


@dataclass(frozen=True, slots=True)
class Origin:
    """The snippet that another was forked from; nothing of one that its reader may not know of."""

    id: str | None = None
    title: str = ""


def listed(snippet: Any = Snippet) -> ColumnElement[bool]:
    """Say which snippets (of the table, or an alias of it) anybody may be told of: those that lists show by now."""
    at = bindparam(None, callable_=now, type_=UTCDateTime())  # the time of each execution: queries are built once
    shown = select(Listing.id).where(Listing.snippet_id == snippet.id, Listing.listed_at <= at)
    return and_(shown.correlate(snippet).exists(), snippet.is_readable)


def _count() -> ColumnElement[int]:
    every = aliased(Snippet)
    some = select(every).where(every.parent_id == Snippet.id).limit(COUNTED).correlate(Snippet).subquery()
    return select(func.count()).select_from(some).where(listed(aliased(Snippet, some))).scalar_subquery()


COUNT = with_expression(Snippet.fork_count, _count())  # an option of a query: it costs no round trip of its own


def forked_from(snippet: Snippet) -> Origin | None:
    """Return the snippet's origin, named where anybody may know of it, or its owner asks; None: it is no fork."""
    if snippet.parent_id is None:
        return None
    with site().sessions() as session:
        parent = session.scalars(_NAMED, {"snippet_id": snippet.parent_id}).one_or_none()
    if parent is None or not parent.is_readable or parent.taken_down_at:
        return Origin()
    if (parent.visibility == "public" and not parent.is_closed) or owns(parent):
        return Origin(parent.id, title_of(parent))
    return Origin()


def parent_id(given: str) -> Any:
    """Return what to store as a fork's parent: None unless the request may read it. No fork is refused for that.

    An expression, which finds nothing where the parent is deleted at this very moment.
    """
    if not _ID.fullmatch(given):
        return None
    try:
        find(_BARE, given)
    except HTTPException:
        return None
    return select(Snippet.id).where(Snippet.id == given).with_for_update(read=True, key_share=True).scalar_subquery()
