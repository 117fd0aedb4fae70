"""Who may read a snippet: every page, raw text and picture of it asks here, and nowhere else."""

from typing import Any, NoReturn

from flask import Flask, Response, abort, g, request, url_for
from sqlalchemy import Select
from werkzeug.exceptions import Forbidden, Gone, TooManyRequests

from snippets.gone import Reason, sentence
from snippets.keys import is_admin
from snippets.models import Snippet, Tombstone
from snippets.passwords import from_header, is_right
from snippets.site import site

FOUND = ("reading.show",)  # what search engines may list: the page itself, none of its copies


class Locked(Forbidden):
    """A password is asked for; `snippet` is what it protects."""

    description = "A password protects this snippet."  # which a program gives as X-Password

    def __init__(self, snippet: Snippet) -> None:
        super().__init__()
        self.snippet = snippet


class Sealed(Forbidden):
    """Whoever reads the snippet deletes it, so it must be opened on purpose; `snippet` is what is sealed."""

    def __init__(self, snippet: Snippet) -> None:
        super().__init__(
            "This snippet can be read once only, and reading deletes it: open its page to do so, or"
            f" POST to {url_for('opening.reveal', snippet_id=snippet.id)}."
        )
        self.snippet = snippet


def find(query: Select[Any], snippet_id: str, *, unseal: bool = False, **values: str | int) -> Snippet:
    """Return the only snippet that the query finds by `snippet_id`, which the request may read.

    Answers 404 where there is none or a private one of somebody else, 410 where it is gone, and 429 to who asks for too
    many that are not there. Raises Locked before the password was given, and Sealed, unless told to `unseal`, for one
    to be read once.
    """
    refuse_guesses()
    with site().sessions() as session:
        snippet: Snippet | None = session.scalars(query, {"snippet_id": snippet_id, **values}).unique().one_or_none()
        tombstone = None if snippet else session.get(Tombstone, snippet_id)
    if tombstone:
        raise Gone(sentence(tombstone.reason))
    if snippet is None:
        miss()
    g.is_closed = snippet.is_closed
    g.may_be_found = snippet.visibility == "public" and not snippet.is_closed and request.endpoint in FOUND
    if not snippet.is_readable:
        raise Gone(sentence(Reason.EXPIRED))
    if snippet.taken_down_at:
        raise Gone(sentence(Reason.TAKEN_DOWN))
    is_owner = owns(snippet)
    if snippet.visibility == "private" and not is_owner:
        miss()
    if snippet.password_hash and not is_owner and not _has_password(snippet):
        raise Locked(snippet)
    if snippet.burn and not unseal:
        raise Sealed(snippet)
    return snippet


def owns(snippet: Snippet) -> bool:
    """Whether the request comes from who shared it, or may change everything."""
    return is_admin() or site().owners.owns(request, snippet.owner_hash)


def _has_password(snippet: Snippet) -> bool:
    """Whether the request's browser has given the password before, or a program gives it now, as `X-Password`."""
    if site().unlocks.has(request, snippet):
        return True
    given = request.headers.get("X-Password")
    return given is not None and try_password(snippet, from_header(given))


def try_password(snippet: Snippet, password: str) -> bool:
    """Whether that is the password of a snippet.

    Answers 429 to too many tries, counted by address and by snippet, so that many addresses are no way round.
    """
    for attempts, who in ((site().passwords, request.remote_addr or ""), (site().unlocked, snippet.id)):
        if wait := attempts.take(who):
            raise TooManyRequests(f"Too many passwords were tried: wait {wait} s and try again.", retry_after=wait)
    return is_right(password, snippet.password_hash or "")


def refuse_guesses() -> None:
    """Answer 429 to a client that has asked for too many snippets that are not there."""
    if misses := site().misses:
        _refuse(misses.wait_here(request.remote_addr or ""))


def miss() -> NoReturn:
    """Answer 404, and count it; the answer is the same whether nothing is there or something that is not shown."""
    g.is_closed = False
    if misses := site().misses:
        address = request.remote_addr or ""
        _refuse(misses.wait(address))
        misses.count(address)
    abort(404)


def _refuse(wait: int) -> None:
    if wait:
        raise TooManyRequests(f"Too many addresses with nothing behind them: try again in {wait} s.", retry_after=wait)


def keep_closed(app: Flask) -> None:
    """Let no cache keep what is not for everyone, nor that there is nothing: its owner may see something there.

    It shows nothing else without asking whether it still holds.
    """

    @app.after_request
    def mark(response: Response) -> Response:
        if g.get("is_closed") or response.status_code == 404:
            response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("Cache-Control", "no-cache")  # else caches choose for how long themselves
        return response
