"""A file's jobs, by the names that RQ knows them by. Shallow: each loads by id, and ends in one UPDATE."""

from redis import Redis
from rq import get_current_job
from rq.job import Job
from sqlalchemy import bindparam, or_, select

from snippets import poison, statistics
from snippets.announcements import announce
from snippets.breaker import Breaker
from snippets.colours import PLAIN, Colours, land, plain
from snippets.database import connect
from snippets.lanes import AGAIN, HIGHLIGHT, SLOW
from snippets.logs import request_id
from snippets.models import File, Snippet, now
from snippets.notes import Note
from snippets.queue import enqueue_if_idle, enqueue_once, enqueue_preview
from snippets.requeueing import INSISTED
from snippets.settings import Settings
from workers.highlight import TooSlow, highlight
from workers.job_log import MOVED, NOTHING, Outcome, logged
from workers.patience import Patience, patience_for

settings = Settings.from_env()
sessions = connect(settings.database_url)

_FILE = select(File, Snippet.visibility).join(Snippet).where(File.id == bindparam("file_id"))
_PENDING = _FILE.where(or_(File.html.is_(None), File.note.in_((Note.GAVE_UP, Note.STOPPED))))
_COLOURED = _FILE.where(File.html.is_not(None))


@logged(HIGHLIGHT)
def highlight_file(file_id: int) -> Outcome:
    """Fill in a file's colours, and leave to the bulk queue what takes long: all of it, or the remote call alone.

    Where nobody serves bulk, it takes its time here, until somebody else waits. Safe to run twice, late, or on a file
    that is deleted. No transaction is open during the remote call.
    """
    if (row := _load(file_id)) is None:
        return NOTHING
    file, visibility = row
    redis = connection()
    patience = patience_for(len(file.code), current())
    try:
        colours = _colour(file, visibility, redis, patience)
    except TooSlow:
        enqueue_once(redis, SLOW, [file_id], request_id=request_id.get())
        return MOVED
    if patience.hands_over and _may_be_bettered(colours, redis):
        enqueue_if_idle(redis, AGAIN, file_id, request_id=request_id.get())
    return Outcome(colours.engine, colours.note)


@logged(SLOW)
def highlight_slowly(file_id: int) -> Outcome:
    """Fill in a file's colours with all the time that the settings give. As safe as highlight_file."""
    if (row := _load(file_id)) is None:
        return NOTHING
    file, visibility = row
    colours = _colour(file, visibility, connection(), None)
    return Outcome(colours.engine, colours.note)


@logged(AGAIN)
def highlight_again(file_id: int) -> Outcome:
    """Give a file that has colours better ones, if they are to be had now. As safe as highlight_file."""
    if (row := _load(file_id, pending=False)) is None:
        return NOTHING
    file, visibility = row
    redis = connection()
    colours = _highlight(file, visibility, redis, None)
    if _rank(colours.engine) >= _rank(file.engine or PLAIN):
        _land(file, colours, redis)
    return Outcome(colours.engine, colours.note)


def _load(file_id: int, *, pending: bool = True) -> tuple[File, str] | None:
    """Return a file that is pending, or one that is not, and its snippet's visibility.

    One that was given up counts as pending too: its job is here again because an operator has requeued it.
    """
    with sessions() as session:
        row = session.execute(_PENDING if pending else _COLOURED, {"file_id": file_id}).one_or_none()
    return row and (row[0], row[1])


def _may_be_bettered(colours: Colours, redis: Redis) -> bool:
    """Whether the highlighter is to be asked again by who has time: it was slow, or it is down and wants a probe."""
    first = (colours.note or "").split(",")[0]
    return first == Note.SLOW or (first == Note.DOWN and Breaker(redis, settings).wants_probe())


def _colour(file: File, visibility: str, redis: Redis, patience: Patience | None) -> Colours:
    """Save the best colours to be had. Raises TooSlow when there are none to be had within the patience."""
    if poison.is_known(redis, file.language, file.code) and not current().meta.get(INSISTED):
        colours = plain(file.code, Note.POISON)
    else:
        colours = _highlight(file, visibility, redis, patience)
    if colours.note and Note.LOCAL_SLOW in colours.note.split(","):
        poison.remember(redis, file.language, file.code)
    _land(file, colours, redis, is_served=patience.hands_over if patience else None)
    return colours


def _land(file: File, colours: Colours, redis: Redis, *, is_served: bool | None = None) -> None:
    if land(sessions, file, colours):
        waited = now() - file.created_at if file.is_pending else None
        statistics.record(redis, current().origin, colours.engine, colours.note, colours.took_ms, waited)
        if not file.is_pending:
            announce(redis, file.snippet_id)  # pages that have all their colours may have been kept
        elif file.position == 1:
            enqueue_preview(redis, file.snippet_id, is_served=is_served)


def _highlight(file: File, visibility: str, redis: Redis, patience: Patience | None) -> Colours:
    breaker = Breaker(redis, settings)
    private = visibility == "private"
    return highlight(file.code, file.language, settings, private=private, breaker=breaker, patience=patience)


def _rank(engine: str) -> int:
    return {PLAIN: 0, "pygments": 1}.get(engine, 2)


def connection() -> Redis:
    """Return the connection of the worker that runs this, wherever it was told to look for jobs."""
    return current().connection


def current() -> Job:
    """Return the job that runs."""
    job = get_current_job()
    if job is None:
        raise RuntimeError("a job runs under RQ only")
    return job
