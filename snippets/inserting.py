"""The rows of a new snippet by bare statements: the ORM's unit of work takes three times as long to find them out."""

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from snippets.listings import keep_listing
from snippets.models import Base, File, Snippet
from snippets.unwelcome import refuse_unwelcome

Columns = list[tuple[str, Callable[[], Any] | None]]  # the name of each, and what makes its default

_SNIPPETS, _FILES = (cast("Table", each.__table__) for each in (Snippet, File))
_NEW_SNIPPET = insert(_SNIPPETS)
_NEW_FILE = insert(_FILES).returning(_FILES.c.id, sort_by_parameter_order=True)


def save_new(session: Session, snippet: Snippet, delay: int) -> None:
    """Insert an unsaved snippet and its files, and list it where it is public. Raises Refused: it is unwelcome."""
    refuse_unwelcome(session, snippet.files)
    insert_new(session, snippet)
    if snippet.visibility == "public":
        keep_listing(session, snippet, snippet.files, delay)


def insert_new(session: Session, snippet: Snippet) -> None:
    """Insert an unsaved snippet and its files, and give all of them what the database has: ids and defaults.

    No session knows them: what was not given is None, as it is in the database.
    """
    connection = session.connection()
    values = _values(snippet, _OF_SNIPPET)
    parent = values.pop("parent_id", None)  # an expression: see forks.parent_id
    connection.execute(_NEW_SNIPPET if parent is None else _NEW_SNIPPET.values(parent_id=parent), values)
    for file in snippet.files:
        file.snippet_id = snippet.id
    rows = [_values(file, _OF_FILE) for file in snippet.files]
    ids = connection.scalars(_NEW_FILE, rows if len(rows) > 1 else rows[0])
    for file, file_id in zip(snippet.files, ids, strict=True):
        file.id = file_id
        set_committed_value(file, "is_pending", file.html is None)  # what the database would say


def _columns(table: Table) -> Columns:
    return [(column.key, _default(column.default)) for column in table.columns]


def _default(told: Any) -> Callable[[], Any] | None:
    if told is None:
        return None
    return (lambda: told.arg(None)) if told.is_callable else (lambda: told.arg)


_OF_SNIPPET = _columns(_SNIPPETS)
_OF_FILE = [each for each in _columns(_FILES) if each[0] != "id"]  # which the database gives


def _values(row: Base, columns: Columns) -> dict[str, Any]:
    """Return what there is to insert, the same columns for every row, and give the row the defaults that it lacks."""
    held, values = row.__dict__, {}
    for name, default in columns:
        value = held.get(name)
        if value is None and default is not None:
            value = default()
            set_committed_value(row, name, value)
        values[name] = value
    return values
