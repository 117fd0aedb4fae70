"""Another language for a file, stored: the file is pending again, and lists know it by its new language."""

from contextlib import suppress

from redis import Redis, RedisError
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from snippets.announcements import mark
from snippets.audit import Action, By, record
from snippets.database import Sessions
from snippets.listings import keep_listing
from snippets.models import File, Snippet, now
from snippets.pending_jobs import forget
from snippets.queue import enqueue_highlight
from snippets.refused import Refused
from snippets.revisions import COLOURS


def store_language(sessions: Sessions, file: File, revision: int, alias: str, delay: int, by: By | None = None) -> None:
    """Give a file another language and make it pending. Raises Refused unless `revision`, its own, is the head.

    Of this and an edit at once the later one sees what the first did. `delay`: see keep_listing; `by`: who, for the
    audit trail, does it to what is not his.
    """
    here = Snippet.id == file.snippet_id, Snippet.taken_down_at.is_(None)
    of_head = *here, Snippet.revision == revision, Snippet.revision == file.revision
    with sessions.begin() as session:
        if session.scalar(update(Snippet).where(*of_head).values(updated_at=now()).returning(Snippet.id)) is None:
            raise Refused("This snippet has been edited meanwhile: look at it again, then store.", status=409)
        session.execute(update(File).where(File.id == file.id).values(language=alias, **dict.fromkeys(COLOURS)))
        whole = select(Snippet).where(Snippet.id == file.snippet_id).options(selectinload(Snippet.files))
        snippet = session.scalars(whole).one()
        mark(session, snippet.id)
        if by:
            record(session, by, Action.CHANGE, snippet.id)
        keep_listing(session, snippet, snippet.files, delay)


def highlight_anew(redis: Redis, file: File, **meta: str | None) -> None:
    """Enqueue a file that is pending again; `file` is as it was before that. Never raises for Redis' sake."""
    if not file.is_pending:  # else a job of it may be at work
        with suppress(RedisError):
            forget(redis, file.id)
    enqueue_highlight(redis, [file.id], **meta)
