"""How colours land in a row: once, and only where they are still awaited."""

from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, bindparam, select, update

from snippets import markup
from snippets.database import Sessions
from snippets.listings import recolour
from snippets.markup import Runs
from snippets.models import File, now
from snippets.notes import Note

PLAIN = "plain"  # the engine of a file that stays without colours

# Bare statements, made once: the ORM's take three times as long.
_FILES = cast("Table", File.__table__)
_LAND = update(_FILES).where(_FILES.c.id == bindparam("of"), _FILES.c.language == bindparam("known"))
_FIRST = _LAND.where(_FILES.c.html.is_(None))
_AGAIN = _LAND.where(_FILES.c.highlighted_at.is_not_distinct_from(bindparam("before")))


@dataclass(frozen=True, slots=True)
class Colours:
    """Runs that add up to the code; who delivered them; why nobody better did, as words of Note joined by commas."""

    runs: Runs
    engine: str  # http- and the dialect, pygments, or plain
    note: str | None = None  # None: the first choice
    took_ms: int = 0


def plain(code: str, note: Note) -> Colours:
    """Return what a file that gets no colours gets instead."""
    return Colours(markup.plain(code), PLAIN, note)


def land(sessions: Sessions, file: File, colours: Colours) -> bool:
    """Save the colours of a file as it was loaded; False when it is gone, or changed, or others were there first.

    A file that had colours keeps them unless they are still the ones that were loaded.
    """
    html = markup.lines(file.code, colours.runs, file.anchor)
    values = {
        "html": html,
        "engine": colours.engine,
        "note": colours.note,
        "took_ms": colours.took_ms,
        "highlighted_at": now(),
    }
    here = {"of": file.id, "known": file.language}
    statement = _FIRST
    if not file.is_pending:
        statement, here = _AGAIN, here | {"before": file.highlighted_at}
    with sessions.begin() as session:
        landed = session.connection().execute(statement, values | here).rowcount
        if landed and file.position == 1:
            recolour(session, file.id, html)
    return bool(landed)


def give_up(sessions: Sessions, file_id: int, note: Note) -> File | None:
    """Leave a file that is still pending as plain text, and say why; return it, or None when there was none."""
    with sessions() as session:
        file = session.scalars(select(File).where(File.id == file_id, File.html.is_(None))).one_or_none()
    if file is None or not land(sessions, file, plain(file.code, note)):
        return None
    return file
