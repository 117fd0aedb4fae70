"""The jobs that nobody waits for and no file is the worse without, by the names that RQ knows them by."""

from datetime import UTC, datetime, timedelta

from snippets import previews, requeueing
from snippets.lanes import AGAIN
from snippets.queue import enqueue_offer, enqueue_once, enqueue_requeueing
from snippets.rehighlight import batches, fell_back
from workers import jobs

OFFERED = 20  # files


def offer_again(since: float, after: int = 0) -> None:
    """Enqueue on bulk what the HTTP highlighter missed since a second of the Unix epoch, OFFERED files at a time.

    The next lot is behind this one in the queue, so that bulk never holds more than two.
    """
    redis = jobs.connection()
    which = fell_back(datetime.fromtimestamp(since, UTC) - timedelta(seconds=jobs.settings.breaker_seconds))
    lot = next(batches(jobs.sessions, which, OFFERED, after), [])
    enqueue_once(redis, AGAIN, lot)
    if len(lot) == OFFERED:
        enqueue_offer(redis, since, lot[-1])


def requeue_failed() -> None:
    """Requeue the next of the failed jobs that an operator asked for, and see to the rest after all that waits now."""
    if requeueing.requeue_some(jobs.connection()):
        enqueue_requeueing(jobs.connection())


def draw_preview(snippet_id: str) -> None:
    """Draw the picture of a snippet, unless it is gone or not for everyone. Safe to run twice, late, or at once."""
    from workers.preview import draw  # noqa: PLC0415 — Pillow is for the workers that draw

    if subject := previews.subject(jobs.sessions, snippet_id):
        previews.keep(jobs.sessions, subject, draw(subject, jobs.settings.site_name))
