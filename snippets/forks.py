"""Where a snippet was forked from: as much of that as its reader may know."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import selectinload
from werkzeug.exceptions import HTTPException

from snippets.access import find, owns
from snippets.models import File, Snippet
from snippets.presenters import title_of
from snippets.site import site

_ID = re.compile(r"[A-Za-z0-9_-]{11}", re.ASCII)
_BARE = select(Snippet).where(Snippet.id == bindparam("snippet_id"))
_NAMED = _BARE.options(selectinload(Snippet.files).load_only(File.name))


@dataclass(frozen=True, slots=True)
class Origin:
    """The snippet that another was forked from; nothing of one that its reader may not know of."""

    id: str | None = None
    title: str = ""


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
