"""What an operator looks through: what was reported, what is new and public, what is taken down; a page of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from snippets import excerpts
from snippets.database import Sessions
from snippets.models import File, Listing, Report, Snippet, now
from snippets.operator_models import Origin
from snippets.pages import cursor_at, older_than
from snippets.rows import language_name
from snippets.visible import titled

SHOWN = 20  # snippets on a page of each list
MOST = excerpts.LINES * 10_000  # characters of a text that are looked at for its first lines

# Not by a join: where nobody has counted the reports, SQLite would look for one of each snippet that there is.
_STANDS = Report.snippet_id.not_in(select(Snippet.id).where(Snippet.taken_down_at.is_not(None)))


@dataclass(slots=True)
class Item:
    """A snippet as an operator judges it: what it is, where it came from, how it begins, what was said of it."""

    snippet: Snippet
    title: str
    language: str
    network: str | None
    excerpt: Markup | None  # None: it is closed, and looked at on purpose only
    reports: list[Report] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Items:
    """Some of a list, and the cursor of those after them; None: these are the last."""

    items: list[Item]
    older: str | None


def reported(session: Session, before: int | None = None) -> Items:
    """Return what is reported and nobody has seen to, the one that was reported last first, with its reports."""
    latest = func.max(Report.id).label("latest")
    query = (
        select(Report.snippet_id, latest)
        .where(_STANDS)
        .group_by(Report.snippet_id)
        .order_by(latest.desc())
        .limit(SHOWN + 1)
    )
    if before is not None:
        query = query.having(latest < before)
    found = session.execute(query).all()
    items = _load(session, [row.snippet_id for row in found[:SHOWN]])
    by_id = {item.snippet.id: item for item in items}
    for report in session.scalars(select(Report).where(Report.snippet_id.in_(by_id)).order_by(Report.id.desc())):
        by_id[report.snippet_id].reports.append(report)
    return Items(items, str(found[SHOWN - 1].latest) if len(found) > SHOWN else None)


def count_reported(sessions: Sessions) -> int:
    """Return of how many snippets there are reports that nobody has seen to."""
    with sessions() as session:
        return session.scalar(select(func.count(func.distinct(Report.snippet_id))).where(_STANDS)) or 0


def new_public(session: Session, before: int | None = None) -> Items:
    """Return what is public and no operator has kept yet, the newest first, also before lists show it."""
    query = (
        select(Listing.id, Listing.snippet_id)
        .join(Snippet, Snippet.id == Listing.snippet_id)
        .where(Listing.kept_at.is_(None), Snippet.is_readable)
        .order_by(Listing.id.desc())
        .limit(SHOWN + 1)
    )
    if before is not None:
        query = query.where(Listing.id < before)
    found = session.execute(query).all()
    items = _load(session, [row.snippet_id for row in found[:SHOWN]])
    return Items(items, str(found[SHOWN - 1].id) if len(found) > SHOWN else None)


def taken_down(session: Session, before: str = "") -> Items:
    """Return what was taken down and is still kept, the latest first. Raises ValueError for no cursor of ours."""
    query = (
        select(Snippet.id, Snippet.taken_down_at)
        .where(Snippet.taken_down_at.is_not(None), *older_than(before, Snippet.taken_down_at))
        .order_by(Snippet.taken_down_at.desc(), Snippet.id.desc())
        .limit(SHOWN + 1)
    )
    found = session.execute(query).all()
    items = _load(session, [row.id for row in found[:SHOWN]])
    last = found[SHOWN - 1] if len(found) > SHOWN else None
    return Items(items, last and cursor_at(last.taken_down_at or now(), last.id))


def _load(session: Session, ids: Sequence[str]) -> list[Item]:
    """Return the items of these snippets in their order; one that is gone meanwhile is left out."""
    first = and_(File.snippet_id == Snippet.id, File.revision == Snippet.revision, File.position == 1)
    query = (
        select(Snippet, File.name, File.language, func.substr(File.code, 1, MOST), Listing.excerpt, Origin.network)
        .join(File, first)
        .outerjoin(Listing, Listing.snippet_id == Snippet.id)
        .outerjoin(Origin, Origin.snippet_id == Snippet.id)
        .where(Snippet.id.in_(ids))
    )
    items = {row[0].id: _item(*row) for row in session.execute(query)}
    return [items[each] for each in ids if each in items]


def _item(
    snippet: Snippet, name: str | None, language: str, code: str, listed: str | None, network: str | None
) -> Item:
    shown = None if snippet.is_closed else Markup(listed or excerpts.plain(code))  # noqa: S704 — our own markup
    return Item(snippet, titled(snippet.title, name), language_name(language), network, shown)
