"""The pages on which people read: a snippet, one file of it, the bare text."""

from dataclasses import asdict
from typing import NoReturn

from flask import Blueprint, abort, jsonify, make_response, render_template, request
from sqlalchemy import bindparam, select
from sqlalchemy.orm import contains_eager
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from snippets.models import File, Snippet
from snippets.presenters import FileView, present
from snippets.site import site

reading = Blueprint("reading", __name__)

# Built once: that takes longer than running them.
_SNIPPET = (
    select(Snippet)
    .where(Snippet.id == bindparam("snippet_id"), Snippet.is_readable)
    .join(Snippet.files)
    .options(contains_eager(Snippet.files))
    .order_by(File.position)
)
_FILE = (
    select(File)
    .join(Snippet.files)
    .where(Snippet.id == bindparam("snippet_id"), Snippet.is_readable, File.position == bindparam("number"))
)


@reading.before_request
def refuse_guesses() -> None:
    """Answer 429 to a client that has asked for too many snippets that are not there, before looking for another."""
    if misses := site().misses:
        _refuse(misses.wait_here(request.remote_addr or ""))


@reading.get("/<slug:snippet_id>")
def show(snippet_id: str) -> str:
    """Show a snippet: coloured if it is, else as plain numbered lines in the same place."""
    return render_template("snippet.html", **present(_snippet(snippet_id), site().redis))


@reading.get("/<slug:snippet_id>/files/<int(max=1000):number>")
def file(snippet_id: str, number: int) -> Response:
    """Give one file's lines with their status; 202 while its colours are still to come.

    `Accept: application/json` gives the status alone.
    """
    view = FileView(_file(snippet_id, number), site().redis)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        response: Response = jsonify(asdict(view.status))
    else:
        response = make_response(render_template("_file.html", file=view))
    if view.is_pending:
        response.status_code = 202
        response.retry_after = 1
    response.vary.add("Accept")
    response.cache_control.no_cache = True
    response.add_etag()
    return response.make_conditional(request)


@reading.get("/<slug:snippet_id>/raw")
def raw(snippet_id: str) -> Response:
    """Give the text of all files, one after the other, each beginning on a line of its own."""
    *before, last = (file.code for file in _snippet(snippet_id).files)
    return _text("".join(code if code.endswith("\n") else f"{code}\n" for code in before) + last)


@reading.get("/<slug:snippet_id>/raw/<int(max=1000):number>")
def raw_file(snippet_id: str, number: int) -> Response:
    """Give the text of one file, numbered from 1."""
    return _text(_file(snippet_id, number).code)


def _text(code: str) -> Response:
    response = Response(code, mimetype="text/plain")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.add_etag()
    return response.make_conditional(request)


def _snippet(snippet_id: str) -> Snippet:
    with site().sessions() as session:
        return session.scalars(_SNIPPET, {"snippet_id": snippet_id}).unique().one_or_none() or _miss()


def _file(snippet_id: str, number: int) -> File:
    with site().sessions() as session:
        return session.scalars(_FILE, {"snippet_id": snippet_id, "number": number}).one_or_none() or _miss()


def _miss() -> NoReturn:
    if misses := site().misses:
        address = request.remote_addr or ""
        _refuse(misses.wait(address))
        misses.count(address)
    abort(404)


def _refuse(wait: int) -> None:
    if wait:
        raise TooManyRequests(f"Too many addresses with nothing behind them: try again in {wait} s.", retry_after=wait)
