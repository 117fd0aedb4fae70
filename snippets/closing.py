"""A site that is not for everyone: whether a request may pass is decided here, and nowhere else.

What lets it in: the site's password, in a browser's cookie or as Basic's; the name in a trusted proxy's header; an API
key. What they are needed for is CLOSED_FOR: everything but what OPEN and OWN_DOORS have, or only what adds text.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, g, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from snippets.asking import wants_html
from snippets.outsiders import LATER, refusal, sent_to_log_in, why
from snippets.refused import Refused
from snippets.request_log import PERSON
from snippets.settings import Settings
from snippets.site import site

OPEN = frozenset("assets.static entering.ask entering.enter health.up robots.rules".split())  # nobody's text is in them
OWN_DOORS = ("/ops", "/metrics", "/decide")  # what is behind another password, or a key of its own
TYPED = frozenset({"pasting.create", "owning.save"})  # refused later, so that nothing of a form is lost
EDITORS = frozenset({"pasting.new", "forking.fork", "owning.edit"})  # where the password is asked for before typing


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
        message = LATER.format(url_for("entering.ask")) if wants_html() and site().entrance else why()
        raise Refused(message, status=401)


@contextmanager
def told_nothing() -> Iterator[None]:
    """Have outsiders told that the site is closed in place of what else is wrong: that would say what there is."""
    try:
        yield
    except HTTPException:
        if is_closed() and not is_let_in():
            raise refusal() from None
        raise


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
        return None if _is_for_everyone() or is_let_in() else sent_to_log_in()

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
