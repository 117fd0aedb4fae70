"""Ownership without an account: whoever holds the secret owns what was created with it."""

import hmac
import secrets

from flask import Request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from snippets.models import hash_secret

COOKIE = "owner"
LIFE = 400 * 86400  # seconds: the longest that browsers keep a cookie


class Owners:
    """Reads and hands out the owner's cookie: signed, so that a made-up secret never reaches the database."""

    def __init__(self, secret_key: str) -> None:
        """Sign with the site's key."""
        self._serializer = URLSafeSerializer(secret_key, salt="snippets.owner")

    def secret(self, request: Request) -> str | None:
        """Return the secret in the request's cookie; None without a cookie of ours."""
        try:
            value = self._serializer.loads(request.cookies.get(COOKIE, ""))
        except BadSignature:
            return None
        return value if isinstance(value, str) else None

    def owns(self, request: Request, owner_hash: str | None) -> bool:
        """Whether the request comes from the browser that the hash belongs to."""
        secret = self.secret(request)
        return secret is not None and owner_hash is not None and hmac.compare_digest(hash_secret(secret), owner_hash)

    def ensure(self, request: Request) -> tuple[str, str | None]:
        """Return the hash to store, and the cookie's value to set where the browser has none yet."""
        if known := self.secret(request):
            return hash_secret(known), None
        fresh = secrets.token_urlsafe(32)
        return hash_secret(fresh), str(self._serializer.dumps(fresh))


def set_cookie(response: Response, value: str, *, secure: bool) -> None:
    """Give the browser its secret; scripts and other sites cannot read it."""
    response.set_cookie(COOKIE, value, max_age=LIFE, httponly=True, samesite="Lax", secure=secure)
