"""Ownership without an account: whoever holds the secret owns what was created with it."""

import hmac
import re
import secrets
from collections.abc import Callable

from flask import Request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from snippets.models import hash_secret
from snippets.refused import Refused

COOKIE = "owner"
LIFE = 400 * 86400  # seconds: the longest that browsers keep a cookie
MOST = 10  # secrets in one browser; a cookie holds 4 kB
KEY = "key_"  # how the secrets begin that operators hand out, and no other: see keys
SECRET = re.compile(r"[A-Za-z0-9._~+/=-]{16,200}", re.ASCII)  # RFC 6750's b64token, long enough not to be guessed


def presented(request: Request) -> str | None:
    """Return the secret that a program presents: `Authorization: Bearer` or `token`, or `X-Token`; None without one.

    As it was sent: it may be no SECRET. See RFC 6750 and GitHub's REST API.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() in ("bearer", "token") else request.headers.get("X-Token")


class Owners:
    """Reads and hands out the owner's cookie: signed, so that a made-up secret never reaches the database.

    It holds one secret, or a list of up to MOST: the first is the browser's own and what it shares next gets that one,
    the others were brought from elsewhere.

    Who has logged in at a proxy needs none: he owns by his name, in every browser, while the site's key is the same.
    """

    def __init__(self, secret_key: str, person: Callable[[Request], str | None] = lambda _: None) -> None:
        """Sign with the site's key; `person` says who has logged in."""
        self._key, self._person = secret_key.encode(), person
        self._serializer = URLSafeSerializer(secret_key, salt="snippets.owner")

    def secrets(self, request: Request) -> list[str]:
        """Return the secret that the request presents, or those in its cookie, the browser's own first; none else.

        A key in a cookie is none: there nobody asks what it is good for, and whether it still is.
        """
        if (secret := presented(request)) is not None:
            return [secret] if SECRET.fullmatch(secret) else []
        try:
            value = self._serializer.loads(request.cookies.get(COOKIE, ""))
        except BadSignature:
            return []
        held = value if isinstance(value, list) else [value]
        if len(held) > MOST or not all(isinstance(each, str) for each in held):
            return []
        return [each for each in held if not each.startswith(KEY)]

    def hashes(self, request: Request) -> list[str]:
        """Return what is stored of each; before them, unless a secret is presented, of who has logged in."""
        held = [hash_secret(secret) for secret in self.secrets(request)]
        if presented(request) is None and (name := self._person(request)):
            return [hmac.new(self._key, f"snippets.person {name}".encode(), "sha256").hexdigest(), *held]
        return held

    def owns(self, request: Request, owner_hash: str | None) -> bool:
        """Whether the request comes from a browser that holds the hash's secret, or from the person whose it is."""
        return owner_hash is not None and any(
            [hmac.compare_digest(mine, owner_hash) for mine in self.hashes(request)]  # noqa: C419 — all, always
        )

    def ensure(self, request: Request) -> tuple[str, str | None]:
        """Return the hash to store, and the cookie's value to set where the browser has none yet."""
        if known := self.hashes(request):
            return known[0], None
        fresh = secrets.token_urlsafe(32)
        return hash_secret(fresh), self._signed([fresh])

    def for_program(self, request: Request) -> tuple[str, str | None]:
        """Return the hash to store, and the fresh secret to tell where the request has none yet. Raises Refused."""
        given = presented(request)
        if given is not None and not SECRET.fullmatch(given):
            raise Refused("The secret must be 16 to 200 letters, digits and . _ ~ + / = - of ASCII.", status=401)
        if known := self.hashes(request):
            return known[0], None
        fresh = secrets.token_urlsafe(32)
        return hash_secret(fresh), fresh

    def with_more(self, request: Request, more: list[str]) -> str | None:
        """Return the cookie's value once the browser holds these secrets too; None: they would be more than MOST.

        They never become its own: whoever sent them knows them, and would own what the browser shares next.
        """
        held = self.secrets(request) or [secrets.token_urlsafe(32)]
        held += [each for each in dict.fromkeys(more) if each not in held]
        return self._signed(held) if len(held) <= MOST else None

    def _signed(self, held: list[str]) -> str:
        return str(self._serializer.dumps(held if len(held) > 1 else held[0]))


def set_cookie(response: Response, value: str, *, path: str, secure: bool) -> None:
    """Give the browser its secret, for the addresses below `path`; scripts and other sites cannot read it."""
    response.set_cookie(COOKIE, value, max_age=LIFE, path=path, httponly=True, samesite="Lax", secure=secure)
