"""“Wrong language?”: anyone views a file in another one, which changes nothing, and its owner stores another one."""

import logging
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from redis import RedisError
from werkzeug.wrappers import Response

from snippets.access import find, owns
from snippets.correcting import highlight_anew, store_language
from snippets.keys import administrator
from snippets.language_choice import chosen, options
from snippets.logs import request_id
from snippets.models import Snippet
from snippets.reading import STATUS
from snippets.refused import Refused
from snippets.site import site
from snippets.viewings import ask
from snippets.writers import refuse_blocked

log = logging.getLogger(__name__)
wrong_language = Blueprint("wrong_language", __name__)

Answer = Response | tuple[str, int, dict[str, str]]
PATH = "/<slug:snippet_id>/files/<int(max=1000):number>"


@wrong_language.post(f"{PATH}/as")
def view_as(snippet_id: str, number: int) -> Answer:
    """Have a file highlighted in another language for who asks, and lead to the page that shows it so."""
    snippet = find(STATUS, snippet_id, number=number)
    [file] = snippet.files
    try:
        alias = chosen(_typed()).alias
        if alias == file.language:
            return _to_page(snippet_id, number)
        _refuse_haste()
        ask(site().redis, file, alias, request_id=request_id.get())
    except Refused as refusal:
        return _asked_again(snippet, refusal)
    except RedisError:
        away = "The queue is out of reach just now, so nobody can highlight it: try again in a minute."
        return _asked_again(snippet, Refused(away, status=503))
    return _to_page(snippet_id, number, **{f"as{number}": alias})


@wrong_language.post(f"{PATH}/language")
def store(snippet_id: str, number: int) -> Answer:
    """Store another language of a file of the revision that the owner has seen, and have it highlighted anew."""
    snippet = find(STATUS, snippet_id, number=number)
    [file] = snippet.files
    if not owns(snippet):
        abort(403, "Only who shared this snippet can store another language.")
    try:
        alias = chosen(_typed()).alias
        if alias != file.language:
            refuse_blocked()
            seen = request.form.get("revision", file.revision, type=int)
            by = administrator(snippet.owner_hash)
            store_language(site().sessions, file, seen, alias, site().settings.listing_delay, by)
            log.info("stored %s as the language of file %d of %s", alias, file.id, snippet_id)
            highlight_anew(site().redis, file, request_id=request_id.get())
    except Refused as refusal:
        return _asked_again(snippet, refusal)
    return _to_page(snippet_id, number)


def _typed() -> str:
    return request.form.get("language", "")


def _refuse_haste() -> None:
    if wait := site().viewings.take(request.remote_addr or ""):
        raise Refused(f"That was a lot of languages: wait {wait} s and try again.", status=429, retry_after=wait)


def _to_page(snippet_id: str, number: int, **seen: Any) -> Response:
    return redirect(url_for("reading.show", snippet_id=snippet_id, _anchor=f"file-{number}", **seen), 303)


def _asked_again(snippet: Snippet, refusal: Refused) -> Answer:
    page = render_template(
        "language.html",
        snippet=snippet,
        file=snippet.files[0],
        typed=_typed(),
        error=refusal,
        language_options=options(),
        is_owner=owns(snippet),
    )
    return page, refusal.status, refusal.headers
