"""The pages on which people paste."""

import logging
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from snippets import languages
from snippets.database import DATABASE_AWAY
from snippets.drafts import Draft, accept
from snippets.editor import editor
from snippets.forks import parent_id
from snippets.forms import Form, is_form, read_text
from snippets.human import size
from snippets.listings import keep_listing
from snippets.logs import request_id
from snippets.models import Snippet
from snippets.moderation import refuse_unwelcome
from snippets.owners import set_cookie
from snippets.queue import enqueue_highlight
from snippets.refused import Refused
from snippets.request_counts import CREATED
from snippets.site import site

log = logging.getLogger(__name__)
pasting = Blueprint("pasting", __name__)


@pasting.get("/")
def new() -> str:
    """Show an empty form."""
    return editor(Draft())


@pasting.post("/")
def create() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Save first, enqueue then: the answer never waits for a highlighter."""
    if not is_form(request):
        return _create_from_text()
    form = Form(request)
    if form.add or form.remove:
        return editor(form.edited(), form.draft.refusal, parent=form.parent), 200
    owner_hash, cookie = site().owners.ensure(request)
    try:
        snippet = _share(form.draft, owner_hash, parent_id(form.parent))
    except Refused as refusal:
        return editor(form.draft, refusal, parent=form.parent), refusal.status, refusal.headers
    response = redirect(url_for("reading.show", snippet_id=snippet.id), 303)
    if cookie:
        set_cookie(response, cookie, secure=request.is_secure)
    return response


def _create_from_text() -> Response:
    try:
        snippet = _share(read_text(request), None)
    except Refused as refusal:
        return Response(f"{refusal.message}\n", refusal.status, refusal.headers, mimetype="text/plain")
    address = url_for("reading.show", snippet_id=snippet.id, _external=True)
    return Response(f"{address}\n", 201, {"Location": address}, mimetype="text/plain")


def _share(draft: Draft, owner_hash: str | None, parent: Any = None) -> Snippet:
    """Save a draft, then enqueue its colours. Raises Refused, also while the database is away."""
    snippet = accept(draft, site().settings)
    snippet.owner_hash, snippet.parent_id = owner_hash, parent
    _refuse_haste()
    try:
        with site().sessions.begin() as session:
            refuse_unwelcome(session, snippet.files)
            session.add(snippet)
            if snippet.visibility == "public":
                keep_listing(session, snippet, snippet.files, site().settings.listing_delay)
    except DATABASE_AWAY as error:
        log.exception("not saved: the database failed")
        raise Refused(
            "The database cannot be reached just now. Your text is still here: try again soon.", status=503
        ) from error
    if counts := site().counts:
        counts.add(CREATED)
    files = [file.id for file in snippet.files]
    enqueued = enqueue_highlight(site().redis, files, request_id=request_id.get())
    log.info("saved %s files=%d enqueued=%s", snippet.id, len(files), enqueued)
    return snippet


def _refuse_haste() -> None:
    creations, address = site().creations, request.remote_addr or ""
    if creations is None:
        return
    if wait := creations.wait(address):
        message = f"That was {site().settings.create_limit} from your address: wait {wait} s and share again."
        raise Refused(message.replace("/", " snippets in a "), status=429, retry_after=wait)
    creations.count(address)


@pasting.get("/languages")
def language() -> Response:
    """Say which language a file name stands for, as the server itself would decide."""
    found = languages.LANGUAGES.get(languages.by_filename(request.args.get("name", "").rsplit("/", 1)[-1][:255]) or "")
    response = jsonify(alias=found and found.alias, name=found and found.name)
    response.cache_control.max_age = 3600
    return response


@pasting.get("/about")
def about() -> str:
    """Say what the site is, what it takes, and how to use it from a shell."""
    settings = site().settings
    return render_template(
        "about.html",
        max_size=size(settings.max_snippet_bytes),
        max_files=settings.max_files,
        base_url=request.url_root,
    )
