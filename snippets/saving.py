"""Putting files on top of a snippet as its next revision, and other terms with them."""

import logging
from typing import Any

from sqlalchemy import update

from snippets.access import find
from snippets.announcements import mark
from snippets.audit import Action, record
from snippets.cards import ALONE
from snippets.closing import refuse_outsiders
from snippets.database import DATABASE_AWAY, reason
from snippets.drafts import Draft, accept_files, accept_terms
from snippets.keys import administrator
from snippets.listings import keep_listing
from snippets.logs import request_id
from snippets.models import File, Snippet, now
from snippets.queue import enqueue_highlight
from snippets.refused import Refused
from snippets.revisions import is_same, next_revision
from snippets.site import site
from snippets.unwelcome import refuse_unwelcome
from snippets.writers import note_origin, refuse_blocked

log = logging.getLogger(__name__)


TERMS = ("title", "visibility", "tags", "burn", "expires_at", "password_hash")


def change(snippet: Snippet, draft: Draft, revision: int) -> None:
    """Give a snippet the files and the terms of a draft that was made from a revision of it. Raises as put_on_top."""
    files = accept_files(draft, site().settings)
    if revision != snippet.revision:
        raise overtaken(snippet, revision)
    accept_terms(draft, site().settings, snippet)
    put_on_top(snippet, files, **{name: getattr(snippet, name) for name in TERMS})


def put_on_top(snippet: Snippet, files: list[File], **values: Any) -> None:
    """Save `values` of a snippet, whose files are its head's, and files as its next revision unless they are the same.

    Then the files that wait for colours are enqueued. Raises Refused: with 409 where the snippet is at another revision
    by now, to all but one of several at once too; with 503 while the database is away; with 403 from a blocked network.
    Raises Gone once it is gone.
    """
    refuse_outsiders()
    refuse_blocked()
    head = snippet.revision
    fresh = [] if is_same(files, snippet.files) else next_revision(files, snippet)
    pending = [file for file in fresh if file.html is None]
    values |= {"revision": head + bool(fresh), "updated_at": now()}
    here = Snippet.id == snippet.id, Snippet.revision == head, Snippet.taken_down_at.is_(None)
    update_head = update(Snippet).where(*here).values(**values).returning(Snippet.id)
    try:
        with site().sessions.begin() as session:
            if fresh:
                refuse_unwelcome(session, fresh)
            if session.scalar(update_head) is None:
                raise overtaken(find(ALONE, snippet.id, unseal=True), head)
            session.add_all(fresh)
            if by := administrator(snippet.owner_hash):
                record(session, by, Action.CHANGE, snippet.id)
            note_origin(session, snippet.id, again=True)
            mark(session, snippet.id)
            keep_listing(
                session, session.get_one(Snippet, snippet.id), fresh or snippet.files, site().settings.listing_delay
            )
    except DATABASE_AWAY as error:
        log.exception("not saved: the database failed")
        raise Refused(f"{reason(error)} Your text is still here: try again soon.", status=503) from error
    log.info("edited %s revision=%d", snippet.id, head + bool(fresh))
    enqueue_highlight(site().redis, [file.id for file in pending], request_id=request_id.get())


def overtaken(snippet: Snippet, revision: int) -> Refused:
    """Return the refusal of what was meant for another head than the snippet has."""
    return Refused(
        f"This snippet has been edited meanwhile: it is at revision {snippet.revision}. Your change is not"
        " saved; save it again to put it on top of that revision.",
        "revision",
        status=409,
        measured=(snippet.revision, revision),
    )
