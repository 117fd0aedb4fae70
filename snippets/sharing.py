"""Passing a snippet on: its address as text and as a QR code, and what another site needs to show it."""

import functools
import io
from typing import Any

import segno
from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from snippets.access import Sealed, find, owns
from snippets.cards import ALONE
from snippets.embeds import THEMES, Choice, excerpts, height
from snippets.headers import POLICY
from snippets.models import Snippet
from snippets.presenters import title_of
from snippets.reading import SNIPPET
from snippets.refused import Refused

sharing = Blueprint("sharing", __name__)


@sharing.get("/<slug:snippet_id>/share")
def share(snippet_id: str) -> Response:
    """Show the address, its QR code and, of a snippet that is open to all, what embeds it; changing nothing."""
    snippet = find(SNIPPET, snippet_id, unseal=True)
    if snippet.burn and not owns(snippet):
        raise Sealed(snippet)
    page: dict[str, Any] = {"snippet": snippet, "title": title_of(snippet), "address": address_of(snippet)}
    status = 200
    if not snippet.is_closed:
        try:
            page |= _offers(snippet, Choice.read(request.args)) | {"asked": request.args, "refusal": None}
        except Refused as refusal:
            page |= _offers(snippet, Choice()) | {"asked": request.args, "refusal": refusal}
            status = refusal.status
    response = Response(render_template("share.html", **page), status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"  # it shows what it offers
    return response


def _offers(snippet: Snippet, choice: Choice) -> dict[str, Any]:
    """Return what embeds the chosen part, in each way. Raises Refused."""
    options = choice.options()
    script = url_for("embedding.script", snippet_id=snippet.id, _external=True, **options)
    return {
        "looks": THEMES,
        "frame": frame(snippet, choice, "100%", height(excerpts(snippet.files, choice))),
        "script": Markup('<script src="{}" async></script>').format(script),
        "oembed": url_for("oembed.describe", url=address_of(snippet, **options), format="json", _external=True),
    }


@sharing.get("/<slug:snippet_id>/qr.svg")
def qr(snippet_id: str) -> Response:
    """Give the address of a snippet as a QR code, which a camera reads in light and dark alike."""
    response = Response(_qr(address_of(find(ALONE, snippet_id, unseal=True))), mimetype="image/svg+xml")
    response.cache_control.private = True  # it names the host that was asked for
    response.cache_control.max_age = 86400
    response.add_etag()
    return response.make_conditional(request)


def frame(snippet: Snippet, choice: Choice, width: int | str, tall: int) -> Markup:
    """Return the markup that shows what was chosen in another page, in a frame so wide and so many pixels tall."""
    source = url_for("embedding.frame", snippet_id=snippet.id, _external=True, **choice.options())
    return Markup('<iframe src="{}" title="{}" width="{}" height="{}" frameborder="0" loading="lazy"></iframe>').format(
        source, title_of(snippet), width, tall
    )


def address_of(snippet: Snippet, **options: Any) -> str:
    """Return the whole address of a snippet, as the reader's browser knows the site."""
    return url_for("reading.show", snippet_id=snippet.id, _external=True, **options)


@functools.lru_cache(maxsize=256)
def _qr(address: str) -> bytes:
    """Return the SVG: error correction M, black on white, with the quiet zone of ISO 18004: four modules."""
    picture = io.BytesIO()
    segno.make_qr(address, error="m").save(
        picture, kind="svg", border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return picture.getvalue()
