"""What is told to who is not let in: where to give the password, or that there is nobody's word for him."""

from flask import redirect, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, HTTPException, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from snippets.asking import wants_html
from snippets.site import site

WHY = "This site is closed to who has not given its password: as that of HTTP's basic authentication, or an API key."
NOBODY = "This site is for people who have logged in at its proxy, which says nothing of you."
LATER = "This site asks for its password first: give it at {} in another tab, then share again. Your text stays here."


class Closed(Forbidden):
    """A person is asked for the site's password, or to log in."""


def sent_to_log_in() -> AnyResponse:
    """Return the way to where people log in; raises what `refusal` returns where there is none for who asks."""
    address = site().settings.auth_login_url
    if address and wants_html() and request.method == "GET" and site().entrance is None:
        response = redirect(address, 302)
        response.headers["Cache-Control"] = "no-store"
        return response
    raise refusal()


def refusal() -> HTTPException:
    """Return what asks for the password: a page, or the challenge of RFC 7617."""
    if wants_html() or site().entrance is None:
        return Closed(why())
    told: dict[str, str | None] = {"realm": "This site", "charset": "UTF-8"}
    return Unauthorized(WHY, www_authenticate=WWWAuthenticate("basic", told))


def why() -> str:
    """Return the sentence."""
    return WHY if site().entrance else NOBODY
