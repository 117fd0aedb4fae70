"""A file that ended as plain text gets another try: why it did so is forgotten, and its job is enqueued anew."""

from dataclasses import dataclass

from redis import Redis
from sqlalchemy import select, update

from snippets import poison
from snippets.announcements import mark
from snippets.audit import Action, By, record
from snippets.colours import PLAIN
from snippets.database import Sessions
from snippets.models import File, Snippet
from snippets.notes import sentence
from snippets.pending_jobs import forget
from snippets.queue import enqueue_highlight
from snippets.revisions import COLOURS

SHOWN = 10  # files


@dataclass(frozen=True, slots=True)
class LeftPlain:
    """A file that ended as plain text, and why."""

    snippet_id: str
    number: int
    name: str | None
    reason: str


def left_plain(sessions: Sessions) -> list[LeftPlain]:
    """Return the newest files that ended as plain text for a reason, at most SHOWN."""
    query = (
        select(File.snippet_id, File.position, File.name, File.note)
        .join(Snippet.files)
        .where(File.engine == PLAIN, File.note.is_not(None))
        .order_by(File.id.desc())
        .limit(SHOWN)
    )
    with sessions() as session:
        rows = session.execute(query).all()
    return [LeftPlain(row[0], row[1], row[2], _reasons(row[3] or "")) for row in rows]


def _reasons(note: str) -> str:
    return "; then ".join(sentence(word) for word in note.split(","))


def find_plain(sessions: Sessions, snippet_id: str, number: int) -> File | None:
    """Return a file that ended as plain text; None when it did not, or cannot be read any more."""
    query = (
        select(File)
        .join(Snippet.files)
        .where(Snippet.id == snippet_id, Snippet.is_readable, Snippet.taken_down_at.is_(None), File.position == number)
        .where(File.engine == PLAIN, File.note.is_not(None))
    )
    with sessions() as session:
        return session.scalar(query)


def try_again(sessions: Sessions, redis: Redis, file: File, by: By | None = None) -> None:
    """Make the file pending and enqueue it, by an operator or None. Raises RedisError, and then nothing has changed."""
    poison.forget(redis, file.language, file.code)
    forget(redis, file.id)
    with sessions.begin() as session:
        if by:
            record(session, by, Action.TRY_AGAIN, file.snippet_id)
        mark(session, file.snippet_id)
        session.execute(update(File).where(File.id == file.id, File.engine == PLAIN).values(dict.fromkeys(COLOURS)))
    enqueue_highlight(redis, [file.id])
