"""Which listings a query finds, newest first: the same ones by SQLite's FTS5 and by PostgreSQL's pg_trgm.

Both indexes know trigrams only, and not their places: each listing that has those of the terms is read, to see whether
it has the terms. How a query is best answered depends on how much it finds, which the planners cannot know of a
pattern; so it is tried in the order of what the tries cost, and each is bounded.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from sqlalchemy import ColumnElement, Select, column, func, literal_column, select, table, text
from sqlalchemy.orm import Session

from snippets.models import Listing, ListingLabel, Snippet, now
from snippets.query import SHORTEST, Query
from snippets.time_limits import TookTooLong, at_most

SIZE = 20  # listings on a page
LONGEST = 2.0  # seconds
TRIES = 0.1, 0.4, 1.5  # of them, on PostgreSQL: for the index of trigrams, for a walk, for the index again
FEW = 5_000  # listings with one label that are looked through one by one
NEWEST = 1_000  # listings in which PostgreSQL looks for a common term
TRIGRAMS = 12  # of one term that are looked up: more narrow it down no further

# The index of trigrams is scanned as a bitmap alone; and what sorts, or walks in parallel, does not end with the page.
WALKING = {"enable_bitmapscan": "off", "enable_sort": "off", "max_parallel_workers_per_gather": 0}

_FTS = table("listings_search", column("rowid"))


def matches(session: Session, query: Query, before: int | None = None, size: int = SIZE) -> list[int]:
    """Return the ids of up to `size` + 1 listings that match, older than the listing `before`; every one: Query().

    Raises TookTooLong.
    """
    page = select(Listing.id).join(Snippet, Snippet.id == Listing.snippet_id).limit(size + 1)
    page = page.where(Snippet.is_readable, Listing.listed_at <= now())
    if before is not None:
        page = page.where(Listing.id < before)
    with at_most(session, LONGEST):
        return _newest(session, page, query, before, size)


def snippets(session: Session, listings: Sequence[int]) -> list[Snippet]:
    """Return the snippets of listings, the newest first, without their files."""
    query = select(Snippet).join(Listing, Listing.snippet_id == Snippet.id).where(Listing.id.in_(listings))
    return list(session.scalars(query.order_by(Listing.id.desc())))


def _newest(session: Session, page: Select[int], query: Query, before: int | None, size: int) -> list[int]:
    page = page.where(*(Listing.content.contains(term, autoescape=True) for term in query.terms))
    counts = {label: _count(session, label) for label in query.labels}
    narrow = min(counts, key=lambda label: counts[label], default=None)
    page = page.where(*(_has(label) for label in counts if label != narrow))
    has_trigrams = any(len(term) >= SHORTEST for term in query.terms)
    if narrow and (counts[narrow] <= FEW or not has_trigrams):
        return _ids(session, _by_label(page, narrow))
    if not has_trigrams:
        return _ids(session, page.order_by(Listing.id.desc()))
    if narrow:
        page = page.where(_has(narrow))
    if session.get_bind().dialect.name == "sqlite":
        return _ids(session, _by_trigrams(page, query.terms, before))
    return _by_window(session, page, before, size) or _by_tries(session, page)


def _by_label(page: Select[int], label: str) -> Select[int]:
    page = page.join(ListingLabel, ListingLabel.listing_id == Listing.id).where(ListingLabel.label == label)
    return page.order_by(ListingLabel.listing_id.desc())


def _by_trigrams(page: Select[int], terms: Iterable[str], before: int | None) -> Select[int]:
    """Let FTS5 walk through what has all trigrams, the newest first."""
    wanted = [gram for term in terms for gram in _trigrams(term)]
    match = " ".join('"{}"'.format(gram.replace('"', '""')) for gram in dict.fromkeys(wanted))
    found = literal_column("listings_search").op("MATCH")(match)
    if before is not None:
        page = page.where(_FTS.c.rowid < before)  # FTS5 does not see that the ids are the same
    return page.join(_FTS, _FTS.c.rowid == Listing.id).where(found).order_by(_FTS.c.rowid.desc())


def _trigrams(term: str) -> list[str]:
    """Return trigrams of a term, the first and the last among them, those between at equal distances."""
    last = len(term) - SHORTEST
    step = max(1, -(-last // (TRIGRAMS - 1)))
    return [term[at : at + SHORTEST] for at in [*range(0, last, step), last]] if last >= 0 else []


def _by_window(session: Session, page: Select[int], before: int | None, size: int) -> list[int]:
    """Return a page that the newest listings fill, so that a common term needs no list of all that have it; or none."""
    newest = select(Listing.id).order_by(Listing.id.desc()).limit(1).offset(NEWEST - 1)
    if before is not None:
        newest = newest.where(Listing.id < before)
    oldest = session.scalar(newest) or 0
    found = _ids(session, page.where(Listing.id >= oldest).order_by(Listing.id.desc()))
    return found if len(found) > size or not oldest else []


def _by_tries(session: Session, page: Select[int]) -> list[int]:
    """Find what is rare by its trigrams, and what so many have that those take long by a walk from the newest on."""
    for way, seconds in zip((_by_index, _by_walking, _by_index), TRIES, strict=True):
        with suppress(TookTooLong), session.begin_nested(), at_most(session, seconds):
            return way(session, page)
    raise TookTooLong


def _by_walking(session: Session, page: Select[int]) -> list[int]:
    for name, value in WALKING.items():
        session.execute(text(f"SET LOCAL {name} = {value}"))
    return _ids(session, page.order_by(Listing.id.desc()))


def _by_index(session: Session, page: Select[int]) -> list[int]:
    # The sum keeps PostgreSQL from walking through the table in the order of the ids instead. Its trigrams are of
    # letters and digits alone: terms without three in a row have it read all the same.
    return _ids(session, page.order_by((Listing.id + 0).desc()))


def _has(label: str) -> ColumnElement[bool]:
    here = select(ListingLabel.label).where(ListingLabel.listing_id == Listing.id, ListingLabel.label == label)
    return here.correlate(Listing).exists()


def _count(session: Session, label: str) -> int:
    """Return how many listings have a label, or FEW + 1 for more."""
    some = select(ListingLabel.label).where(ListingLabel.label == label).limit(FEW + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _ids(session: Session, query: Select[int]) -> list[int]:
    found: Sequence[int] = session.scalars(query).all()
    return list(found)
