"""What the rows say of work that is overdue."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from snippets.database import Sessions
from snippets.models import File, Snippet, now
from snippets.sweep import PATIENCE


@dataclass(frozen=True, slots=True)
class RowState:
    """How much waits in the database, whatever the queue may say."""

    pending: int  # files without colours
    late: int  # those of them that have waited longer than the sweep lets pass
    oldest: datetime | None  # when the first of the pending was saved
    overdue: datetime | None  # the earliest moment at which a snippet expired whose rows are still there


def row_state(sessions: Sessions) -> RowState:
    """Return it by two queries, each over an index of little more than what it counts."""
    at = now()
    late = func.count().filter(File.created_at < at - PATIENCE)
    pending = select(func.count(), late, func.min(File.created_at)).where(File.html.is_(None))
    overdue = select(func.min(Snippet.expires_at)).where(Snippet.expires_at < at)
    with sessions() as session:
        return RowState(*session.execute(pending).one(), session.scalar(overdue))
