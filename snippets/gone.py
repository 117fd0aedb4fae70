"""Snippets that are gone: their rows deleted, a tombstone left, so that their address can say what became of them."""

from enum import StrEnum

from sqlalchemy import ColumnElement, delete
from sqlalchemy.orm import Session

from snippets.announcements import mark
from snippets.models import Snippet, Tombstone


class Reason(StrEnum):
    """Why a snippet is gone, as it is stored in `Tombstone.reason`."""

    EXPIRED = "expired"
    BURNT = "burnt"
    DELETED = "deleted"
    TAKEN_DOWN = "taken down"


SENTENCES = {
    Reason.EXPIRED: "This snippet has expired, and what it held is deleted.",
    Reason.BURNT: "This snippet was to be read once, it has been read, and what it held is deleted.",
    Reason.DELETED: "Whoever shared this snippet has deleted it.",
    Reason.TAKEN_DOWN: "The operator of this site has taken this snippet down.",
}


def sentence(reason: str) -> str:
    """Say what became of a snippet; a reason that only another version knows is said in general."""
    return next((text for known, text in SENTENCES.items() if known == reason), "This snippet is gone.")


def bury(session: Session, snippet_id: str, reason: Reason, *conditions: ColumnElement[bool]) -> bool:
    """Delete a snippet with every file and revision where the conditions hold, and leave its tombstone.

    False, with nothing done: somebody was faster. Of two at once, on either engine, exactly one gets True.
    """
    gone = session.scalar(delete(Snippet).where(Snippet.id == snippet_id, *conditions).returning(Snippet.id))
    if gone is not None:
        session.add(Tombstone(id=snippet_id, reason=reason))
        mark(session, snippet_id)
    return gone is not None
