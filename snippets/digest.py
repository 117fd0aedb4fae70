"""The failures of a day, told to the operator once: by the worker whose row of that day is the first."""

from datetime import datetime, timedelta

from redis import Redis
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from snippets import letters
from snippets.database import Sessions
from snippets.failures import failures
from snippets.mail_models import Digest, Message
from snippets.messages import Kind, State, write
from snippets.models import now
from snippets.queue import enqueue_message
from snippets.queue_state import QUEUES
from snippets.settings import Settings

HOUR = 6  # of the day, in UTC, before which nothing is told
FIRST = timedelta(days=1)  # that the first digest looks back


def tell_failures(sessions: Sessions, redis: Redis, settings: Settings) -> bool:
    """Write the day's message where something failed since the last; False: it is too early, or it was done.

    Of several workers at once, on either engine, one does it. Raises RedisError, with nothing done.
    """
    at = now()
    if not (settings.smtp_url and settings.operator_mail) or at.hour < HOUR:
        return False
    last = _last(sessions)
    if last and last.day >= at.date():
        return False
    since = last.at if last else at - FIRST
    failed = [each for name in QUEUES for each in failures(redis, name, since)]
    jobs = [f"{len(each.jobs):,} × {each.exception} on {each.queue}" for each in failed]
    try:
        with sessions.begin() as session:
            session.add(Digest(day=at.date(), at=at))
            session.flush()
            letter = letters.digest(f"{settings.site_url}/ops", since, jobs, _ended_badly(session, since))
            message = write(session, Kind.DIGEST, settings.operator_mail, letter) if letter else None
    except IntegrityError:  # another worker was faster
        return False
    if message:
        enqueue_message(redis, message.id)
    return True


def _last(sessions: Sessions) -> Digest | None:
    with sessions() as session:
        return session.scalars(select(Digest).order_by(Digest.day.desc()).limit(1)).first()


def _ended_badly(session: Session, since: datetime) -> list[str]:
    """Return how many messages of each kind have failed or are uncertain since then."""
    bad = Message.state.in_([State.FAILED, State.UNCERTAIN]), Message.ended_at >= since
    counted = select(Message.kind, Message.state, func.count()).where(*bad).group_by(Message.kind, Message.state)
    rows = session.execute(counted.order_by(Message.kind, Message.state))
    return [f"{count:,} × {kind} {state}" for kind, state, count in rows]
