"""Lists of snippets, newest first, by keyset: a page costs the same wherever it is, and none is shown twice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, literal, select, tuple_, union_all

from snippets.database import Sessions
from snippets.models import Snippet, UTCDateTime

SIZE = 20  # snippets on a page

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"(\d{1,17})\.([A-Za-z0-9_-]{11})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """Some snippets without their files, and the cursor of the page after them; None: these are the last."""

    snippets: Sequence[Snippet]
    older: str | None


def newest(sessions: Sessions, groups: Sequence[ColumnElement[bool]], before: str = "", size: int = SIZE) -> Page:
    """Return up to `size` readable snippets of any of the groups, older than the cursor `before`; "": the newest.

    Each group is read from its index in order and for no more than a page. Raises ValueError for no cursor of ours.
    """
    where = [Snippet.is_readable, *older_than(before, Snippet.created_at)]
    newest_first = Snippet.created_at.desc(), Snippet.id.desc()
    parts = [
        select(Snippet.id).where(group, *where).order_by(*newest_first).limit(size + 1).subquery() for group in groups
    ]
    if not parts:
        return Page([], None)
    ids = union_all(*(select(part.c.id) for part in parts)).subquery()
    query = select(Snippet).join(ids, Snippet.id == ids.c.id).order_by(*newest_first).limit(size + 1)
    with sessions() as session:
        found = session.scalars(query).all()
    return Page(found[:size], cursor(found[size - 1]) if len(found) > size else None)


def cursor(last: Snippet) -> str:
    """Return the cursor of what is older than a snippet."""
    return cursor_at(last.created_at, last.id)


def cursor_at(at: datetime, snippet_id: str) -> str:
    """Return the cursor of what comes after a snippet in a list that goes by another moment of theirs."""
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}.{snippet_id}"


def older_than(cursor: str, moment: Any) -> list[ColumnElement[bool]]:
    """Say what comes after a cursor, newest first by the column `moment`; "": everything. Raises ValueError."""
    if not cursor:
        return []
    if not (found := _CURSOR.fullmatch(cursor)):
        raise ValueError(f"no cursor: {cursor[:60]!r}")
    at = literal(_EPOCH + timedelta(microseconds=int(found[1])), UTCDateTime())
    return [tuple_(moment, Snippet.id) < tuple_(at, literal(found[2]))]
