"""The rows of what the site sends by mail."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from snippets.models import Base, now


class Message(Base):
    """A message to one address, written with what causes it and sent by a worker, at most once: see messages."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "state", "due_at"),
        {"sqlite_autoincrement": True},  # an id given anew would meet the old message's job
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # a word of messages.Kind
    state: Mapped[str] = mapped_column(String(16))  # a word of messages.State
    recipient: Mapped[str | None]  # NULL, as the text is, where nobody needs it any more
    subject: Mapped[str | None]
    body: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=now)  # no sooner is it tried
    claimed_at: Mapped[datetime | None]  # since when it is being sent
    error: Mapped[str | None]  # of the last attempt
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Digest(Base):
    """A day of which the failures have been told, or were none: whoever inserts it tells them."""

    __tablename__ = "digests"

    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
