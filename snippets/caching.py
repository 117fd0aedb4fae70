"""What a cache that serves many may keep of a snippet: RFC 9111."""

from flask import request
from werkzeug.wrappers import Response

from snippets.announcements import KEPT
from snippets.models import Snippet, now


def let_caches_keep(response: Response, snippet: Snippet, *, is_final: bool = True) -> Response:
    """Let shared caches keep an answer for KEPT seconds where everybody gets the same, and browsers ask again.

    Not what is not `is_final`, as while colours are to come; not what was made for somebody with a cookie; not past
    the snippet's expiry.
    """
    response.cache_control.no_cache = True
    if snippet.is_closed or request.cookies or "Authorization" in request.headers or "X-Token" in request.headers:
        response.cache_control.private = True
        return response
    if request.query_string or not is_final:
        return response
    seconds = KEPT
    if snippet.expires_at:
        seconds = min(seconds, int((snippet.expires_at - now()).total_seconds()))
    if seconds > 0:
        response.headers["Cache-Control"] = f"public, max-age=0, s-maxage={seconds}"
        response.vary.update(("Cookie", "Authorization"))
    return response
