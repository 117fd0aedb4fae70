"""Sharing something new: the one way on which a draft becomes rows, whoever sent it and in whichever format."""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy.exc import IntegrityError

from snippets.closing import refuse_outsiders
from snippets.database import DATABASE_AWAY, reason
from snippets.drafts import Draft, accept
from snippets.inserting import save_new
from snippets.keys import refuse_keyless
from snippets.logs import request_id
from snippets.models import Base, Snippet
from snippets.queue import enqueue_highlight
from snippets.refused import Refused
from snippets.request_counts import CREATED
from snippets.site import site
from snippets.writers import note_origin, refuse_blocked

log = logging.getLogger(__name__)


def share(
    draft: Draft, owner_hash: str | None, parent: Any = None, also: Callable[[Snippet], Base] | None = None
) -> Snippet:
    """Save a draft, then enqueue its colours. Raises Refused, also while the database is away.

    `parent`: of a fork, what forks.parent_id returns. `also` makes a row that is saved with it, or neither is.
    """
    g.shares = True
    refuse_outsiders()
    refuse_blocked()
    refuse_keyless()
    snippet = accept(draft, site().settings)
    snippet.owner_hash, snippet.parent_id = owner_hash, parent
    _refuse_haste()
    try:
        with site().sessions.begin() as session:
            save_new(session, snippet, site().settings.listing_delay)
            note_origin(session, snippet.id)
            if also:
                session.add(also(snippet))
    except IntegrityError:
        raise  # not the database's fault: `also` was there already
    except DATABASE_AWAY as error:
        log.exception("not saved: the database failed")
        raise Refused(f"{reason(error)} Your text is still here: try again soon.", status=503) from error
    if counts := site().counts:
        counts.add(CREATED)
    files = [file.id for file in snippet.files]
    enqueued = enqueue_highlight(site().redis, files, request_id=request_id.get())
    log.info("saved %s files=%d enqueued=%s", snippet.id, len(files), enqueued)
    return snippet


def _refuse_haste() -> None:
    creations = site().creations
    if creations and (wait := creations.take(request.remote_addr or "")):
        message = f"That was {site().settings.create_limit} from your address: wait {wait} s and share again."
        raise Refused(message.replace("/", " snippets in a "), status=429, retry_after=wait)


def tell_what_is_left(app: Flask) -> None:
    """Tell whoever shares, at any door, how much more he may: draft-ietf-httpapi-ratelimit-headers-10."""

    @app.after_request
    def tell(response: Response) -> Response:
        creations = site().creations
        if creations and g.get("shares"):
            most, seconds, left, reset = creations.standing(request.remote_addr or "")
            response.headers["RateLimit-Policy"] = f'"create";q={most};w={seconds}'
            response.headers["RateLimit"] = f'"create";r={left};t={reset}'
        return response
