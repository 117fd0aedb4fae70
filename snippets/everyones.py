"""The page of a snippet that is the same for everyone, made from bare rows without Flask: a third of the work.

Whatever else is asked, and whoever brings a cookie or a secret, is answered by the app, which says the same: a test
compares every byte and header.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wsgi import get_host

from snippets.addresses import Addresses
from snippets.asking import prefers_text
from snippets.caching import VARIES, for_everyone
from snippets.headers import NOT_FOUND, SECURE, is_a_copy
from snippets.open_rows import OpenSnippet, read
from snippets.page_keys import SOMEBODYS
from snippets.presenters import FileView, present
from snippets.reading import ASKED_BY
from snippets.shell import Shell
from snippets.site import Site

_PAGE = re.compile(r"/([A-Za-z0-9_-]{11})", re.ASCII)
_SOMEBODYS = tuple(f"HTTP_{name.upper().replace('-', '_')}" for name in SOMEBODYS)


class EveryonesPage:
    """A WSGI app before another: answers for an open snippet in its colours, and leaves all else to `app`."""

    def __init__(self, app: WSGIApplication, flask: Flask, frame: Callable[[], dict[str, Any]]) -> None:
        """Show the pages of a Flask app's templates; `frame` says what is on every page."""
        self._app, self._frame = app, frame
        self._site: Site = flask.extensions["snippets"]
        self._engine = self._site.sessions.kw["bind"]
        self._template = flask.jinja_env.get_template("snippet.html")
        self._shell = Shell(flask.jinja_env)
        self._addresses = Addresses(flask.url_map, self._site.settings.prefix)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or have it answered."""
        snippet = self._find(environ)
        shared = for_everyone(snippet.expires_at) if snippet else None
        if snippet is None or shared is None:
            return self._app(environ, start_response)
        page = self._render(snippet, environ)
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Cache-Control", shared),
            ("Vary", ", ".join((*VARIES, *ASKED_BY))),
            *SECURE.items(),
        ]
        if snippet.visibility != "public" or is_a_copy(self._site.settings):
            headers.append(NOT_FOUND)
        start_response("200 OK", headers)
        return [page]

    def _find(self, environ: WSGIEnvironment) -> OpenSnippet | None:
        if (
            environ["REQUEST_METHOD"] != "GET"
            or environ["QUERY_STRING"]
            or environ["SCRIPT_NAME"] != self._site.settings.prefix
        ):
            return None
        asked = _PAGE.fullmatch(environ["PATH_INFO"])
        if not asked or any(name in environ for name in _SOMEBODYS):
            return None
        if prefers_text(environ.get("HTTP_ACCEPT", ""), environ.get("HTTP_USER_AGENT", "")):
            return None
        misses = self._site.misses
        if misses and misses.wait_here(environ.get("REMOTE_ADDR", "")):
            return None
        try:
            return read(self._engine, asked[1])
        except SQLAlchemyError:
            return None  # the app finds the same, and says so

    def _render(self, snippet: OpenSnippet, environ: WSGIEnvironment) -> bytes:
        address = self._addresses.on(environ["wsgi.url_scheme"], get_host(environ))
        frame = self._frame() | {"path": ""}  # it is none that the navigation names
        view = partial(_LinesLeftOut, address=address)
        what = present(snippet, self._site.redis, address=address, view=view)
        context = self._template.new_context({**frame, **what, "url_for": address, "is_owner": False, "origin": None})
        around = self._shell.around(self._template, context, frame).encode().split(b"\0")
        lines = (file.html.encode() for file in snippet.files)
        return b"".join(chain(*zip(around, lines, strict=False), around[-1:]))


class _LinesLeftOut(FileView):
    """A file whose lines, of which there may be megabytes, are put in when the page is bytes: no text holds a NUL."""

    lines = Markup("\0")
