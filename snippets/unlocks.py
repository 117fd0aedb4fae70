"""Which snippets a browser has given the password of: one signed cookie each, which no other path sees."""

import hashlib

from flask import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from snippets.models import Snippet

COOKIE = "unlocked"
LIFE = 86400  # seconds


class Unlocks:
    """Reads and hands out the cookie; a new password makes it worthless."""

    def __init__(self, secret_key: str) -> None:
        """Sign with the site's key."""
        self._serializer = URLSafeTimedSerializer(secret_key, salt="snippets.unlocked")

    def has(self, request: Request, snippet: Snippet) -> bool:
        """Whether the request's browser has given the password of today within LIFE."""
        try:
            value = self._serializer.loads(request.cookies.get(COOKIE, ""), max_age=LIFE)
        except BadSignature:
            return False
        return bool(value == _content(snippet))

    def give(self, response: Response, snippet: Snippet, *, path: str, secure: bool) -> None:
        """Let the browser in for LIFE, at this snippet's addresses only."""
        value = str(self._serializer.dumps(_content(snippet)))
        response.set_cookie(COOKIE, value, max_age=LIFE, path=path, httponly=True, samesite="Lax", secure=secure)


def _content(snippet: Snippet) -> list[str]:
    return [snippet.id, hashlib.sha256((snippet.password_hash or "").encode()).hexdigest()[:16]]
