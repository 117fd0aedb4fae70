"""Every error by one template: one plain sentence, one way on."""

import logging

from flask import Flask, Response, make_response, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from snippets.drafts import too_large
from snippets.site import site

log = logging.getLogger(__name__)

SENTENCES = {
    404: ("Nothing here", "There is no snippet at this address: it may have expired, or a letter of it got lost."),
    405: ("Not that way", "This address does not take that kind of request."),
    500: ("Our fault", "Something broke on our side. It has been logged, and nothing that was saved is lost."),
    503: ("Back in a moment", "The database cannot be reached just now. Please try again in a minute."),
}
WAY_ON = {"href": "/", "text": "Share something new"}


def handle_errors(app: Flask) -> None:
    """Make the app answer every error with the error page, or one line of text to a client that wants no HTML."""
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(OperationalError, _database_away)


def _database_away(error: OperationalError) -> Response:
    log.error("the database failed: %s", error.orig)
    return _answer(ServiceUnavailable())


def _answer(error: HTTPException) -> Response:
    code = error.code or 500
    title, sentence = SENTENCES.get(code, (error.name, error.description or ""))
    if code == 413:
        title, sentence = (
            "Too large",
            too_large(None, site().settings),
        )  # the body's encoding makes it longer than the text
    response = make_response(error.get_response())
    if wants_html():
        response.data = render_template("error.html", code=code, title=title, sentence=sentence, way=WAY_ON)
        response.mimetype = "text/html"
    else:
        response.data = f"{sentence}\n"
        response.mimetype = "text/plain"
    return response


def wants_html() -> bool:
    """Whether the client is a browser, as far as it says; one that says nothing gets the page too."""
    return not request.accept_mimetypes or "text/html" in request.accept_mimetypes.values()
