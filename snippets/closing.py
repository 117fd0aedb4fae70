"""A site that is not for everyone: whether a request may pass is decided here, and nowhere else.

What lets it in: the site's password, in a browser's cookie or as Basic's; the name in a trusted proxy's header; an API
key. What they are needed for is CLOSED_FOR: everything but what OPEN and OWN_DOORS have, or only what adds text.
"""

import re

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, url_for
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, HTTPException, Unauthorized
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response as AnyResponse

from snippets.asking import wants_html
from snippets.refused import Refused
from snippets.request_log import PERSON
from snippets.settings import Settings
from snippets.site import site

closing = Blueprint("closing", __name__)

OPEN = frozenset("assets.static closing.ask closing.enter health.up robots.rules".split())  # nobody's text is in them
OWN_DOORS = ("/ops", "/metrics", "/decide")  # what is behind another password, or a key of its own
TYPED = frozenset({"pasting.create", "owning.save"})  # refused by refuse_outsiders, which loses nothing of a form
EDITORS = frozenset({"pasting.new", "forking.fork", "owning.edit"})  # where the password is asked for before typing
WHY = "This site is closed to who has not given its password: as that of HTTP's basic authentication, or an API key."
NOBODY = "This site is for people who have logged in at its proxy, which says nothing of you."
LATER = "This site asks for its password first: give it at {} in another tab, then share again. Your text stays here."
_WAY = re.compile(r"/(?![/\\])[!-~]{0,2000}")  # to a page of this site, and of no other


class Closed(Forbidden):
    """A person is asked for the site's password, or to log in."""


def is_closed_by(settings: Settings) -> bool:
    """Whether these settings show nothing of the site to whoever is not let in."""
    return settings.closed_for == "everything" and bool(settings.site_password or settings.auth_header)


def is_for_all(settings: Settings) -> bool:
    """Whether these settings show the same to whoever brings no cookie and no secret: nobody is known by his proxy."""
    return not (settings.auth_header or is_closed_by(settings))


def is_closed() -> bool:
    """Whether this site shows nothing of itself to whoever is not let in."""
    return is_closed_by(site().settings)


def is_let_in() -> bool:
    """Whether the request may pass where the site is closed; answers 429 to who has tried too many passwords."""
    if "is_let_in" not in g:
        people, entrance = site().people, site().entrance
        is_open = not (people or entrance)
        g.is_let_in = is_open or "scopes" in g or bool(people and people.name(request))
        g.is_let_in = g.is_let_in or bool(entrance and entrance.has(request))
    return bool(g.is_let_in)


def refuse_outsiders() -> None:
    """Raise Refused for who may not add any text here."""
    if not is_let_in():
        message = LATER.format(url_for("closing.ask")) if wants_html() and site().entrance else _why()
        raise Refused(message, status=401)


def close(app: Flask) -> None:
    """Have the app ask who may pass before anything else, and let no shared cache keep what is not for everyone.

    An app that is open to all is left as it is.
    """
    settings: Settings = app.extensions["snippets"].settings
    if not (settings.site_password or settings.auth_header):
        return

    @app.before_request
    def ask() -> AnyResponse | None:
        people = site().people
        if people and site().settings.auth_in_log:
            request.environ[PERSON] = people.name(request)
        return None if _is_for_everyone() or is_let_in() else _sent_to_log_in()

    @app.after_request
    def keep(response: Response) -> Response:
        if is_closed() and request.endpoint not in OPEN:
            g.may_be_found = False
            if not response.cache_control.no_store:
                response.headers["Cache-Control"] = "private, no-cache"
        return response


def _is_for_everyone() -> bool:
    endpoint = request.endpoint or ""
    if endpoint in EDITORS:
        return False
    is_typed = endpoint in TYPED and wants_html()
    return not is_closed() or endpoint in OPEN or _has_own_door() or is_typed


def _has_own_door() -> bool:
    rule = str(request.url_rule or "")
    return any(rule == each or rule.startswith(f"{each}/") for each in OWN_DOORS)


def _sent_to_log_in() -> AnyResponse:
    address = site().settings.auth_login_url
    if address and wants_html() and request.method == "GET" and site().entrance is None:
        response = redirect(address, 302)
        response.headers["Cache-Control"] = "no-store"
        return response
    raise _refusal()


def _refusal() -> HTTPException:
    if wants_html() or site().entrance is None:
        return Closed(_why())
    told: dict[str, str | None] = {"realm": "This site", "charset": "UTF-8"}
    return Unauthorized(WHY, www_authenticate=WWWAuthenticate("basic", told))


def _why() -> str:
    return WHY if site().entrance else NOBODY


def closed_page(error: str | None = None) -> str:
    """Return the page that asks for the password and leads back to what was asked for, or says who may come in."""
    has_password = site().entrance is not None
    here = iri_to_uri(f"{request.script_root}{request.full_path.rstrip('?')}")
    way = request.form.get("way") or (here if request.method == "GET" else url_for("pasting.new"))
    return render_template("closed.html", has_password=has_password, way=way, sentence=NOBODY, error=error)


@closing.get("/enter")
def ask() -> AnyResponse:
    """Ask for the password; who has given it goes on."""
    return (
        redirect(url_for("pasting.new"), 303)
        if is_let_in()
        else Response(closed_page(), headers={"Cache-Control": "no-store"})
    )


@closing.post("/enter")
def enter() -> AnyResponse:
    """Take the password; the right one lets this browser in, and leads to the page that was asked for."""
    entrance = site().entrance
    if entrance is None or not entrance.opens_with(request, request.form.get("password", "")):
        return Response(closed_page("That is not the password."), 403, headers={"Cache-Control": "no-store"})
    way = request.form.get("way", "")
    home = url_for("pasting.new")
    is_ours = _WAY.fullmatch(way) and way.startswith(home) and way != url_for("closing.ask")
    response = redirect(way if is_ours else home, 303)
    entrance.give(response, path=home, secure=request.is_secure)
    return response
