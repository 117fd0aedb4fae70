"""What every answer of the API says beside its body: who may read it in a browser, and how much is left to do."""

from flask import g, request
from werkzeug.wrappers import Response

from snippets.api.operations import api
from snippets.site import site

READING = ("GET", "HEAD", "OPTIONS")
SHARING = ("api.post_create", "api.post_fork")


@api.after_request
def let_scripts_read(response: Response) -> Response:
    """Let scripts of every site read what is open to all; no cookie goes with that, and nothing can be changed."""
    if request.method in READING and not g.get("is_closed") and not g.get("is_private"):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
            response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
            response.headers["Access-Control-Max-Age"] = "86400"
    return response


@api.after_request
def tell_what_is_left(response: Response) -> Response:
    """Say how many snippets this client may still share: draft-ietf-httpapi-ratelimit-headers-10."""
    creations = site().creations
    if creations and request.endpoint in SHARING:
        most, seconds, left, reset = creations.standing(request.remote_addr or "")
        response.headers["RateLimit-Policy"] = f'"create";q={most};w={seconds}'
        response.headers["RateLimit"] = f'"create";r={left};t={reset}'
    return response
