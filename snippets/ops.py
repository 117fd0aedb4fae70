"""`/ops`: one page that says how the queues are, and a button for each thing that can be done about it."""

import time
from collections.abc import Iterator

from flask import Blueprint, abort, redirect, render_template, request, url_for
from redis import RedisError
from werkzeug.wrappers import Response as AnyResponse

from snippets import breaker, requeueing
from snippets.another_try import left_plain
from snippets.audit import Action, record
from snippets.basic_auth import Door
from snippets.failures import LOOKED_AT, Failures, failures
from snippets.mail_state import mail_state
from snippets.models import now
from snippets.moderation_lists import count_reported
from snippets.operations import NOTHING, OPERATIONS, OUTCOMES, operate
from snippets.operator_name import operator
from snippets.operators import operators_pages
from snippets.ops_figures import duration, fallbacks, per_minute, times
from snippets.queue_state import QUEUES, queue_state, retries
from snippets.row_state import row_state
from snippets.site import site
from snippets.statistics import DAY, HOUR, read
from snippets.worker_state import are_suspended, worker_states

EVERY = 10  # seconds, for who wants the page to refresh itself
SOON = 2  # seconds, while jobs are being requeued
AWAY = "The queues cannot be shown: Redis does not answer."


def ops(door: Door) -> Blueprint:
    """Return the page and its buttons, all behind the door. Requests from other sites are SameOrigin's business."""
    blueprint = operators_pages(door, "ops")
    blueprint.register_error_handler(RedisError, _redis_away)
    blueprint.add_app_template_filter(duration)
    blueprint.get("")(show)
    blueprint.post("/<operation>")(change)
    return blueprint


def show() -> str:
    """Show everything as it is now."""
    redis = site().redis
    hour, day = read(redis, HOUR), read(redis, DAY)
    since = breaker.open_since(redis, site().settings)
    waiting, next_retries = retries(redis)
    order = requeueing.progress(redis)
    return render_template(
        "ops.html",
        at=now(),
        refresh=SOON if order and order.done < order.total else EVERY if "live" in request.args else None,
        live="live" in request.args,
        outcome=OUTCOMES.get(request.args.get("said", "")),
        order=order,
        reported=count_reported(site().sessions),
        rows=row_state(site().sessions),
        highlighter=site().settings.highlighter_url is not None,
        breaker_open=None if since is None else time.time() - since,
        suspended=are_suspended(redis),
        queues=[(queue_state(redis, name), per_minute(hour, name)) for name in QUEUES],
        windows=[("Last hour", times(hour, "hour")), ("Last day", times(day, "day"))],
        fallbacks=fallbacks(hour, day),
        workers=worker_states(redis),
        retries=next_retries,
        retries_waiting=waiting,
        failures=list(_failures()),
        looked_at=LOOKED_AT,
        left_plain=left_plain(site().sessions),
        mail=mail_state(site().sessions) if site().settings.smtp_url else None,
    )


def change(operation: str) -> AnyResponse:
    """Do what a button says, and show the page with what came of it. What cannot be recorded is not done."""
    if operation not in OPERATIONS:
        abort(404)
    on = " on ".join(request.form[each] for each in ("job", "exception", "queue") if each in request.form)
    with site().sessions.begin() as session:
        record(session, operator(), Action(operation), on)
        session.flush()
        try:
            said = operate(site().redis, operation, request.form)
        except KeyError:
            abort(400)
        if said in NOTHING:
            session.rollback()
    return redirect(url_for("ops.show", said=said, live=1 if "live" in request.form else None), 303)


def _failures() -> Iterator[Failures]:
    for name in QUEUES:
        yield from failures(site().redis, name)


def _redis_away(_: Exception) -> tuple[str, int]:
    way = {"href": url_for("ops.show"), "text": "Look again"}
    return render_template("error.html", code=503, title="Out of reach", sentence=AWAY, way=way), 503
