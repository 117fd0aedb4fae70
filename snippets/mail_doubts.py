"""What an operator decides of a message that may have arrived: that it did, or that it is to be sent again."""

from typing import Any

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from snippets.audit import Action, By, record
from snippets.mail_models import Message
from snippets.messages import State, ended
from snippets.models import now


def count_as_sent(session: Session, message_id: int, by: By) -> bool:
    """Have an uncertain message be one that was sent, which nothing is kept of; False where it is not uncertain."""
    return _settle(session, message_id, by, Action.IT_WAS_SENT, ended(State.SENT))


def send_again(session: Session, message_id: int, by: By) -> bool:
    """Have an uncertain message wait; once that is committed, enqueue it. False: it is not uncertain, or has no text.

    Its attempts go on counting, so that a worker which was given up and lives after all changes nothing of it.
    """
    waits = {"state": State.WAITING, "due_at": now(), "ended_at": None}
    return _settle(session, message_id, by, Action.SEND_AGAIN, waits, Message.body.is_not(None))


def _settle(
    session: Session, message_id: int, by: By, action: Action, values: dict[str, Any], *more: ColumnElement[bool]
) -> bool:
    here = Message.id == message_id, Message.state == State.UNCERTAIN, *more
    done = session.scalar(update(Message).where(*here).values(error=None, **values).returning(Message.id))
    if done is None:
        return False
    record(session, by, action, f"message {message_id}")
    return True
