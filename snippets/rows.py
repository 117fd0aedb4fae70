"""What a list shows of a snippet: a few words and its first lines, from rows that hold no more than that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snippets.human import age, plural, size
from snippets.languages import LANGUAGES
from snippets.models import File, Listing, Snippet, now
from snippets.visible import titled


@dataclass(frozen=True, slots=True)
class Row:
    """One snippet of a list."""

    id: str
    title: str
    kind: str  # its language, or how many files it has
    size: str
    created_at: datetime
    age: str
    tags: list[str]
    excerpt: Markup


def load(session: Session, listings: Sequence[int]) -> list[Row]:
    """Return the rows of these listings, newest first; one that is gone meanwhile is left out."""
    head = (File.snippet_id == Snippet.id) & (File.revision == Snippet.revision)
    count = select(func.count(File.id)).where(head).correlate(Snippet).scalar_subquery()
    query = (
        select(Snippet, Listing, File.name, File.language, count)
        .join(Listing, Listing.snippet_id == Snippet.id)
        .join(File, File.id == Listing.file_id)
        .where(Listing.id.in_(listings))
        .order_by(Listing.id.desc())
    )
    return [_row(*each) for each in session.execute(query)]


def language_name(alias: str) -> str:
    """Return the name of a language; of one that has left Pygments, what the rows call it."""
    language = LANGUAGES.get(alias)
    return language.name if language else alias


def _row(snippet: Snippet, listing: Listing, name: str | None, language: str, files: int) -> Row:
    return Row(
        id=snippet.id,
        title=titled(snippet.title, name),
        kind=language_name(language) if files == 1 else plural(files, "file"),
        size=size(listing.size),
        created_at=snippet.created_at,
        age=age(snippet.created_at, now()),
        tags=snippet.tags.split(),
        excerpt=Markup(listing.excerpt),  # noqa: S704 — cut out of our own markup
    )
