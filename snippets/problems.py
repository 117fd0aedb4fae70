"""What went wrong, for programs: found in one place, and told in the format of whoever asks."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Blueprint
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from snippets.access import Locked
from snippets.database import DATABASE_AWAY
from snippets.errors import said, unavailable
from snippets.refused import Refused
from snippets.site import site

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """An error: its HTTP status, a title, a sentence; and the field, the limit and the value that it is about."""

    status: int
    title: str
    detail: str
    where: str | None = None  # the field, as in a JSON path: files.1.code
    limit: int | str | None = None
    value: int | str | None = None
    headers: Headers = field(default_factory=Headers)  # Retry-After, Allow, WWW-Authenticate


Answer = Callable[[Problem], Response]


def answer_problems(blueprint: Blueprint, answer: Answer) -> None:
    """Have `answer` tell whatever goes wrong in a view of the blueprint."""

    @blueprint.errorhandler(Refused)
    def refused(refusal: Refused) -> Response:
        return answer(of_refusal(refusal))

    @blueprint.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Response:
        return answer(of_error(error))

    def database_away(error: SQLAlchemyError) -> Response:
        log.error("the database failed", exc_info=error)
        return answer(of_error(unavailable(error)))

    for each in DATABASE_AWAY:
        blueprint.register_error_handler(each, database_away)


def of_refusal(refusal: Refused) -> Problem:
    """Return what a draft was refused for."""
    where = refusal.field
    if where in ("code", "name", "language"):
        where = f"files.{(refusal.number or 1) - 1}.{where}"
    if where == "expires_on":  # a field of the page's form alone
        where = "expires"
    headers = Headers(refusal.headers)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    title = {401: "Unauthorized", 409: "Conflict", 413: "Too large", 429: "Too many requests", 503: "Unavailable"}
    told = title.get(refusal.status, "Refused")
    return Problem(refusal.status, told, refusal.message, where, refusal.limit, refusal.value, headers)


def of_error(error: HTTPException) -> Problem:
    """Return an error of HTTP; never what it would say to a person of his browser."""
    title, sentence = said(error)
    kept = ("Retry-After", "Allow", "WWW-Authenticate")
    headers = Headers([each for each in error.get_headers() if each[0] in kept])
    if error.code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    limit = site().settings.max_snippet_bytes if error.code == 413 else None
    where = "password" if isinstance(error, Locked) else None
    return Problem(error.code or 500, title, sentence, where, limit, headers=headers)
