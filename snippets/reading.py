"""The pages on which people read: a snippet, one file of it, the bare text."""

from dataclasses import asdict
from typing import Any, NoReturn

from flask import Blueprint, abort, jsonify, make_response, render_template, request
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import contains_eager, defer
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from snippets.models import File, Snippet
from snippets.presenters import FileView, present
from snippets.site import site
from snippets.status import status

reading = Blueprint("reading", __name__)

# Built once: that takes longer than running them. The html may be many times the code: only pages read it.
_READABLE = Snippet.id == bindparam("snippet_id"), Snippet.is_readable
_SNIPPET = (
    select(Snippet).where(*_READABLE).join(Snippet.files).options(contains_eager(Snippet.files)).order_by(File.position)
)
_FILE = select(File).join(Snippet.files).where(*_READABLE, File.position == bindparam("number"))
_STATUS = _FILE.options(defer(File.html), defer(File.code))
_CODES = select(File.code).join(Snippet.files).where(*_READABLE).order_by(File.position)
_CODE = _CODES.where(File.position == bindparam("number"))


@reading.before_request
def refuse_guesses() -> None:
    """Answer 429 to a client that has asked for too many snippets that are not there, before looking for another."""
    if misses := site().misses:
        _refuse(misses.wait_here(request.remote_addr or ""))


@reading.get("/<slug:snippet_id>")
def show(snippet_id: str) -> str:
    """Show a snippet: coloured if it is, else as plain numbered lines in the same place."""
    snippet: Snippet = _one(_SNIPPET, snippet_id=snippet_id)
    is_owner = site().owners.owns(request, snippet.owner_hash)
    return render_template("snippet.html", is_owner=is_owner, **present(snippet, site().redis))


@reading.get("/<slug:snippet_id>/files/<int(max=1000):number>")
def file(snippet_id: str, number: int) -> Response:
    """Give one file's lines with their status; 202 while its colours are still to come.

    `Accept: application/json` gives the status alone.
    """
    bare = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    found: File = _one(_STATUS if bare else _FILE, snippet_id=snippet_id, number=number)
    if bare:
        response: Response = jsonify(asdict(status(found, site().redis)))
    else:
        response = make_response(render_template("_file.html", file=FileView(found, site().redis), is_owner=False))
    if found.is_pending:
        response.status_code = 202
        response.retry_after = 1
    response.vary.add("Accept")
    response.cache_control.no_cache = True
    response.add_etag()
    return response.make_conditional(request)


@reading.get("/<slug:snippet_id>/raw")
def raw(snippet_id: str) -> Response:
    """Give the text of all files, one after the other, each beginning on a line of its own."""
    with site().sessions() as session:
        *before, last = session.scalars(_CODES, {"snippet_id": snippet_id}).all() or _miss()
    return _text("".join(code if code.endswith("\n") else f"{code}\n" for code in before) + last)


@reading.get("/<slug:snippet_id>/raw/<int(max=1000):number>")
def raw_file(snippet_id: str, number: int) -> Response:
    """Give the text of one file, numbered from 1."""
    return _text(_one(_CODE, snippet_id=snippet_id, number=number))


def _text(code: str) -> Response:
    response = Response(code, mimetype="text/plain")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.add_etag()
    return response.make_conditional(request)


def _one(query: Select[Any], **values: str | int) -> Any:
    """Return the only row that the query finds; answer 404 when it finds none."""
    with site().sessions() as session:
        found = session.scalars(query, values).unique().one_or_none()
    return _miss() if found is None else found


def _miss() -> NoReturn:
    if misses := site().misses:
        address = request.remote_addr or ""
        _refuse(misses.wait(address))
        misses.count(address)
    abort(404)


def _refuse(wait: int) -> None:
    if wait:
        raise TooManyRequests(f"Too many addresses with nothing behind them: try again in {wait} s.", retry_after=wait)
