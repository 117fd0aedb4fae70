"""HTTP basic authentication as a WSGI middleware: nothing of what it wraps runs before the password was right."""

import base64
import hmac
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Response

from snippets.attempts import Attempts


class BasicAuth:
    """Ask for one user name and password before every request, assets included.

    A wrong or malformed answer gets 401 and is counted; a client with too many of them gets 429 with Retry-After,
    also for the right password: otherwise it could go on guessing. No answer at all is no attempt: 401, not counted.
    Requests that arrive at the same instant may pass the count together: at most one guess per web thread too many.
    """

    def __init__(self, app: WSGIApplication, user: str, password: str, attempts: Attempts, realm: str) -> None:
        """Guard `app`; the realm is what browsers show beside the prompt, and may hold no quote."""
        self._app = app
        self._expected = f"{user}:{password}".encode()
        self._attempts = attempts
        self._challenge = f'Basic realm="{realm}", charset="UTF-8"'

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the request through, or answer 401 or 429 in its place."""
        return self._judge(environ)(environ, start_response)

    def _judge(self, environ: WSGIEnvironment) -> WSGIApplication:
        given = environ.get("HTTP_AUTHORIZATION")
        if not given:
            return self._ask("A user name and a password are needed here.")
        address = environ.get("REMOTE_ADDR", "")
        if wait := self._attempts.wait(address):
            return _sentence(429, f"Too many wrong passwords: try again in {wait} seconds.", {"Retry-After": str(wait)})
        if not hmac.compare_digest(_decode(given), self._expected):
            self._attempts.count(address)
            return self._ask("The user name or the password is wrong.")
        return self._app

    def _ask(self, text: str) -> WSGIApplication:
        return _sentence(401, text, {"WWW-Authenticate": self._challenge})


def _decode(header: str) -> bytes:
    """Return “user:password” as the bytes that were sent; empty when the header is no basic authentication.

    They stay bytes and stay joined: what is not UTF-8 or has no colon is unequal, in constant time like the rest.
    """
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        return b""


def _sentence(status: int, text: str, headers: dict[str, str]) -> Response:
    return Response(f"{text}\n", status, headers, mimetype="text/plain")
