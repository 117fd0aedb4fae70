"""What every answer of the site says to a browser about how far to trust it."""

from flask import Flask, Response, g

from snippets.settings import Settings
from snippets.site import site

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURE = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
NOT_FOUND = ("X-Robots-Tag", "noindex")  # an address is known to those it was given to


def is_a_copy(settings: Settings) -> bool:
    """Whether search engines are to find nothing here: what staging shows is a copy."""
    return settings.site_env == "staging"


def secure_headers(app: Flask) -> None:
    """Add the security headers to every answer that has not set its own."""

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in SECURE.items():
            response.headers.setdefault(name, value)
        if not g.get("may_be_found") or is_a_copy(site().settings):
            response.headers.setdefault(*NOT_FOUND)
        return response
