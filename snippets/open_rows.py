"""The rows of a snippet that anybody may read, coloured and of its own making, as bare tuples.

SQLAlchemy's ORM would take as long to make objects of them as all else that their page takes.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, bindparam, select

from snippets.fork_counts import fork_count
from snippets.models import File, Snippet, anchor


class OpenFile(NamedTuple):
    """What a page shows of a file: see models.File."""

    snippet_id: str
    position: int
    revision: int
    name: str | None
    language: str
    code: str
    html: str
    engine: str | None
    note: str | None
    took_ms: int | None

    @property
    def is_pending(self) -> bool:
        """It is not."""
        return False

    @property
    def anchor(self) -> str:
        """What stands before `L10` in the ids of its lines."""
        return anchor(self.position)


class OpenSnippet(NamedTuple):
    """What a page shows of a snippet: see models.Snippet."""

    id: str
    title: str | None
    visibility: str
    revision: int
    created_at: datetime
    expires_at: datetime | None
    tags: str
    fork_count: int
    files: list[OpenFile]

    @property
    def is_closed(self) -> bool:
        """It is not."""
        return False

    @property
    def password_hash(self) -> None:
        """There is none."""


_OF_FILE = tuple(getattr(File, name) for name in OpenFile._fields)
_OF_SNIPPET = tuple(getattr(Snippet, name) for name in OpenSnippet._fields if name not in {"fork_count", "files"})
_QUERY = (
    select(*_OF_FILE, *_OF_SNIPPET, fork_count())
    .select_from(Snippet)
    .join(Snippet.files)
    .where(Snippet.id == bindparam("snippet_id"), Snippet.is_open, Snippet.parent_id.is_(None))
    .order_by(File.position)
)


def read(engine: Engine, snippet_id: str) -> OpenSnippet | None:
    """Return a snippet by one query; None for one that is not there, not for everyone, a fork, or not yet coloured."""
    with engine.connect() as connection:
        rows = connection.execute(_QUERY, {"snippet_id": snippet_id}).all()
    files = [OpenFile._make(row[: len(_OF_FILE)]) for row in rows]
    if not files or any(file.html is None for file in files):
        return None
    return OpenSnippet._make((*rows[0][len(_OF_FILE) :], files))
