"""What a cache that serves many may keep of a snippet: RFC 9111."""

from datetime import datetime

from flask import request
from werkzeug.wrappers import Response

from snippets.announcements import KEPT
from snippets.closing import is_for_all
from snippets.models import Snippet, now
from snippets.page_keys import SOMEBODYS
from snippets.site import site

VARIES = ("Cookie", "Authorization")  # the headers by which what everybody gets is told from what one alone gets


def let_caches_keep(response: Response, snippet: Snippet, *, is_final: bool = True) -> Response:
    """Let shared caches keep an answer for KEPT seconds where everybody gets the same, and browsers ask again.

    Not what is not `is_final`, as while colours are to come; not what was made for somebody with a cookie, or may have
    been for who has logged in at a proxy, of which no cache knows; not past the snippet's expiry.
    """
    response.cache_control.no_cache = True
    is_somebodys = any(name in request.headers for name in SOMEBODYS)
    if snippet.is_closed or is_somebodys or not is_for_all(site().settings):
        response.cache_control.private = True
        return response
    if request.query_string or not is_final:
        return response
    if shared := for_everyone(snippet.expires_at):
        response.headers["Cache-Control"] = shared
        response.vary.update(VARIES)
    return response


def for_everyone(expires_at: datetime | None) -> str | None:
    """Return the Cache-Control of what is the same for everyone until then; None where it is not worth keeping."""
    seconds = KEPT if expires_at is None else min(KEPT, int((expires_at - now()).total_seconds()))
    return f"public, max-age=0, s-maxage={seconds}" if seconds > 0 else None
