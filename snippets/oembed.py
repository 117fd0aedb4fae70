"""oEmbed: how a program asks what to show for an address, see https://oembed.com (version 1.0, type rich)."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, abort, jsonify, request
from werkzeug.exceptions import NotImplemented as NotOffered
from werkzeug.wrappers import Response

from snippets.access import Locked, Sealed, find, miss
from snippets.embeds import Choice, excerpts, height
from snippets.models import Snippet
from snippets.presenters import title_of
from snippets.reading import SNIPPET
from snippets.refused import Refused
from snippets.sharing import frame
from snippets.site import site

oembed = Blueprint("oembed", __name__)

WIDTH = 720  # pixels, unless less is asked for
CACHE_AGE = 3600  # seconds

_PATH = re.compile(r"/([A-Za-z0-9_-]{11})(?:/embed|/share)?/?")
_FRAGMENT = re.compile(r"(?:file-(\d{1,4})|(?:f(\d{1,4}))?(L\d{1,7}(?:-L\d{1,7})?))")


@oembed.get("/oembed")
def describe() -> Response:
    """Say what shows a snippet: 401 for one that is not for everyone, 404 for what is no snippet, 501 for XML."""
    if request.args.get("format", "json") != "json":
        raise NotOffered("Only format=json is offered.")
    snippet_id, choice = _asked(request.args.get("url", ""))
    widest, tallest = _limit("maxwidth"), _limit("maxheight")
    snippet = _open(snippet_id)
    try:
        response = jsonify(_answer(snippet, choice, widest, tallest))
    except Refused as refusal:
        abort(refusal.status, refusal.message)
    response.cache_control.max_age = 60
    response.headers["Access-Control-Allow-Origin"] = "*"  # nothing in it that is not for everyone
    return response


def _answer(snippet: Snippet, choice: Choice, widest: int | None, tallest: int | None) -> dict[str, Any]:
    shown = excerpts(snippet.files, choice)
    width, tall = min(WIDTH, widest or WIDTH), min(height(shown), tallest or height(shown))
    return {
        "version": "1.0",
        "type": "rich",
        "title": title_of(snippet),
        "provider_name": site().settings.site_name,
        "provider_url": request.url_root,
        "cache_age": CACHE_AGE,
        "html": frame(snippet, choice, width, tall),
        "width": width,
        "height": tall,
    }


def _asked(address: str) -> tuple[str, Choice]:
    """Return which snippet an address leads to, and what it chooses of it by its query or its fragment."""
    try:
        parts = urlsplit(address[:2000])
    except ValueError:
        miss()
    is_here = parts.path.startswith(f"{request.script_root}/")
    path = _PATH.fullmatch(parts.path.removeprefix(request.script_root))
    if (
        path is None
        or not is_here
        or parts.scheme not in ("http", "https")
        or parts.netloc.lower() != request.host.lower()
    ):
        miss()
    try:
        choice = Choice.read(dict(parse_qsl(parts.query)))
    except Refused as refusal:
        abort(refusal.status, refusal.message)
    if found := _FRAGMENT.fullmatch(parts.fragment):
        choice = replace(choice, file=int(found[1] or found[2] or 1), lines=found[3] or "")
    return path[1], choice


def _open(snippet_id: str) -> Snippet:
    try:
        snippet = find(SNIPPET, snippet_id)
    except (Locked, Sealed) as closed:
        abort(401, closed.description)
    if snippet.is_closed:
        abort(401, "This snippet is not for everyone, so other sites cannot show it.")
    return snippet


def _limit(name: str) -> int | None:
    """Return a limit in pixels; None: none is set."""
    given = request.args.get(name, "")
    if given and not re.fullmatch(r"[1-9]\d{0,5}", given):
        abort(400, f"{name} must be a number of pixels, such as 600.")
    return int(given) if given else None
