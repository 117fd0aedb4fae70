"""The job that sends a message, by the name that RQ knows it by."""

import logging
import time

from snippets.logs import fields
from snippets.mail_models import Message
from snippets.messages import Outcome, State, claim, settle
from snippets.relay import Relay
from workers import jobs
from workers.envelope import envelope
from workers.smtp import Delivery

log = logging.getLogger(__name__)


def send_message(message_id: int) -> None:
    """Send a message that waits, unless another job has claimed it. Safe to run twice, late, or at once."""
    if message := claim(jobs.sessions, message_id):
        began = time.perf_counter()
        state = settle(jobs.sessions, message, _deliver(message))
        ms = round((time.perf_counter() - began) * 1000, 1)
        log.info(
            "mail", extra=fields(message=message.id, kind=message.kind, state=state, attempt=message.attempts, ms=ms)
        )


def _deliver(message: Message) -> Outcome:
    settings = jobs.settings
    if not settings.smtp_url:
        return Outcome(State.WAITING, "this worker has no SMTP_URL")
    to, content = envelope(message, settings)
    return Delivery(Relay.parse(settings.smtp_url), settings.mail_from or "", to, content).run()
