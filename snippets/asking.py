"""Who asks: a browser, which gets pages, or a program, which gets text."""

import re

from flask import request

# Browsers all begin with Mozilla. The others make a preview of an address, or an index, and say Accept: */* or nothing.
_WANTS_PAGES = re.compile(
    r"mozilla|opera|bot|crawl|spider|slurp|preview|externalhit|facebook|whatsapp|telegram|embed|iframely|unfurl"
    r"|mastodon|pleroma|akkoma|misskey|pinterest|vkshare|viber|yahoo|bing|google|duckduck|qwant|archive",
    re.IGNORECASE,
)


def wants_html() -> bool:
    """Whether the client is a browser, as far as it says; one that says nothing gets the page too."""
    return accepts_html(request.headers.get("Accept", ""))


def wants_text() -> bool:
    """Whether the client is a program that would have no use for a page, as curl; its answer varies by both headers."""
    return prefers_text(request.headers.get("Accept", ""), request.headers.get("User-Agent", ""))


def accepts_html(accept: str) -> bool:
    """Whether a client with this Accept header is a browser: see wants_html."""
    return not accept or "text/html" in accept.lower()


def prefers_text(accept: str, agent: str) -> bool:
    """Whether a client with these headers is a program: see wants_text."""
    return not accepts_html(accept) and not _WANTS_PAGES.search(agent)
