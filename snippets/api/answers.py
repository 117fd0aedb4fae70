"""What every answer of the API says beside its body: whose scripts may read it in a browser."""

from flask import g, request
from werkzeug.wrappers import Response

from snippets.api.operations import api

READING = ("GET", "HEAD", "OPTIONS")


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
