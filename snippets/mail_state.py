"""How it stands with the mail. Nothing is changed by looking."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from snippets.database import Sessions
from snippets.mail_models import Message
from snippets.messages import State

SHOWN = 50  # messages


@dataclass(frozen=True, slots=True)
class MailState:
    """How many messages there are of each state, and those that something is the matter with, the newest first."""

    counts: dict[State, int]
    oldest: datetime | None  # when the first of the waiting was written
    troubled: list[Message]  # first what is uncertain, then failed or waiting after an attempt; at most SHOWN


def mail_state(sessions: Sessions) -> MailState:
    """Return it; what has ended is kept for mail_sweep.KEPT."""
    counts = select(Message.state, func.count().label("messages")).group_by(Message.state)
    oldest = select(func.min(Message.created_at)).where(Message.state == State.WAITING)
    ended = Message.state.in_([State.UNCERTAIN, State.FAILED])
    troubled = select(Message).where(or_(ended, (Message.state == State.WAITING) & Message.error.is_not(None)))
    troubled = troubled.order_by(Message.state != State.UNCERTAIN, Message.id.desc()).limit(SHOWN)
    with sessions() as session:
        counted = {row.state: row.messages for row in session.execute(counts)}
        found = session.scalars(troubled).all()
        return MailState({state: counted.get(state, 0) for state in State}, session.scalar(oldest), list(found))
