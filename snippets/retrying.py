"""“Try again”: the owner has a file highlighted anew that ended as plain text."""

import logging

from flask import Blueprint, abort, redirect, request, url_for
from redis import RedisError
from sqlalchemy import select, update
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response

from snippets import poison
from snippets.colours import PLAIN
from snippets.models import File, Snippet
from snippets.pending_jobs import forget
from snippets.queue import enqueue_highlight
from snippets.site import site

log = logging.getLogger(__name__)
retrying = Blueprint("retrying", __name__)


@retrying.post("/<slug:snippet_id>/files/<int(max=1000):number>/again")
def again(snippet_id: str, number: int) -> Response:
    """Forget why the file ended plain, make it pending, enqueue it; 403 for others, 404 where nothing is to be done."""
    file, owner_hash = _plain_file(snippet_id, number)
    if not site().owners.owns(request, owner_hash):
        abort(403, "Only who shared this snippet can have it highlighted again.")
    redis = site().redis
    try:
        poison.forget(redis, file.language, file.code)
        forget(redis, file.id)
    except RedisError as error:
        raise ServiceUnavailable("The queue is out of reach just now: try again in a minute.") from error
    with site().sessions.begin() as session:
        fresh = {"html": None, "engine": None, "note": None, "took_ms": None, "highlighted_at": None}
        session.execute(update(File).where(File.id == file.id, File.engine == PLAIN).values(**fresh))
    enqueue_highlight(redis, [file.id])
    log.info("trying file %d of %s again", file.id, snippet_id)
    return redirect(url_for("reading.show", snippet_id=snippet_id, _anchor=f"file-{number}"), 303)


def _plain_file(snippet_id: str, number: int) -> tuple[File, str | None]:
    query = (
        select(File, Snippet.owner_hash)
        .join(Snippet.files)
        .where(Snippet.id == snippet_id, Snippet.is_readable, File.position == number)
        .where(File.engine == PLAIN, File.note.is_not(None))
    )
    with site().sessions() as session:
        row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row else abort(404)
