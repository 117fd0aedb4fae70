"""What an operator does about a snippet: take down, restore, keep."""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from snippets.announcements import mark
from snippets.audit import Action, By, record
from snippets.listings import keep_listing
from snippets.models import Listing, Report, Snippet, now
from snippets.unwelcome import digest, refuse, welcome

UNWELCOME = timedelta(days=7)  # that the same content is refused after it was taken down


def take_down(session: Session, snippet_id: str, by: By) -> bool:
    """Let nobody read a snippet any more, and refuse what it holds for UNWELCOME; False when there is none to read.

    Its rows are kept for the operator until the purge.
    """
    here = Snippet.id == snippet_id, Snippet.taken_down_at.is_(None)
    done = session.scalar(update(Snippet).where(*here).values(taken_down_at=now()).returning(Snippet.id))
    if done is None:
        return False
    snippet = session.get_one(Snippet, snippet_id)
    session.execute(delete(Listing).where(Listing.snippet_id == snippet_id))
    mark(session, snippet_id)
    refuse(session, digest(snippet.files), now() + UNWELCOME)
    record(session, by, Action.TAKE_DOWN, snippet_id)
    return True


def restore(session: Session, snippet_id: str, by: By) -> bool:
    """Undo take_down, the refusal of the same content too, and see to the reports; False when there is nothing."""
    here = Snippet.id == snippet_id, Snippet.taken_down_at.is_not(None)
    if session.scalar(update(Snippet).where(*here).values(taken_down_at=None).returning(Snippet.id)) is None:
        return False
    mark(session, snippet_id)
    snippet = session.get_one(Snippet, snippet_id)
    welcome(session, digest(snippet.files))
    keep_listing(session, snippet, snippet.files, delay=0)
    _see_to(session, snippet_id)
    record(session, by, Action.RESTORE, snippet_id)
    return True


def keep(session: Session, snippet_id: str, by: By) -> bool:
    """Forget what was reported of a snippet, and show it among the new ones no more; False when neither was so."""
    if seen := _see_to(session, snippet_id):
        record(session, by, Action.KEEP, snippet_id)
    return seen


def _see_to(session: Session, snippet_id: str) -> bool:
    reports = delete(Report).where(Report.snippet_id == snippet_id).returning(Report.id)
    new = Listing.snippet_id == snippet_id, Listing.kept_at.is_(None)
    listing = update(Listing).where(*new).values(kept_at=now()).returning(Listing.id)
    listing = listing.execution_options(synchronize_session=False)
    return bool([*session.scalars(reports), *session.scalars(listing)])
