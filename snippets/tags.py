"""The tags and the languages that are used most, lately."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snippets.models import Listing, ListingLabel, now

LATELY = 2_000  # listings
MOST = 60


def most_used(session: Session, kind: str) -> list[tuple[str, int]]:
    """Return the tags (`tag`) or languages that most of the LATELY newest listings have, and how many do."""
    newest = select(func.max(Listing.id)).scalar_subquery()
    query = (
        select(ListingLabel.label, func.count())
        .join(Listing, Listing.id == ListingLabel.listing_id)
        .where(Listing.id > newest - LATELY, Listing.listed_at <= now())
        .where(ListingLabel.label.startswith(f"{kind}:"))
        .group_by(ListingLabel.label)
        .order_by(func.count().desc(), ListingLabel.label)
        .limit(MOST)
    )
    return [(label.partition(":")[2], count) for label, count in session.execute(query)]
