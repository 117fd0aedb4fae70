"""The outermost layer of the web: every request has an id, which goes where its work goes, and one line in the log."""

import logging
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from snippets.logs import fields, request_id

log = logging.getLogger(__name__)

PERSON = "snippets.person"  # in the environ: who has logged in, where the log is to say so
HEADER = "X-Request-ID"
GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
UNLOGGED = "/static/"  # cached for a year by whoever asks
PATH = 200  # characters of a path that are logged: no snippet's is longer


class RequestLog:
    """Give each request an id, say it in the answer, and log one line once the answer has been sent.

    The line holds neither query, headers nor bodies. The dashboard, refused requests and error pages are inside.
    """

    def __init__(self, app: WSGIApplication, *, believe: bool) -> None:
        """Wrap `app`; `believe` takes a well-formed X-Request-ID of the request, which a proxy of ours has set."""
        self._app = app
        self._believe = believe

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does."""
        answer = _Answer(environ, start_response, self._id(environ))
        request_id.set(answer.id)
        try:
            answer.body = self._app(environ, answer.start)
        except BaseException:
            answer.close()
            raise
        return answer

    def _id(self, environ: WSGIEnvironment) -> str:
        given = environ.get("HTTP_X_REQUEST_ID", "") if self._believe else ""
        return given if GIVEN.fullmatch(given) else secrets.token_hex(8)


class _Answer:
    """An answer on its way, weighed and timed."""

    def __init__(self, environ: WSGIEnvironment, start_response: StartResponse, request: str) -> None:
        self.id = request
        self.body: Iterable[bytes] = ()
        self._began = time.perf_counter()
        self._method = environ["REQUEST_METHOD"]
        self._path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")  # before a mount changes them
        self._environ, self._start_response = environ, start_response
        self._status = "500"  # what a server answers for an app that does not
        self._bytes = 0
        self._is_open = True

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self._status = status[:3]
        return self._start_response(status, [*headers, (HEADER, self.id)], exc_info)

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.body:
            self._bytes += len(chunk)
            yield chunk

    def close(self) -> None:
        """Log the line; servers call this once the answer is sent, or its client gone."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            if hasattr(self.body, "close"):
                self.body.close()
        finally:
            self._log()
            request_id.set(None)

    def _log(self) -> None:
        if self._path.startswith(UNLOGGED):
            return
        line = fields(
            method=self._method,
            path=quote(self._path[:PATH].encode("latin-1", "replace")),  # no line end of a client's making
            status=int(self._status),
            ms=round((time.perf_counter() - self._began) * 1000, 1),
            bytes=self._bytes,
            **({"person": quote(who)} if (who := self._environ.get(PERSON)) else {}),
        )
        log.info("served", extra=line)
