"""Creating once what is sent twice: the header Idempotency-Key.

As draft-ietf-httpapi-idempotency-key-header has it. The key is kept for a day, with the snippet that it made.
"""

import base64
import hashlib
import hmac
import re
from typing import Any

from flask import request
from sqlalchemy.exc import IntegrityError

from snippets.creating import share
from snippets.drafts import Draft
from snippets.models import IdempotentCreate, Snippet, hash_secret
from snippets.refused import Refused
from snippets.site import site

SHORTEST = 16  # characters of a key that comes without a secret: it alone keeps two programs apart
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def share_once(draft: Draft, parent: Any = None) -> tuple[str, str | None]:
    """Share a draft for a program, or find what its key has shared already; return the id, and a fresh secret.

    Without a secret of its own, a program that sends the same twice gets the same secret twice: it is made of the key,
    the body and the address. Raises Refused, also for a key that was sent with another body.
    """
    key = request.headers.get("Idempotency-Key")
    owner, fresh = site().owners.for_program(request)
    if key is None:
        return share(draft, owner, parent).id, fresh
    key = key.strip('"')
    if not _KEY.fullmatch(key) or (fresh and len(key) < SHORTEST):
        raise Refused(
            f"An Idempotency-Key is 1 to 255 visible ASCII characters, {SHORTEST} at least without a secret.",
            "Idempotency-Key",
        )
    body = hashlib.sha256(request.path.encode() + b"\n" + request.get_data()).hexdigest()
    if fresh:
        fresh = _secret(key, body)
        owner = hash_secret(fresh)
    digest = hash_secret(f"{owner} {key}")
    if found := _found(digest, body):
        return found, fresh
    try:
        return share(draft, owner, parent, lambda made: _note(digest, body, made)).id, fresh
    except IntegrityError:  # the same at the same time
        if found := _found(digest, body):
            return found, fresh
        raise


def _note(digest: str, body: str, made: Snippet) -> IdempotentCreate:
    return IdempotentCreate(digest=digest, body=body, snippet_id=made.id)


def _found(digest: str, body: str) -> str | None:
    with site().sessions() as session:
        row = session.get(IdempotentCreate, digest)
    if row and row.body != body:
        raise Refused("This Idempotency-Key was sent with another body before: take a new one.", "Idempotency-Key")
    return row.snippet_id if row else None


def _secret(key: str, body: str) -> str:
    told = f"idempotent {request.remote_addr} {key} {body}"
    made = hmac.digest((site().settings.secret_key or "").encode(), told.encode(), "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
