"""The buttons of /ops beside a message that may have arrived, and nobody knows."""

import logging

from flask import Blueprint, abort, redirect, url_for
from werkzeug.wrappers import Response

from snippets.audit import Action
from snippets.basic_auth import Door
from snippets.logs import request_id
from snippets.mail_doubts import count_as_sent, send_again
from snippets.operator_name import operator
from snippets.operators import operators_pages
from snippets.queue import enqueue_message
from snippets.site import site

log = logging.getLogger(__name__)

DECISIONS = {Action.IT_WAS_SENT.value: count_as_sent, Action.SEND_AGAIN.value: send_again}


def doubting(door: Door) -> Blueprint:
    """Return the buttons, behind the door."""
    blueprint = operators_pages(door, "doubting", "/messages")
    blueprint.post("/<int(max=9223372036854775807):message_id>/<decision>")(decide)
    return blueprint


def decide(message_id: int, decision: str) -> Response:
    """Do what a button says; pressing twice does it once."""
    if decision not in DECISIONS:
        abort(404)
    with site().sessions.begin() as session:
        done = DECISIONS[decision](session, message_id, operator())
    if done and decision == Action.SEND_AGAIN:
        enqueue_message(site().redis, message_id, request_id=request_id.get())
    log.info("%s, message %d: %s", decision, message_id, "done" if done else "nothing to do")
    return redirect(url_for("ops.show", said=decision if done else "not-uncertain"), 303)
