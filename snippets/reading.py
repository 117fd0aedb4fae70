"""The pages on which people read: a snippet, one file of it, the bare text."""

from dataclasses import asdict
from typing import Any, NoReturn

from flask import Blueprint, abort, g, jsonify, make_response, render_template, request
from redis import Redis
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response

from snippets.access import Sealed, find, owns
from snippets.asking import wants_text
from snippets.caching import let_caches_keep
from snippets.fork_counts import COUNT
from snippets.forks import forked_from
from snippets.models import File, Snippet
from snippets.presenters import FileView, present
from snippets.site import site
from snippets.status import status
from snippets.viewings import look

reading = Blueprint("reading", __name__)

# Built once: that takes longer than running them. The html may be many times the code: only pages read it.
_HERE = select(Snippet).where(Snippet.id == bindparam("snippet_id")).join(Snippet.files).order_by(File.position)
_FILES = contains_eager(Snippet.files)
_ONE = File.position == bindparam("number")
SNIPPET = _HERE.options(_FILES, COUNT)
FILE = SNIPPET.where(_ONE)
STATUS = _HERE.options(_FILES.defer(File.html).defer(File.code)).where(_ONE)
CODES = _HERE.options(_FILES.load_only(File.code))
CODE = CODES.where(_ONE)
ASKED_BY = ("Accept", "User-Agent")  # the headers by which a program that gets the text is told from a browser
NAMES = _HERE.options(_FILES.load_only(File.name))


@reading.get("/<slug:snippet_id>")
def show(snippet_id: str) -> Response:
    """Show a snippet; to a program that asks for no page, such as curl, give its text."""
    response = raw(snippet_id) if wants_text() else _page(snippet_id)
    response.vary.update(ASKED_BY)
    return response


@reading.get("/<slug:snippet_id>.<extension>")
def show_as(snippet_id: str, extension: str) -> Response:
    """Show it also under the names that clients of other pastebins make of its address; `.txt` is the text."""
    return raw(snippet_id) if extension == "txt" else show(snippet_id)


@reading.get("/<_name>")
def nothing(_name: str) -> NoReturn:
    """Answer 404 rather than 405: a name takes a PUT, but there is nothing at it to read."""
    abort(404)


def _page(snippet_id: str) -> Response:
    """Return a snippet coloured if it is, else as plain numbered lines in the same place.

    One that can be read once is shown as the button that opens it, to people and to programs that look ahead.
    `as1=rust` shows the first file in another language, as long as that was asked for lately.
    """
    try:
        snippet = find(SNIPPET, snippet_id)
    except Sealed as sealed:
        page = render_template("sealed.html", snippet=sealed.snippet, is_owner=owns(sealed.snippet))
        return make_response(page)
    what = present(snippet, site().redis, view=_view)
    origin = forked_from(snippet)
    page = render_template("snippet.html", is_owner=owns(snippet), origin=origin, **what)
    names_another = origin is not None and origin.id is not None  # of whose changes nobody tells this page
    is_final = not names_another and not any(each.is_pending for each in snippet.files)
    return let_caches_keep(make_response(page), snippet, is_final=is_final)


def _view(file: File, redis: Redis) -> FileView:
    viewing = look(redis, file, request.args.get(f"as{file.position}"))
    if viewing:
        g.may_be_found = False
    return FileView(file, redis, viewing)


@reading.get("/<slug:snippet_id>/files/<int(max=1000):number>")
def file(snippet_id: str, number: int) -> Response:
    """Give one file's lines with their status; 202 while its colours are still to come.

    `Accept: application/json` gives the status alone, and `as` the file in another language, while there is that. Who
    accepts both and prefers lines gets the status for as long as those would be plain.
    """
    accepted = request.accept_mimetypes
    bare = accepted.best_match(["text/html", "application/json"]) == "application/json"
    waits = not bare and "application/json" in accepted.values()
    found = _one(STATUS if bare or waits else FILE, snippet_id, number)
    viewing = look(site().redis, found, request.args.get("as"))
    is_pending = (viewing or found).is_pending
    if bare or (waits and is_pending):
        response: Response = jsonify(asdict(viewing.status if viewing else status(found, site().redis)))
    else:
        view = FileView(_one(FILE, snippet_id, number) if waits else found, site().redis, viewing)
        response = make_response(render_template("_file.html", file=view, is_owner=False, burnt=False))
    if is_pending:
        response.status_code = 202
        response.retry_after = 1
    response.vary.add("Accept")
    response.cache_control.no_cache = True
    response.add_etag()
    return response.make_conditional(request)


def _one(query: Select[Any], snippet_id: str, number: int) -> File:
    [found] = find(query, snippet_id, number=number).files
    return found


@reading.get("/<slug:snippet_id>/raw")
def raw(snippet_id: str) -> Response:
    """Give the text of all files, one after the other, each beginning on a line of its own."""
    snippet = find(CODES, snippet_id)
    return let_caches_keep(as_text(snippet), snippet)


@reading.get("/<slug:snippet_id>/raw/<int(max=1000):number>")
def raw_file(snippet_id: str, number: int) -> Response:
    """Give the text of one file, numbered from 1."""
    snippet = find(CODE, snippet_id, number=number)
    return let_caches_keep(as_text(snippet), snippet)


def as_text(snippet: Snippet) -> Response:
    """Return the text of its files, which no browser takes for anything else."""
    *before, last = (file.code for file in snippet.files)
    return bare_text("".join(code if code.endswith("\n") else f"{code}\n" for code in before) + last)


def bare_text(text: str) -> Response:
    """Return a text that no browser takes for anything else."""
    response = Response(text)
    response.mimetype = "text/plain"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.add_etag()
    return response.make_conditional(request)
