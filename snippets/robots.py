"""What programs that crawl are asked to leave alone; what they may not list, each answer's X-Robots-Tag says."""

from flask import Blueprint, Response, request

from snippets.closing import is_closed

robots = Blueprint("robots", __name__)

RULES = """\
User-agent: *
Disallow: /rq
Disallow: /ops
Disallow: /metrics
Disallow: /*/raw
Disallow: /*/download/
Disallow: /*/zip
Disallow: /*/files/
Disallow: /*/embed
Disallow: /*/share
Disallow: /*/qr.svg
Disallow: /*/edit
Disallow: /*/delete
"""
NOTHING = "User-agent: *\nDisallow: /\n"  # on a site that is closed


@robots.get("/robots.txt")
def rules() -> Response:
    """Give the rules, as RFC 9309 writes them."""
    rules = (NOTHING if is_closed() else RULES).replace(": /", f": {request.script_root}/")
    response = Response(rules, mimetype="text/plain")
    response.cache_control.public = True
    response.cache_control.max_age = 86400
    return response
