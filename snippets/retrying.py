"""“Try again”: the owner, or an operator, has a file highlighted anew that ended as plain text."""

import logging

from flask import Blueprint, abort, redirect, url_for
from redis import RedisError
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response

from snippets.access import find, owns
from snippets.another_try import find_plain, try_again
from snippets.audit import By
from snippets.basic_auth import Door
from snippets.cards import ALONE
from snippets.keys import administrator
from snippets.models import File
from snippets.operator_name import operator
from snippets.operators import operators_pages
from snippets.site import site

log = logging.getLogger(__name__)
retrying = Blueprint("retrying", __name__)

PATH = "/<slug:snippet_id>/files/<int(max=1000):number>/again"


@retrying.post(PATH)
def again(snippet_id: str, number: int) -> Response:
    """Forget why the file ended plain, make it pending, enqueue it; 403 for others, 404 where nothing is to be done."""
    snippet = find(ALONE, snippet_id, unseal=True)
    if not owns(snippet):
        abort(403, "Only who shared this snippet can have it highlighted again.")
    _try(_plain(snippet_id, number), administrator(snippet.owner_hash))
    return redirect(url_for("reading.show", snippet_id=snippet_id, _anchor=f"file-{number}"), 303)


def retrying_for_operators(door: Door) -> Blueprint:
    """Return the operators' button, behind their door, for a file of anybody."""
    blueprint = operators_pages(door, "operators_retrying", "/snippets")

    @blueprint.post(PATH)
    def again(snippet_id: str, number: int) -> Response:
        _try(_plain(snippet_id, number), operator())
        return redirect(url_for("ops.show", said="tried-again"), 303)

    return blueprint


def _plain(snippet_id: str, number: int) -> File:
    return find_plain(site().sessions, snippet_id, number) or abort(404)


def _try(file: File, by: By | None) -> None:
    try:
        try_again(site().sessions, site().redis, file, by)
    except RedisError as error:
        raise ServiceUnavailable("The queue is out of reach just now: try again in a minute.") from error
    log.info("trying file %d of %s again", file.id, file.snippet_id)
