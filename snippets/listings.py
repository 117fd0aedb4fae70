"""Which snippets lists show and the search finds, kept in step with the snippets by whoever changes one."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, bindparam, delete, exists, insert, select, text, update
from sqlalchemy.orm import Session

from snippets import excerpts
from snippets.models import File, Listing, ListingLabel, Snippet, Tombstone, now

MANY = 10  # links
LATELY = timedelta(hours=1)
PAGES = 250  # of the index of SQLite that one purge rewrites: 1 MB

_LISTINGS = cast("Table", Listing.__table__)
_RECOLOUR = update(_LISTINGS).where(_LISTINGS.c.file_id == bindparam("of"))
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


def keep_listing(session: Session, snippet: Snippet, files: Sequence[File], delay: int) -> None:
    """List a snippet, with the files of its head, or unlist it; to be called wherever either was changed.

    In the same transaction, after the change, with the snippet as it is by then: its row is locked, and of two at once
    the second sees what the first did. What was changed and holds many links is shown after the delay, in minutes.
    """
    session.flush()
    if snippet.is_closed or snippet.visibility != "public" or snippet.taken_down_at:
        session.execute(delete(Listing).where(Listing.snippet_id == snippet.id))
        return
    listing = session.scalar(select(Listing).where(Listing.snippet_id == snippet.id)) or Listing(
        snippet_id=snippet.id, listed_at=now(), content=""
    )
    content = _content(snippet, files)
    if content != listing.content:
        listing.kept_at = None
        if has_many_links(content):
            listing.listed_at = now() + timedelta(minutes=delay)
    listing.content = content
    listing.size = sum(len(file.code.encode()) for file in files)
    if listing.file_id != files[0].id:
        listing.file_id, listing.excerpt = files[0].id, _excerpt(session, files[0])
    session.add(listing)
    session.flush()
    session.execute(delete(ListingLabel).where(ListingLabel.listing_id == listing.id))
    labels = {f"language:{file.language}" for file in files} | {f"tag:{tag}" for tag in snippet.tags.split()}
    session.execute(insert(ListingLabel), [{"label": label, "listing_id": listing.id} for label in sorted(labels)])


def recolour(session: Session, file_id: int, html: str) -> None:
    """Let lists show the first lines of a file in colours, where they show it at all."""
    session.connection().execute(_RECOLOUR, {"of": file_id, "excerpt": excerpts.excerpt(html)})


def holds_link(text: str) -> bool:
    """Whether there is an address of a page in a text."""
    return _LINK.search(text) is not None


def has_many_links(content: str) -> bool:
    """Whether a text holds more than MANY links, or little else: what spam is made of, and some code."""
    links = _LINK.findall(content)
    return len(links) > MANY or 2 * sum(map(len, links)) > len("".join(content.split()))


def scrub(session: Session) -> None:
    """Take what was deleted lately out of SQLite's index for the search, which else keeps its trigrams for a while.

    Part by part, so that no paste waits for a large index: a few MB at once, the rest by the next calls.
    PostgreSQL's own vacuum does it there.
    """
    if session.get_bind().dialect.name != "sqlite":
        return
    if session.scalar(select(exists().where(Tombstone.at > now() - LATELY))):
        session.execute(
            text("INSERT INTO listings_search (listings_search, rank) VALUES ('merge', :pages)"), {"pages": -PAGES}
        )


def _content(snippet: Snippet, files: Sequence[File]) -> str:
    """Return what is searched: no term has a line end, so none matches from one part into the next."""
    parts = [snippet.title or "", *(file.name or "" for file in files), *(file.code for file in files)]
    return "\n".join(parts).casefold()


def _excerpt(session: Session, file: File) -> str:
    # As the row is now, and locked: colours that land at this moment land in the listing after us.
    html = session.scalar(select(File.html).where(File.id == file.id).with_for_update())
    return excerpts.plain(file.code) if html is None else excerpts.excerpt(html)
