"""API keys: owners' secrets that an operator has handed out, each with what it is good for. Stored as digests."""

import secrets
from enum import StrEnum

from flask import Flask, abort, g, request
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from snippets.audit import By
from snippets.models import ApiKey, hash_secret, now
from snippets.origin import SAFE_METHODS
from snippets.owners import KEY, presented
from snippets.refused import Refused
from snippets.site import site


class Scope(StrEnum):
    """What a key is good for: to read what was shared with it, to share and change that, to change everything."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


def issue(session: Session, name: str, scopes: list[Scope]) -> str:
    """Store a new key and return it: it cannot be had again. Raises IntegrityError where the name is taken."""
    key = KEY + secrets.token_urlsafe(32)
    session.add(ApiKey(digest=hash_secret(key), name=name, scopes=" ".join(scopes)))
    return key


def revoke(session: Session, name: str) -> bool:
    """Make a key worthless; what was shared with it stays. False: there is none of this name that is not."""
    here = update(ApiKey).where(ApiKey.name == name, ApiKey.revoked_at.is_(None))
    return session.scalar(here.values(revoked_at=now()).returning(ApiKey.digest)) is not None


def check_keys(app: Flask) -> None:
    """Have the app refuse a key that is unknown or revoked, and one that is not good for what it is used for."""

    @app.before_request
    def check() -> None:
        key = presented(request)
        if key is None or not key.startswith(KEY):
            return
        query = select(ApiKey.scopes, ApiKey.name).where(ApiKey.digest == hash_secret(key), ApiKey.revoked_at.is_(None))
        with site().sessions() as session:
            row = session.execute(query).one_or_none()
        if row is None:
            abort(401, "This API key is unknown here, or has been revoked.")
        g.scopes, g.key_name = frozenset(map(Scope, row.scopes.split())), row.name
        needed, other = (Scope.READ, "writing") if request.method in SAFE_METHODS else (Scope.WRITE, "reading")
        if not g.scopes & {needed, Scope.ADMIN}:
            abort(403, f"This API key is good for {other} only.")


def is_admin() -> bool:
    """Whether the request has a key that may do what only owners may."""
    return Scope.ADMIN in g.get("scopes", ())


def administrator(owner_hash: str | None) -> By | None:
    """Return who acts on what belongs to this owner and not to him, as only an admin key lets him; None: nobody does.

    For the audit trail: whoever changes or deletes what is his own is nobody's business.
    """
    if not is_admin() or site().owners.owns(request, owner_hash):
        return None
    return By(f"API key {g.key_name}")


def refuse_keyless() -> None:
    """Raise Refused where only who has a key may share, and the request has none."""
    if site().settings.require_api_key and "scopes" not in g:
        raise Refused("New snippets need an API key here: ask the operator of this site for one.", status=401)
