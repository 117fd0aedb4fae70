"""“Report”: a reader tells the operator what is wrong with a snippet."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import bindparam, select
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from snippets.access import find
from snippets.logs import request_id
from snippets.mail_address import LONGEST as LONGEST_ADDRESS
from snippets.models import Report, Snippet
from snippets.queue import enqueue_message
from snippets.refused import Refused
from snippets.site import site
from snippets.telling import tell_operator
from snippets.writers import refuse_blocked

reporting = Blueprint("reporting", __name__)

LONGEST_REASON = 1000  # characters
_HERE = select(Snippet).where(Snippet.id == bindparam("snippet_id"))


@reporting.get("/<slug:snippet_id>/report")
def ask(snippet_id: str) -> str:
    """Ask what is wrong; who has said it is told that it arrived."""
    snippet = find(_HERE, snippet_id, unseal=True)
    return render_template(
        "report.html", snippet=snippet, reason="", address="", error=None, sent="sent" in request.args
    )


@reporting.post("/<slug:snippet_id>/report")
def report(snippet_id: str) -> Response | tuple[str, int]:
    """Keep the report for the operator. Nothing changes for the readers until he has looked."""
    snippet = find(_HERE, snippet_id, unseal=True)
    reason, address = request.form.get("reason", "").strip(), request.form.get("address", "").strip()
    try:
        refuse_blocked()
        _refuse_unkept(reason, address)
    except Refused as refusal:
        form = {"reason": reason, "address": address, "error": refusal, "sent": False}
        return render_template("report.html", snippet=snippet, **form), refusal.status
    _refuse_haste()
    if not request.form.get("website"):  # nobody sees that field: who fills it in is a program
        with site().sessions.begin() as session:
            report = Report(snippet_id=snippet_id, reason=reason, address=address or None)
            session.add(report)
            message = tell_operator(session, snippet, report)
        if message:
            enqueue_message(site().redis, message.id, request_id=request_id.get())
    return redirect(url_for("reporting.ask", snippet_id=snippet_id, sent=1), 303)


def _refuse_unkept(reason: str, address: str) -> None:
    """Raise Refused for what cannot be kept."""
    if not reason:
        raise Refused("Say in a few words what is wrong with it.", "reason")
    if len(reason) > LONGEST_REASON or "\0" in reason:
        raise Refused(
            f"The reason has {len(reason):,} characters; at most {LONGEST_REASON:,} of text are kept.", "reason"
        )
    if address and (len(address) > LONGEST_ADDRESS or not re.fullmatch(r"[^@\s\0]+@[^@\s\0]+", address)):
        raise Refused("That is no mail address: leave it empty if you want no answer.", "address")


def _refuse_haste() -> None:
    if wait := site().reports.take(request.remote_addr or ""):
        raise TooManyRequests(f"Too many reports from your address: wait {wait} s and try again.", retry_after=wait)
