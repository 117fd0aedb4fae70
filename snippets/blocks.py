"""`/ops/blocks`: what is kept out, and a form to keep out more."""

import logging

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from snippets.audit import note
from snippets.basic_auth import Door
from snippets.blocking import block, blocks, target, unblock
from snippets.expiry import EXPIRIES
from snippets.models import now
from snippets.operator_name import operator
from snippets.operators import operators_pages
from snippets.refused import Refused
from snippets.site import site

log = logging.getLogger(__name__)

SHOWN = 200  # of each kind
UNTIL = ("1d", "1w", "30d", "1y", "never")  # of EXPIRIES
SAID = {
    "blocked": "It is blocked, everywhere within two seconds.",
    "unblocked": "It is blocked no more.",
    "nothing": "It was not blocked: somebody may have been faster.",
}


def blocks_page(door: Door) -> Blueprint:
    """Return the page and its buttons, all behind the door."""
    blueprint = operators_pages(door, "blocks", "/blocks")
    blueprint.get("")(show)
    blueprint.post("")(add)
    blueprint.post("/remove")(remove)
    return blueprint


def show() -> Response:
    """List what is kept out."""
    return _page()


def add() -> Response:
    """Keep out what was typed; typed anew, it holds from now on until then. What cannot be blocked is shown again."""
    lasts = request.form.get("until", "30d")
    try:
        if lasts not in UNTIL:
            raise Refused(f"A block lasts for one of {', '.join(UNTIL)}.", "until")  # noqa: TRY301 — as the others
        why = note(request.form.get("note", ""))
        with site().sessions.begin() as session:
            what = target(session, request.form.get("what", ""))
            life = EXPIRIES[lasts][1]
            block(session, what, now() + life if life else None, operator(why))
    except Refused as refusal:
        return _page(refusal)
    site().blocked.forget()
    log.info("blocked a %s", what.kind)
    return redirect(url_for("blocks.show", said="blocked"), 303)


def remove() -> Response:
    """Let in again what was kept out; pressing twice does it once."""
    try:
        with site().sessions.begin() as session:
            done = unblock(session, target(session, request.form.get("what", "")), operator())
    except Refused as refusal:
        return _page(refusal)
    site().blocked.forget()
    return redirect(url_for("blocks.show", said="unblocked" if done else "nothing"), 303)


def _page(refusal: Refused | None = None) -> Response:
    with site().sessions() as session:
        found = blocks(session, SHOWN)
    typed = {name: request.form.get(name, "") for name in ("what", "note", "until")}
    outcome = SAID.get(request.args.get("said", ""))
    page = render_template("blocks.html", blocks=found, refusal=refusal, typed=typed, outcome=outcome, shown=SHOWN)
    return Response(page, refusal.status if refusal else 200, mimetype="text/html")
