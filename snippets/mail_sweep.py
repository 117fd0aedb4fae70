"""Bring back the messages that the queue lost, and give up those of which nobody knows. Idempotent, as the sweep is."""

import logging
from datetime import timedelta

from redis import Redis
from sqlalchemy import ColumnElement, delete, select, update

from snippets.database import Sessions
from snippets.lanes import SEND
from snippets.mail_models import Digest, Message
from snippets.messages import State, ended
from snippets.models import now
from snippets.queue import JOB_TIMEOUT, enqueue_once

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=10)  # a message that is due for less is most likely in good hands
ABANDONED = timedelta(seconds=2 * JOB_TIMEOUT)  # a job that claimed a message is certainly over by then
UNSERVED = timedelta(days=7)  # after which a message that is due and that nobody sent is of no use any more
KEPT = timedelta(days=7)  # that it is known what became of a message
REMEMBERED = timedelta(days=30)  # that it is known of a day that its failures were told
BATCH = 50
LOST = "its worker died over it"
NOBODY = "no worker serves the queue mail"


def sweep_mail(sessions: Sessions, redis: Redis) -> int:
    """Enqueue what is due and in nobody's hands; return how many that were. Raises RedisError."""
    _end(sessions, State.SENDING, Message.claimed_at < now() - ABANDONED, State.UNCERTAIN, LOST)
    _end(sessions, State.WAITING, Message.due_at < now() - UNSERVED, State.FAILED, NOBODY)
    with sessions.begin() as session:
        session.execute(delete(Message).where(Message.ended_at < now() - KEPT))
        session.execute(delete(Digest).where(Digest.at < now() - REMEMBERED))
    due = Message.state == State.WAITING, Message.due_at < now() - PATIENCE
    with sessions() as session:
        found = session.scalars(select(Message.id).where(*due).order_by(Message.due_at).limit(BATCH)).all()
    return enqueue_once(redis, SEND, found)


def _end(sessions: Sessions, state: State, is_over: ColumnElement[bool], becomes: State, error: str) -> None:
    here = Message.state == state, is_over
    values = {"error": error, **ended(becomes)}
    with sessions.begin() as session:
        for message_id in session.scalars(update(Message).where(*here).values(values).returning(Message.id)):
            log.error("message %d is %s: %s", message_id, becomes, error)
