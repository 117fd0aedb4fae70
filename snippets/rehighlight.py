"""Which files have colours that might be better, in batches that can be taken up again after any file."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select

from snippets.database import Sessions
from snippets.models import File
from snippets.notes import REMOTE_FAILURES


def fell_back(since: datetime) -> ColumnElement[bool]:
    """Say which files the HTTP highlighter failed since a moment: their first reason is one of its failures."""
    reasons = (or_(File.note == word, File.note.startswith(f"{word},")) for word in REMOTE_FAILURES)
    return File.html.is_not(None) & (File.highlighted_at >= since) & or_(*reasons)


def batches(sessions: Sessions, which: ColumnElement[bool], size: int, after: int = 0) -> Iterator[list[int]]:
    """Yield the ids of such files in their order, from the first after `after`."""
    while batch := _batch(sessions, _query(which, size, after)):
        yield batch
        after = batch[-1]


def _query(which: ColumnElement[bool], size: int, after: int) -> Select[int]:
    return select(File.id).where(which, File.id > after).order_by(File.id).limit(size)


def _batch(sessions: Sessions, query: Select[int]) -> list[int]:
    with sessions() as session:
        return list(session.scalars(query))
