"""The job of a file that somebody looks at in another language: no row is changed, whatever becomes of it."""

from dataclasses import replace

from rq.job import Job

from snippets import poison, viewings
from snippets.colours import Colours, plain
from snippets.lanes import VIEW
from snippets.models import File
from snippets.notes import Note
from workers import jobs
from workers.highlight import highlight
from workers.job_log import NOTHING, Outcome, logged
from workers.patience import patience_for


@logged(VIEW)
def view_file(file_id: int, alias: str) -> Outcome:
    """Keep a file's colours in the language `alias`, by Pygments alone. Safe to run twice, late, or on no file."""
    if (file := _load(file_id)) is None:
        return NOTHING
    colours = _colour(file, alias)
    if Note.LOCAL_SLOW in (colours.note or "").split(","):
        poison.remember(jobs.connection(), alias, file.code)
    viewings.keep(jobs.connection(), file, alias, colours)
    return Outcome(colours.engine, colours.note)


def remember_poison(job: Job) -> None:
    """Remember that a file in another language took down a horse, or all its time."""
    file_id, alias = job.args
    if file := _load(file_id):
        poison.remember(job.connection, alias, file.code)


def _colour(file: File, alias: str) -> Colours:
    """Colour a file with all the time that the settings give, where that keeps nobody waiting who pastes."""
    job = jobs.current()
    if poison.is_known(job.connection, alias, file.code):
        return plain(file.code, Note.POISON)
    patience = patience_for(len(file.code), job)
    local = replace(jobs.settings, highlighter_url=None)
    return highlight(file.code, alias, local, patience=None if patience.hands_over else patience)


def _load(file_id: int) -> File | None:
    with jobs.sessions() as session:
        return session.get(File, file_id)
