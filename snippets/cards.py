"""What chats show beside the address of a snippet that is open to all: Open Graph (https://ogp.me) and its picture."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, abort, current_app, redirect, url_for
from sqlalchemy import bindparam, select
from werkzeug.wrappers import Response

from snippets.access import find
from snippets.human import plural
from snippets.models import Snippet
from snippets.open_rows import OpenSnippet
from snippets.previews import find_png
from snippets.queue import enqueue_missing_preview
from snippets.site import site
from snippets.visible import visible

cards = Blueprint("cards", __name__)

ALONE = select(Snippet).where(Snippet.id == bindparam("snippet_id"))
LINE = 120  # characters of the first line
SOON = 60  # seconds for which the picture of no snippet in particular may be kept
KEPT = 300  # seconds for a snippet's own: a deleted one is to go from caches as well


@dataclass(frozen=True, slots=True)
class Card:
    """What is said of a snippet: addresses are whole."""

    description: str
    address: str
    picture: str
    oembed: str


def card(
    snippet: Snippet | OpenSnippet, language: str, lines: int, address: Callable[..., str] = url_for
) -> Card | None:
    """Return the card of a snippet; None for one that is not for everyone."""
    if snippet.is_closed:
        return None
    files = len(snippet.files)
    here = address("reading.show", snippet_id=snippet.id, _external=True)
    facts = (plural(files, "file") if files > 1 else language, plural(lines, "line"), _first_line(snippet))
    return Card(
        " · ".join(filter(None, facts)),
        here,
        address("cards.picture", snippet_id=snippet.id, _external=True),
        address("oembed.describe", url=here, format="json", _external=True),
    )


@cards.get("/<slug:snippet_id>/preview.png")
def picture(snippet_id: str) -> Response:
    """Give the picture of a snippet; one of none in particular until a worker has drawn it."""
    snippet = find(ALONE, snippet_id)
    if snippet.is_closed:
        abort(403, "This snippet is not for everyone, so there is no picture of it.")
    png = find_png(site().sessions, snippet)
    if png is None:
        enqueue_missing_preview(site().redis, snippet_id)
        response = redirect(_asset("preview.png"), 302)
    else:
        response = Response(png, mimetype="image/png")
    response.cache_control.max_age = SOON if png is None else KEPT
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _asset(name: str) -> str:
    return cast("Callable[[str], str]", current_app.jinja_env.globals["asset"])(name)


def _first_line(snippet: Snippet | OpenSnippet) -> str:
    """Return the first line that is not blank, its blanks as one, cut where it is long."""
    begun = snippet.files[0].code[: 100 * LINE].lstrip().partition("\n")[0]
    words = visible(" ".join(begun[: 10 * LINE].split()))
    return words if len(words) <= LINE else f"{words[: LINE - 1]}…"
