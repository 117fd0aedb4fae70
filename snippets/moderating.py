"""The operators' buttons for what was reported, and a look at what was taken down."""

import logging

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response

from snippets import moderation
from snippets.basic_auth import Door
from snippets.models import File, Snippet
from snippets.operator_name import operator
from snippets.reading import as_text
from snippets.site import site

log = logging.getLogger(__name__)

ACTIONS = {"take-down": moderation.take_down, "restore": moderation.restore, "keep": moderation.keep}


def moderating(door: Door) -> Blueprint:
    """Return the addresses below /ops that moderation takes, all behind the door."""
    blueprint = Blueprint("moderating", __name__, url_prefix="/ops/snippets")
    blueprint.before_request(lambda: door.refusal(request.environ))
    blueprint.get("/<slug:snippet_id>")(look)
    blueprint.post("/<slug:snippet_id>/<action>")(act)
    return blueprint


def look(snippet_id: str) -> Response:
    """Give the text of any snippet, as an operator must see what was reported; nothing is burnt by it."""
    query = select(Snippet).join(Snippet.files).options(contains_eager(Snippet.files)).order_by(File.position)
    with site().sessions() as session:
        snippet = session.scalars(query.where(Snippet.id == snippet_id)).unique().one_or_none()
    if snippet is None:
        abort(404)
    response = as_text(snippet)
    response.headers["Cache-Control"] = "no-store"
    return response


def act(snippet_id: str, action: str) -> Response:
    """Take down, restore, or keep; pressing twice does it once."""
    if action not in ACTIONS:
        abort(404)
    with site().sessions.begin() as session:
        done = ACTIONS[action](session, snippet_id, operator())
    log.info("%s %s: %s", action, snippet_id, "done" if done else "nothing to do")
    said = {"take-down": "taken-down", "restore": "restored", "keep": "kept"}[action] if done else "nothing"
    return redirect(url_for("ops.show", said=said), 303)
