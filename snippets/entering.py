"""The page of a closed site: it asks for the password, remembers who has given it, and leads on to what he wanted."""

import re

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response as AnyResponse

from snippets.closing import is_let_in
from snippets.outsiders import NOBODY
from snippets.site import site

entering = Blueprint("entering", __name__)

_WAY = re.compile(r"/(?![/\\])[!-~]{0,2000}")  # to a page of this site, and of no other


def closed_page(error: str | None = None) -> str:
    """Return the page that asks for the password and leads back to what was asked for, or says who may come in."""
    has_password = site().entrance is not None
    here = iri_to_uri(f"{request.script_root}{request.full_path.rstrip('?')}")
    way = request.form.get("way") or (here if request.method == "GET" else url_for("pasting.new"))
    return render_template("closed.html", has_password=has_password, way=way, sentence=NOBODY, error=error)


@entering.get("/enter")
def ask() -> AnyResponse:
    """Ask for the password; who has given it goes on."""
    return (
        redirect(url_for("pasting.new"), 303)
        if is_let_in()
        else Response(closed_page(), headers={"Cache-Control": "no-store"})
    )


@entering.post("/enter")
def enter() -> AnyResponse:
    """Take the password; the right one lets this browser in, and leads to the page that was asked for."""
    entrance = site().entrance
    if entrance is None or not entrance.opens_with(request, request.form.get("password", "")):
        return Response(closed_page("That is not the password."), 403, headers={"Cache-Control": "no-store"})
    way = request.form.get("way", "")
    home = url_for("pasting.new")
    is_ours = _WAY.fullmatch(way) and way.startswith(home)
    response = redirect(way if is_ours else home, 303)
    entrance.give(response, path=home, secure=request.is_secure)
    return response
