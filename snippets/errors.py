"""Every error by one template: one plain sentence, one way on."""

import logging
import math
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, make_response, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from snippets.access import Locked, Sealed, owns
from snippets.asking import wants_html
from snippets.database import AWAY, DATABASE_AWAY, reason
from snippets.drafts import too_large
from snippets.entering import closed_page
from snippets.outsiders import Closed
from snippets.site import site

log = logging.getLogger(__name__)

AGAIN = "Please try again in a minute."
SENTENCES = {
    404: ("Nothing here", "There is no snippet at this address: it may have expired, or a letter of it got lost."),
    410: ("Gone", "This snippet is gone."),
    405: ("Not that way", "This address does not take that kind of request."),
    500: ("Our fault", "Something broke on our side. It has been logged, and nothing that was saved is lost."),
    503: ("Back in a moment", f"{AWAY} {AGAIN}"),
}


def handle_errors(app: Flask, formats: dict[str, Callable[[HTTPException], AnyResponse]]) -> None:
    """Make the app answer every error with the error page, or one line of text to a client that wants no HTML.

    What happens beneath an address in `formats`, outside any view, is answered as that says.
    """

    def dispatch(error: HTTPException) -> AnyResponse:
        return next((each for prefix, each in formats.items() if request.path.startswith(prefix)), answer)(error)

    app.register_error_handler(HTTPException, dispatch)
    for error in DATABASE_AWAY:
        app.register_error_handler(error, _database_away)


def _database_away(error: SQLAlchemyError) -> Response:
    log.error("the database failed", exc_info=error)
    return answer(unavailable(error))


def unavailable(error: SQLAlchemyError) -> ServiceUnavailable:
    """Return the error of HTTP that an error of the database is."""
    return ServiceUnavailable(f"{reason(error)} {AGAIN}")


def answer(error: HTTPException) -> Response:
    """Answer an error with its page, or its sentence."""
    code = error.code or 500
    title, sentence = said(error)
    response = make_response(error.get_response())
    if wants_html():
        way = {"code": code, "title": title, "sentence": sentence, "way": _way_on()}
        response.data = _door(error) or render_template("error.html", **way)
        response.mimetype = "text/html"
    else:
        response.data = f"{sentence}\n"
        response.mimetype = "text/plain"
    return response


def _way_on() -> dict[str, str]:
    home = f"{site().settings.prefix}/"  # url_for has none where the request names no possible host
    return {"href": home, "text": "Share something new"}


def said(error: HTTPException) -> tuple[str, str]:
    """Return the title and the sentence of an error."""
    code = error.code or 500
    if code == 413:
        return "Too large", _too_much()
    title, sentence = SENTENCES.get(code, (error.name, error.description or ""))
    if error.description and error.description != type(error).description:
        sentence = error.description  # whoever raised it knows more than that
    return title, sentence


def _door(error: HTTPException) -> str | None:
    """Return the page on which a reader opens what is closed to him; None for any other error."""
    if isinstance(error, Closed):
        return closed_page()
    if isinstance(error, Locked):
        return render_template("locked.html", snippet=error.snippet, error=None)
    if isinstance(error, Sealed):
        return render_template("sealed.html", snippet=error.snippet, is_owner=owns(error.snippet))
    return None


def error_page(app: Flask, error: HTTPException) -> WSGIApplication:
    """Return a WSGI app that answers with this error as the site would, for what stands before the site itself.

    Nobody is to keep the answer.
    """

    def show(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with app.request_context(environ):
            response = app.make_response(app.handle_http_exception(error))
            response.cache_control.no_store = True
            return app.process_response(response)(environ, start_response)

    return show


def _too_much() -> str:
    """Return the sentence for a body that was not read: it was too long, or had too many parts."""
    settings = site().settings
    if (request.content_length or math.inf) > (request.max_content_length or 0):
        sentence = too_large(None, settings)  # the body's encoding makes it longer than the text
    else:
        sentence = f"That is too many fields; a snippet holds at most {settings.max_files} files."
    return f"{sentence} Your browser's Back button returns to what you typed." if wants_html() else sentence
