"""Listing again what should be listed and is not: shared before there were lists, or changed by hand."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from snippets.database import Sessions
from snippets.listings import keep_listing
from snippets.models import File, Listing, Snippet

BATCH = 100  # snippets in one transaction


def relist(sessions: Sessions, delay: int) -> int:
    """List every public snippet that has no listing, the oldest first; return how many there were. Idempotent."""
    query = (
        select(Snippet)
        .outerjoin(Listing, Listing.snippet_id == Snippet.id)
        .where(Snippet.visibility == "public", ~Snippet.is_closed)
        .where(Listing.id.is_(None), Snippet.is_readable, Snippet.taken_down_at.is_(None))
        .order_by(Snippet.created_at, Snippet.id)
        .limit(BATCH)
        .with_for_update(of=Snippet)
        .options(selectinload(Snippet.files).load_only(File.name, File.language, File.code))
    )
    total = 0
    while True:
        with sessions.begin() as session:
            batch = session.scalars(query).all()
            for snippet in batch:
                keep_listing(session, snippet, snippet.files, delay)
        if not batch:
            return total
        total += len(batch)
