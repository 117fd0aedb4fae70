"""Atom feeds of what is public: RFC 4287."""

import re
from datetime import UTC, datetime
from html import escape
from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from snippets.models import File, Listing, Snippet
from snippets.query import Query
from snippets.search import SIZE, matches
from snippets.site import site
from snippets.visible import titled

feeds = Blueprint("feeds", __name__)

LONGEST = 10_000  # characters of a file in a feed; the rest is behind its link
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


@feeds.get("/recent.atom")
def recent() -> Response:
    """Feed what is public, newest first."""
    return _feed(Query(), "Recent", url_for("finding.recent", _external=True))


@feeds.get("/tag/<tag>.atom")
def tag(tag: str) -> Response:
    """Feed what has a tag."""
    return _feed(Query(labels=(f"tag:{tag}",)), f"#{tag}", url_for("finding.tag", tag=tag, _external=True))


def _feed(query: Query, title: str, page: str) -> Response:
    with site().sessions() as session:
        entries = _entries(session, matches(session, query)[:SIZE])
    updated = max((entry["snippet"].updated_at for entry in entries), default=_NEVER)
    feed = render_template("feed.xml", title=_clean(title), page=page, entries=entries, updated=updated)
    response = make_response(feed)
    response.mimetype = "application/atom+xml"
    response.cache_control.no_cache = True  # what is deleted goes from here at once
    response.add_etag()
    return response.make_conditional(request)


def _entries(session: Session, listings: list[int]) -> list[dict[str, Any]]:
    query = (
        select(Snippet, File.name, func.substr(File.code, 1, LONGEST + 1))
        .join(Listing, Listing.snippet_id == Snippet.id)
        .join(File, File.id == Listing.file_id)
        .where(Listing.id.in_(listings))
        .order_by(Listing.id.desc())
    )
    return [_entry(*each) for each in session.execute(query)]


def _entry(snippet: Snippet, name: str | None, code: str) -> dict[str, Any]:
    link = url_for("reading.show", snippet_id=snippet.id, _external=True)
    content = f"<pre><code>{escape(_clean(code[:LONGEST]), quote=False)}</code></pre>"
    if len(code) > LONGEST:
        content += f'<p><a href="{escape(link)}">The rest of it</a></p>'
    title = _clean(titled(snippet.title, name))
    return {"snippet": snippet, "link": link, "title": title, "content": content}


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
