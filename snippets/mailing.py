"""“Mail”: a reader has the site send a snippet's address to somebody, in a message of the site's own."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import bindparam, select
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from snippets import letters
from snippets.absolute import absolute
from snippets.access import find
from snippets.closing import refuse_outsiders
from snippets.listings import holds_link
from snippets.logs import request_id
from snippets.mail_address import is_address
from snippets.mail_limits import MailLimits
from snippets.messages import Kind, printable, write
from snippets.models import Snippet
from snippets.queue import enqueue_message
from snippets.refused import Refused
from snippets.site import site
from snippets.visible import titled
from snippets.writers import refuse_blocked

LONGEST_NOTE = 500  # characters
CLOSED = "Only a snippet that everybody with its address can read is sent by mail."
_PLACE = re.compile(  # evil.example/x, not “main.py?”
    r"\w://|(?<![\w-])(?<![\w.]/)(?:[\w-]+\.)+(?:[^\W\d_]{2,}|xn--[\w-]+)(?::\d+)?(?:/|[?#](?=[\w%&=/]))", re.IGNORECASE
)
_HERE = select(Snippet).where(Snippet.id == bindparam("snippet_id"))


def mailing(limits: MailLimits) -> Blueprint:
    """Return the page, for a site that sends messages for its visitors."""
    blueprint = Blueprint("mailing", __name__)
    blueprint.get("/<slug:snippet_id>/mail")(ask)
    blueprint.post("/<slug:snippet_id>/mail", endpoint="send")(lambda snippet_id: send(snippet_id, limits))
    return blueprint


def ask(snippet_id: str) -> str:
    """Ask to whom the address goes; who has said it is told that it will."""
    form = {"address": "", "note": "", "error": None, "sent": "sent" in request.args}
    return render_template("mail.html", snippet=_open(snippet_id), longest=LONGEST_NOTE, **form)


def send(snippet_id: str, limits: MailLimits) -> Response | tuple[str, int, dict[str, str]]:
    """Write the message, for a worker to send: nobody waits for a mail server here."""
    snippet = _open(snippet_id)
    address, note = request.form.get("address", "").strip(), request.form.get("note", "").strip()
    try:
        refuse_outsiders()
        refuse_blocked()
        _refuse_unsendable(address, note)
        if not request.form.get("website"):  # nobody sees that field: who fills it in is a program
            limits.take(request.remote_addr or "", address)
            _write(snippet, address, note)
    except Refused as refusal:
        form = {"address": address, "note": note, "error": refusal, "sent": False}
        page = render_template("mail.html", snippet=snippet, longest=LONGEST_NOTE, **form)
        return page, refusal.status, refusal.headers
    return redirect(url_for("mailing.ask", snippet_id=snippet_id, sent=1), 303)


def _open(snippet_id: str) -> Snippet:
    snippet = find(_HERE, snippet_id, unseal=True)
    if snippet.is_closed:
        raise Forbidden(CLOSED)
    return snippet


def _refuse_unsendable(address: str, note: str) -> None:
    """Raise Refused for what makes no message, or one that its reader might take for somebody else's."""
    if not is_address(address):
        raise Refused("That is no mail address: it must be one alone, such as name@example.org.", "address")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"The note has {len(note):,} characters; at most {LONGEST_NOTE} are sent.", "note")
    if _holds_link(note):
        raise Refused("The note holds a link: only the snippet’s own is sent, so please leave others out.", "note")


def _holds_link(text: str) -> bool:
    """Whether what is printed of a text holds a link, or a place that mail programs make one of."""
    printed = printable(text)
    return holds_link(printed) or _PLACE.search(printed) is not None


def _write(snippet: Snippet, address: str, note: str) -> None:
    title = None if _holds_link(snippet.title or "") else snippet.title
    page = letters.Page(titled(title, None), absolute("reading.show", snippet_id=snippet.id))
    with site().sessions.begin() as session:
        letter = letters.share(page, note=note, site_name=site().settings.site_name)
        message = write(session, Kind.SHARE, address, letter)
    enqueue_message(site().redis, message.id, request_id=request_id.get())
