"""The picture of a snippet: what is to be drawn of it, and where the drawn one is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, insert, literal, select
from sqlalchemy.exc import IntegrityError

from snippets import markup
from snippets.database import Sessions
from snippets.languages import LANGUAGES
from snippets.models import File, Preview, Snippet
from snippets.visible import titled

MOST = 30_000  # characters of the code, or of its markup, that are looked at: far more than a picture shows

_LINES = func.length(File.code) - func.length(func.replace(File.code, "\n", ""))
_LINES += case((File.code.endswith("\n"), 0), else_=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """A snippet as it is to be drawn; `html` may be cut off anywhere."""

    snippet_id: str
    revision: int
    updated_at: datetime  # a picture holds for as long as this stays
    title: str
    language: str
    lines: int
    html: str


def subject(sessions: Sessions, snippet_id: str) -> Subject | None:
    """Return what is to be drawn of a snippet; None of one that is gone, or not for everyone."""
    begun = func.substr(File.html, 1, MOST), func.substr(File.code, 1, MOST), _LINES
    query = select(Snippet, File.name, File.language, *begun).join(Snippet.files).where(Snippet.id == snippet_id)
    with sessions() as session:
        row = session.execute(query.order_by(File.position).limit(1)).one_or_none()
    if row is None or row[0].is_closed or not row[0].is_readable:
        return None
    snippet, name, alias, html, code, count = row
    language = LANGUAGES.get(alias)
    return Subject(
        snippet.id,
        snippet.revision,
        snippet.updated_at,
        titled(snippet.title, name),
        language.name if language else alias,
        count,
        html or markup.lines(code, markup.plain(code)),
    )


def keep(sessions: Sessions, drawn: Subject, png: bytes) -> bool:
    """Keep a picture in place of an older one; False when the snippet has changed or gone meanwhile."""
    here = select(Snippet.id, Snippet.revision, Snippet.updated_at, literal(png)).where(
        Snippet.id == drawn.snippet_id, Snippet.revision == drawn.revision, Snippet.updated_at == drawn.updated_at
    )
    kept = insert(Preview).from_select(["snippet_id", "revision", "updated_at", "png"], here)
    try:
        with sessions.begin() as session:
            session.execute(delete(Preview).where(Preview.snippet_id == drawn.snippet_id))
            return session.scalar(kept.returning(Preview.snippet_id)) is not None
    except IntegrityError:  # another job was faster by a moment, with the same picture
        return False


def find_png(sessions: Sessions, snippet: Snippet) -> bytes | None:
    """Return the picture of a snippet as it is now."""
    query = select(Preview.png).where(
        Preview.snippet_id == snippet.id, Preview.revision == snippet.revision, Preview.updated_at == snippet.updated_at
    )
    with sessions() as session:
        return session.scalar(query)
