"""The site's own password: given once on a page and then remembered by a cookie, or sent by a program each time."""

import hmac
from secrets import token_urlsafe

from flask import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from redis import Redis
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from snippets.attempts import Attempts

COOKIE = "entered"
LIFE = 30 * 86400  # seconds


class Entrance:
    """Knows who has given the password of today; another password, or another SECRET_KEY, closes all cookies."""

    def __init__(self, secret_key: str, password: str, redis: Redis, operators: str | None = None) -> None:
        """Count wrong passwords by address, in Redis and here; that of `operators`, which is for /ops, is no try.

        Once a browser has given it there, it sends it to every address of the site: RFC 7617, 2.2.
        """
        self._password, self._operators = password.encode(), (operators or "").encode()
        # The password is part of the key, so that a cookie is no means of trying passwords without asking the site.
        self._serializer = URLSafeTimedSerializer(f"{secret_key}\n{password}", salt="snippets.entered")
        self._attempts = Attempts(redis, "site", "10/minute")

    def has(self, request: Request) -> bool:
        """Whether the browser has given the password within LIFE, or a program sends it as Basic's, RFC 7617.

        The user name is no matter. Answers 429 as `opens_with` does.
        """
        try:
            self._serializer.loads(request.cookies.get(COOKIE, ""), max_age=LIFE)
        except BadSignature:
            given = request.authorization.password if request.authorization else None
            if given is None or (self._is_operators(given) and not self._is_right(given)):
                return False  # which is no try at this one
            return self.opens_with(request, given)
        return True

    def opens_with(self, request: Request, password: str) -> bool:
        """Whether that is the password. Answers 429 to an address with too many wrong ones, also for the right one."""
        address = request.remote_addr or ""
        if wait := self._attempts.wait(address):
            raise TooManyRequests(f"Too many wrong passwords: try again in {wait} s.", retry_after=wait)
        if self._is_right(password):
            return True
        self._attempts.count(address)
        return False

    def _is_right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self._password)

    def _is_operators(self, given: str) -> bool:
        return bool(self._operators) and hmac.compare_digest(given.encode(errors="replace"), self._operators)

    def give(self, response: Response, *, path: str, secure: bool) -> None:
        """Let the browser in for LIFE, below `path`."""
        value = str(self._serializer.dumps(token_urlsafe(12)))
        response.set_cookie(COOKIE, value, max_age=LIFE, path=path, httponly=True, samesite="Lax", secure=secure)
