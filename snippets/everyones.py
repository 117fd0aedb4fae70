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
from jinja2 import Template
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadHost
from werkzeug.routing import Map
from werkzeug.wsgi import get_host

from snippets.asking import prefers_text
from snippets.caching import VARIES, for_everyone
from snippets.headers import NOT_FOUND, SECURE, is_a_copy
from snippets.open_rows import OpenSnippet, read
from snippets.presenters import Address, FileView, present
from snippets.reading import ASKED_BY
from snippets.site import Site

_PAGE = re.compile(r"/([A-Za-z0-9_-]{11})", re.ASCII)
_OWN = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_X_TOKEN", "HTTP_X_PASSWORD")  # what makes a request somebody's
_SLOTS = ("title", "head", "scripts", "main")  # the blocks of base.html that a snippet's page fills
_SHELL = '{% extends "base.html" %}' + "".join(f"{{% block {slot} %}}\0{{% endblock %}}" for slot in _SLOTS)
_ANY = "_" * 11  # an id, to make patterns of addresses with


class EveryonesPage:
    """A WSGI app before another: answers for an open snippet in its colours, and leaves all else to `app`."""

    def __init__(self, app: WSGIApplication, flask: Flask, frame: Callable[[], dict[str, Any]]) -> None:
        """Show the pages of a Flask app's templates; `frame` says what is on every page."""
        self._app, self._frame = app, frame
        self._site: Site = flask.extensions["snippets"]
        self._engine = self._site.sessions.kw["bind"]
        self._template = flask.jinja_env.get_template("snippet.html")
        self._shell = Shell(flask.jinja_env.from_string(_SHELL))
        self._addresses = Addresses(flask.url_map, self._site.settings.prefix)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or have it answered."""
        snippet = self._find(environ)
        shared = for_everyone(snippet.expires_at) if snippet else None
        if snippet is None or shared is None:
            return self._app(environ, start_response)
        try:
            page = self._render(snippet, environ)
        except BadHost:
            return self._app(environ, start_response)  # which says so
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
        if not asked or any(name in environ for name in _OWN):
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
        shell = self._shell.parts(frame)
        blocks = ("".join(self._template.blocks[slot](context)) for slot in _SLOTS)
        around = "".join(chain(*zip(shell, blocks, strict=False), shell[-1:])).encode().split(b"\0")
        lines = (file.html.encode() for file in snippet.files)
        return b"".join(chain(*zip(around, lines, strict=False), around[-1:]))


class _LinesLeftOut(FileView):
    """A file whose lines, of which there may be megabytes, are put in when the page is bytes: no text holds a NUL."""

    lines = Markup("\0")


class Shell:
    """What stands around the blocks of a page, made anew when what is on every page has changed."""

    def __init__(self, template: Template) -> None:
        """Take it from a template whose blocks hold a NUL each."""
        self._template = template
        self._frame: dict[str, Any] | None = None
        self._parts: list[str] = []

    def parts(self, frame: dict[str, Any]) -> list[str]:
        """Return the text before each block and after the last."""
        if frame != self._frame:
            self._frame, self._parts = frame, self._template.render(frame).split("\0")
        return self._parts


class Addresses:
    """The addresses of what belongs to a snippet, as Flask's url_for gives them; each rule is built once."""

    def __init__(self, url_map: Map, prefix: str = "") -> None:
        """Build them by this map, below a path."""
        self._bind = url_map.bind
        self._build = url_map.bind("", script_name=prefix or None).build
        self._patterns: dict[tuple[str, int | None], str] = {}

    def on(self, scheme: str, host: str) -> Address:
        """Return what gives them; those that are to be `_external` with scheme and host. Raises BadHost."""
        root = f"{scheme}://{self._bind(host).server_name}"  # in lower case, as Flask has it

        def address(endpoint: str, *, _external: bool = False, **values: Any) -> str:
            return (root if _external else "") + self._path(endpoint, **values)

        return address

    def _path(self, endpoint: str, snippet_id: str = "", number: int | None = None, **values: Any) -> str:
        if values:
            return self._build(endpoint, values)
        pattern = self._patterns.get((endpoint, number))
        if pattern is None:
            given = {"snippet_id": _ANY} | ({} if number is None else {"number": number})
            pattern = self._patterns[endpoint, number] = self._build(endpoint, given)
        return pattern.replace(_ANY, snippet_id)
