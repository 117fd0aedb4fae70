"""What all these doors have in common: sharing for a program, and finding what it asks for."""

import hashlib
from dataclasses import dataclass

from flask import request, url_for
from itsdangerous import Signer
from werkzeug.datastructures import Headers

from snippets.access import find, miss, refuse_guesses
from snippets.creating import share
from snippets.drafts import Draft
from snippets.models import Snippet
from snippets.reading import SNIPPET
from snippets.site import site


@dataclass(frozen=True, slots=True)
class Shared:
    """What was shared for a program, and what its answer says in headers."""

    snippet: Snippet
    headers: Headers

    @property
    def address(self) -> str:
        """The whole address of the snippet's page."""
        return url_for("reading.show", snippet_id=self.snippet.id, _external=True)

    @property
    def raw_address(self) -> str:
        """The whole address of its text."""
        return url_for("reading.raw", snippet_id=self.snippet.id, _external=True)

    @property
    def removal_address(self) -> str:
        """The whole address at which whoever has it deletes the snippet."""
        return url_for("removing.ask", snippet_id=self.snippet.id, key=removal_key(self.snippet.id), _external=True)


def share_for_program(draft: Draft) -> Shared:
    """Share for whoever presents a secret, or for a new one: then it is told in X-Token. Raises Refused as share does.

    X-Expires is the moment at which it expires, as RFC 3339 writes it.
    """
    owner_hash, fresh = site().owners.for_program(request)
    snippet = share(draft, owner_hash)
    headers = Headers()
    if fresh:
        headers["X-Token"] = fresh
        headers["Cache-Control"] = "no-store"
    if snippet.expires_at:
        headers["X-Expires"] = snippet.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Shared(snippet, headers)


def find_by_key(key: str) -> Snippet:
    """Return the snippet of a key, which ends at its first dot. Answers as access.find does, which decides."""
    snippet_id = key.partition(".")[0]
    if len(snippet_id) != 11 or not snippet_id.isascii() or not snippet_id.isprintable():  # PostgreSQL takes no NUL
        refuse_guesses()
        miss()
    return find(SNIPPET, snippet_id)


def removal_key(snippet_id: str) -> str:
    """Return what only this site can tell of a snippet's id: whoever was told it may delete that snippet."""
    signer = Signer(site().settings.secret_key or "", salt="snippets.removal", digest_method=hashlib.sha256)
    return signer.get_signature(snippet_id).decode()
