"""`/ops/moderation`: what was reported, what is new, what is taken down, and a button for each thing to do about it."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager
from werkzeug.wrappers import Response

from snippets import moderation
from snippets.audit import By, note
from snippets.auditing import before
from snippets.basic_auth import Door
from snippets.blocking import block, content_of, network_of
from snippets.models import File, Snippet, now
from snippets.moderation_lists import Items, new_public, reported, taken_down
from snippets.operator_name import operator
from snippets.operators import operators_pages
from snippets.reading import as_text
from snippets.refused import Refused
from snippets.site import site

log = logging.getLogger(__name__)

MONTH = timedelta(days=30)  # for which the button blocks a network: it may be somebody else's by then
LISTS = ("reported", "new", "down")
SAID = {
    "taken-down": "The snippet is taken down; you can still look at it, and restore it.",
    "restored": "The snippet can be read again, and its reports are seen to.",
    "kept": "The snippet stays, and its reports are seen to.",
    "content-blocked": "What it holds is refused from now on; the snippet itself stays until it is taken down.",
    "network-blocked": "Its network is blocked for 30 days: from there nobody can share, change or report anything.",
    "nothing": "There was nothing to do: somebody may have been faster.",
}


def _block_content(session: Session, snippet_id: str, by: By) -> bool:
    block(session, content_of(session, snippet_id), None, by)
    return True


def _block_network(session: Session, snippet_id: str, by: By) -> bool:
    block(session, network_of(session, snippet_id), now() + MONTH, by)
    return True


ACTIONS: dict[str, tuple[Callable[[Session, str, By], bool], str]] = {  # what it does, and the word of SAID
    "keep": (moderation.keep, "kept"),
    "take-down": (moderation.take_down, "taken-down"),
    "restore": (moderation.restore, "restored"),
    "block-content": (_block_content, "content-blocked"),
    "block-network": (_block_network, "network-blocked"),
}


def moderating(door: Door) -> Blueprint:
    """Return the page and what its buttons call, all behind the door."""
    blueprint = operators_pages(door, "moderating")
    blueprint.get("/moderation")(show)
    blueprint.get("/snippets/<slug:snippet_id>")(look)
    blueprint.post("/snippets/<slug:snippet_id>/<action>")(act)
    return blueprint


def show() -> Response:
    """Show a page of each list; of one alone where the address says from where."""
    return _page()


def look(snippet_id: str) -> Response:
    """Give the text of any snippet, as an operator must see what was reported; nothing is burnt by it."""
    query = select(Snippet).join(Snippet.files).options(contains_eager(Snippet.files)).order_by(File.position)
    with site().sessions() as session:
        snippet = session.scalars(query.where(Snippet.id == snippet_id)).unique().one_or_none()
    if snippet is None:
        abort(404)
    return as_text(snippet)


def act(snippet_id: str, action: str) -> Response:
    """Do what a button says; pressing twice does it once. What cannot be done is said, and the note kept typed."""
    if action not in ACTIONS:
        abort(404)
    does, said = ACTIONS[action]
    try:
        with site().sessions.begin() as session:
            done = does(session, snippet_id, operator(note(request.form.get("note", ""))))
    except Refused as refusal:
        return _page(refusal, snippet_id)
    site().blocked.forget()
    log.info("%s %s: %s", action, snippet_id, "done" if done else "nothing to do")
    place: dict[str, Any] = {name: request.args[name] for name in LISTS if name in request.args}
    return redirect(url_for("moderating.show", said=said if done else "nothing", of=snippet_id, **place), 303)


def _page(refusal: Refused | None = None, of: str = "") -> Response:
    place = next((name for name in LISTS if name in request.args), None)
    lists: dict[str, Items] = {}
    with site().sessions() as session:
        if place in (None, "reported"):
            lists["reported"] = reported(session, before("reported"))
        if place in (None, "new"):
            lists["new"] = new_public(session, before("new"))
        if place in (None, "down"):
            lists["down"] = _taken_down(session)
    page = render_template(
        "moderation.html",
        lists=lists,
        place={place: request.args[place]} if place else {},
        said=request.args.get("said", ""),
        outcome=SAID.get(request.args.get("said", "")),
        of=of or request.args.get("of", ""),
        refusal=refusal,
        typed=request.form.get("note", ""),
    )
    return Response(page, refusal.status if refusal else 200, mimetype="text/html")


def _taken_down(session: Session) -> Items:
    try:
        return taken_down(session, request.args.get("down", ""))
    except ValueError:
        abort(404)
