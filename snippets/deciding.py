"""The page that a link in a mail opens: one button, for a program that looks ahead presses none."""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from itsdangerous import BadSignature, SignatureExpired
from sqlalchemy import select
from werkzeug.exceptions import Gone
from werkzeug.wrappers import Response as AnyResponse

from snippets.decisions import DAYS, Decision, carry_out, open_case
from snippets.models import Report
from snippets.site import site

deciding = Blueprint("deciding", __name__)
SHOWN = 5  # reports

OVER = f"This link was good for {DAYS} days, and they are over: the reports are at /ops/moderation."


@deciding.get("/decide")
def ask() -> Response:
    """Show what was reported, with the button; or that it has been decided. Changes nothing."""
    decision = _decision(request.args.get("key", ""))
    with site().sessions() as session:
        snippet = open_case(session, decision)
        newest = select(Report).where(Report.snippet_id == decision.snippet_id).order_by(Report.id.desc()).limit(SHOWN)
        reports = session.scalars(newest).all() if snippet else []
    page = render_template(
        "decide.html",
        decision=decision,
        key=request.args["key"],
        snippet=snippet,
        reports=reports,
        done="done" in request.args,
    )
    response = Response(page)
    response.cache_control.no_store = True
    return response


@deciding.post("/decide")
def decide() -> AnyResponse:
    """Do what the link is for, and say so; pressing twice does it once."""
    key = request.form.get("key", "")
    decision = _decision(key)
    with site().sessions.begin() as session:
        done = carry_out(session, decision)
    return redirect(url_for("deciding.ask", key=key, done=1 if done else None), 303)


def _decision(key: str) -> Decision:
    try:
        return site().decisions.read(key)
    except SignatureExpired:
        raise Gone(OVER) from None
    except BadSignature:
        abort(404)
