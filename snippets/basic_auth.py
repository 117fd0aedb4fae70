"""HTTP authentication, basic and by a token: a door for pages to ask, and a WSGI middleware that asks it first."""

import base64
import hmac
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Response

from snippets.attempts import Attempts


class Door:
    """Judges requests by one user name and password, and by a token for programs.

    A wrong or malformed answer gets 401 and is counted; a client with too many of them gets 429 with Retry-After,
    also for the right password: otherwise it could go on guessing. No answer at all is no attempt: 401, not counted.
    Requests that arrive at the same instant may pass the count together: at most one guess per web thread too many.
    """

    def __init__(self, credentials: str | None, attempts: Attempts, realm: str, token: str | None = None) -> None:
        """Let in who knows the credentials (`user:password`) or the token; what is None opens to nobody.

        Wrong answers are counted in `attempts`. Browsers show the realm beside the prompt; it may hold no quote.
        """
        self._right = {"basic": credentials and credentials.encode(), "bearer": token and token.encode()}
        self._attempts = attempts
        self._challenge = f'Basic realm="{realm}", charset="UTF-8"'

    def refusal(self, environ: WSGIEnvironment) -> Response | None:
        """Return the 401 or 429 with which to answer the request; None: it may pass."""
        given = environ.get("HTTP_AUTHORIZATION")
        if not given:
            return self._ask("A user name and a password are needed here.")
        address = environ.get("REMOTE_ADDR", "")
        if wait := self._attempts.wait(address):
            return _sentence(429, f"Too many wrong passwords: try again in {wait} seconds.", {"Retry-After": str(wait)})
        if not self._is_right(given):
            self._attempts.count(address)
            return self._ask("The user name or the password is wrong.")
        return None

    def _is_right(self, given: str) -> bool:
        scheme, _, rest = given.partition(" ")
        right = self._right.get(scheme.lower())
        return bool(right) and hmac.compare_digest(_decode(scheme.lower(), rest.strip()), right or b"")

    def _ask(self, text: str) -> Response:
        return _sentence(401, text, {"WWW-Authenticate": self._challenge})


class BasicAuth:
    """Let no request through to the app but by the door, those for assets included."""

    def __init__(self, app: WSGIApplication, door: Door) -> None:
        """Guard `app`."""
        self._app = app
        self._door = door

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the request through, or answer in its place."""
        return (self._door.refusal(environ) or self._app)(environ, start_response)


def _decode(scheme: str, given: str) -> bytes:
    """Return a token, or “user:password”, as the bytes that were sent; empty when they cannot be read.

    They stay bytes and stay joined: what is not UTF-8 or has no colon is unequal, in constant time like the rest.
    """
    if scheme == "bearer":
        return given.encode("latin-1", "replace")  # as WSGI has it
    try:
        return base64.b64decode(given, validate=True)
    except ValueError:
        return b""


def _sentence(status: int, text: str, headers: dict[str, str]) -> Response:
    return Response(f"{text}\n", status, headers, mimetype="text/plain")
