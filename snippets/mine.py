"""What this browser shared, and how another one gets to own it too."""

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from snippets.models import Snippet, hash_secret
from snippets.owners import COOKIE, KEY, MOST, SECRET, set_cookie
from snippets.pages import newest
from snippets.refused import Refused
from snippets.site import site
from snippets.summaries import summaries

mine = Blueprint("mine", __name__, url_prefix="/mine")

SEPARATOR = ","  # between the secrets in a code: no secret holds one, nor what an API's client presents as such
LONGEST = 4000  # characters of a code, or of a whole link


@mine.after_request
def keep_to_itself(response: Response) -> Response:
    """Let no cache keep any of these pages: two people may share a computer, or a proxy."""
    response.cache_control.no_store = True
    return response


@mine.get("")
def shared() -> str:
    """List the snippets of this browser, newest first."""
    hashes = site().owners.hashes(request)
    try:
        page = newest(site().sessions, [Snippet.owner_hash == each for each in hashes], request.args.get("before", ""))
    except ValueError:
        abort(404)
    return render_template(
        "mine.html", rows=summaries(site().sessions, page.snippets), older=page.older, is_known=bool(hashes)
    )


@mine.post("/move")
def move() -> Response:
    """Show the link that makes another browser an owner as well.

    The secrets stand in its fragment: no browser sends that to a server, in an address or in a Referer.
    """
    code = SEPARATOR.join(site().owners.secrets(request))
    if not code:
        return redirect(url_for("mine.shared"), 303)
    return make_response(render_template("move.html", code=code, link=f"{url_for('mine.ask', _external=True)}#{code}"))


@mine.get("/take")
def ask() -> str:
    """Show the one field in which the code of another browser is put; a script does it for who opens the link."""
    return render_template("take.html", code="", error=None)


@mine.post("/take")
def take() -> Response | tuple[str, int, dict[str, str]]:
    """Make this browser an owner of what the code's browser shared: no row changes, and that one owns it still."""
    code = request.form.get("code", "")
    try:
        cookie = _taken(code)
    except Refused as refusal:
        page = render_template("take.html", code=code[:LONGEST], error=refusal)
        return page, refusal.status, refusal.headers
    response = redirect(url_for("mine.shared"), 303)
    set_cookie(response, cookie, path=url_for("pasting.new"), secure=request.is_secure)
    return response


@mine.post("/forget")
def forget() -> Response:
    """Take the secrets out of this browser; its snippets stay, and nobody else gets to own them."""
    response = redirect(url_for("mine.shared"), 303)
    response.delete_cookie(COOKIE, path=url_for("pasting.new"), httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _taken(code: str) -> str:
    """Return the cookie's value with the secrets of a code, or of a link that ends in one. Raises Refused."""
    if wait := site().takings.take(request.remote_addr or ""):
        raise Refused(f"Too many codes were tried: wait {wait} s and try again.", "code", status=429, retry_after=wait)
    given = code.strip().rpartition("#")[2].split(SEPARATOR) if len(code) <= LONGEST else []
    if not given or len(given) > MOST or not all(map(SECRET.fullmatch, given)):
        raise Refused("That is not a code: copy all of it, or the whole link, from the other browser.", "code")
    if any(each.startswith(KEY) for each in given):
        raise Refused("That is an API key: a program presents it, and no browser takes it.", "code")
    known = _known(given)
    if not known:
        raise Refused("Nothing here was shared by the browser of this code: its snippets may have expired.", "code")
    cookie = site().owners.with_more(request, known)
    if cookie is None:
        raise Refused(f"This browser has taken the snippets of {MOST - 1} others: it cannot hold more.", "code")
    return cookie


def _known(secrets: list[str]) -> list[str]:
    """Return those of the secrets with which something was shared that is still there."""
    hashes = {hash_secret(secret): secret for secret in secrets}
    query = select(Snippet.owner_hash).where(Snippet.owner_hash.in_(hashes)).distinct()
    with site().sessions() as session:
        found = set(session.scalars(query))
    return [secret for each, secret in hashes.items() if each in found]
