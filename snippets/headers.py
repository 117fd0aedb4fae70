"""What every answer of the site says to a browser about how far to trust it."""

from flask import Flask, Response, g

from snippets.site import site

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def secure_headers(app: Flask) -> None:
    """Add the security headers to every answer that has not set its own."""

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        # An address is known to those it was given to, and what staging shows is a copy.
        if not g.get("may_be_found") or site().settings.site_env == "staging":
            response.headers.setdefault("X-Robots-Tag", "noindex")
        return response
