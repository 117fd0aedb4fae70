"""The rows that operators leave and need: what they did, whom they keep from writing, where snippets came from."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from snippets.models import Base, now


class AuditEntry(Base):
    """What an operator did. It never holds code, a password or a token: see audit."""

    __tablename__ = "audit_trail"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 — the latest has the highest id, for ever

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor: Mapped[str]  # a user name, or one of audit's words for who has none
    action: Mapped[str] = mapped_column(String(32))  # a word of audit.Action
    subject: Mapped[str | None]  # a snippet's id, a network, a digest, the name of a key or a queue
    note: Mapped[str | None]  # why, in the operator's words


class Origin(Base):
    """The network from which a snippet was last written, for a while: see networks.truncated."""

    __tablename__ = "origins"

    snippet_id: Mapped[str] = mapped_column(ForeignKey("snippets.id", ondelete="CASCADE"), primary_key=True)
    network: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class BlockedNetwork(Base):
    """A network that may read and not write; `until` None: for good."""

    __tablename__ = "blocked_networks"

    network: Mapped[str] = mapped_column(primary_key=True)  # as ipaddress writes it: 192.0.2.0/24
    until: Mapped[datetime | None]
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
