"""The rows. A file is pending exactly while its `html` is NULL; its code never changes."""

import hashlib
import secrets
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    bindparam,
    not_,
    or_,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, query_expression, relationship

VISIBILITIES = ("public", "unlisted", "private")


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC on every engine; SQLite alone would hand back a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time, since nobody knows whose noon it is."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a naive time: {value}")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back that SQLite dropped."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The tables' common ground: constraint names that a migration can refer to."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {datetime: UTCDateTime, str: Text}  # noqa: RUF012 — SQLAlchemy's own spelling


def now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return 64 random bits as 11 characters of base64url: an address that cannot be guessed.

    None begins with a hyphen: on a command line it would be an option.
    """
    while (made := secrets.token_urlsafe(8)).startswith("-"):
        pass
    return made


_TAKEN_DOWN = text("taken_down_at IS NOT NULL")
_A_FORK = text("parent_id IS NOT NULL")
_NEW = text("kept_at IS NULL")


class Snippet(Base):
    """What one address shows: one or several files, and the terms on which it is shared."""

    __tablename__ = "snippets"
    __table_args__ = (
        CheckConstraint(f"visibility IN {VISIBILITIES}", name="visibility"),
        Index(None, "owner_hash", "created_at", "id"),
        Index(None, "parent_id", postgresql_where=_A_FORK, sqlite_where=_A_FORK),
        Index(None, "taken_down_at", postgresql_where=_TAKEN_DOWN, sqlite_where=_TAKEN_DOWN),
    )

    id: Mapped[str] = mapped_column(String(11), primary_key=True, default=new_id)
    title: Mapped[str | None]
    visibility: Mapped[str] = mapped_column(String(8), default="unlisted")
    revision: Mapped[int] = mapped_column(default=1)  # the head: which files are shown
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    burn: Mapped[bool] = mapped_column(default=False)  # it is deleted when it is read
    password_hash: Mapped[str | None]  # argon2id, with its parameters
    tags: Mapped[str] = mapped_column(default="", server_default="")  # lower case, in order, with blanks between
    taken_down_at: Mapped[datetime | None]  # by an operator, who alone may still see it
    owner_hash: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the owner's secret
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("snippets.id", ondelete="SET NULL"))

    fork_count: Mapped[int | None] = query_expression()  # of those anybody may know of; None where it is not asked for

    files: Mapped[list["File"]] = relationship(
        primaryjoin="and_(File.snippet_id == Snippet.id, File.revision == Snippet.revision)",
        order_by="File.position",
        back_populates="snippet",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    @hybrid_property
    def is_closed(self) -> bool:
        """Whether only some may read it, or only once: no cache but its reader's may keep it, and no list shows it."""
        return self.burn or self.visibility == "private" or self.password_hash is not None

    @is_closed.inplace.expression
    @classmethod
    def _is_closed(cls) -> ColumnElement[bool]:
        return or_(cls.burn, cls.visibility == "private", cls.password_hash.is_not(None))

    @hybrid_property
    def is_open(self) -> bool:
        """Whether anybody may read it now."""
        return not self.is_closed and self.is_readable and self.taken_down_at is None

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return and_(not_(cls.is_closed), cls.is_readable, cls.taken_down_at.is_(None))

    @hybrid_property
    def is_readable(self) -> bool:
        """Whether it has not expired; purged or not, nobody reads it after that."""
        return self.expires_at is None or self.expires_at > now()

    @is_readable.inplace.expression
    @classmethod
    def _is_readable(cls) -> ColumnElement[bool]:
        at = bindparam(None, callable_=now, type_=UTCDateTime())  # the time of each execution: queries are built once
        return or_(cls.expires_at.is_(None), cls.expires_at > at)


class Tombstone(Base):
    """What is left of a snippet that is gone: that it was there, and why it is not; nothing of what it held."""

    __tablename__ = "tombstones"

    id: Mapped[str] = mapped_column(String(11), primary_key=True)
    reason: Mapped[str] = mapped_column(String(16))  # a word of gone.Reason
    at: Mapped[datetime] = mapped_column(default=now)


class Report(Base):
    """What a reader told the operator about a snippet, until he has seen to it."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    snippet_id: Mapped[str] = mapped_column(ForeignKey("snippets.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str]
    address: Mapped[str | None]  # for an answer
    created_at: Mapped[datetime] = mapped_column(default=now)


class ApiKey(Base):
    """A secret that an operator has handed out, by its digest; one that is revoked stays, and is good for nothing."""

    __tablename__ = "api_keys"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256: an owner's hash, see hash_secret
    name: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[str]  # words of keys.Scope, with blanks between
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]


class IdempotentCreate(Base):
    """What a program called its create, so that a second try finds the snippet of the first."""

    __tablename__ = "idempotent_creates"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # of the caller's owner hash and its key
    body: Mapped[str] = mapped_column(String(64))  # SHA-256
    snippet_id: Mapped[str] = mapped_column(ForeignKey("snippets.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Unwelcome(Base):
    """What may not be shared again for a while, or for good, by the digest of unwelcome."""

    __tablename__ = "unwelcome"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime | None]  # None: for good
    note: Mapped[str | None]
    created_at: Mapped[datetime | None] = mapped_column(default=now)  # None: from before this was kept


class Preview(Base):
    """The picture of a snippet that is open to all, as the snippet was at `updated_at`: an older one is not shown."""

    __tablename__ = "previews"

    snippet_id: Mapped[str] = mapped_column(ForeignKey("snippets.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int]
    updated_at: Mapped[datetime]  # the snippet's: a new title is no new revision
    png: Mapped[bytes]


class File(Base):
    """One file of one revision. Its code is stored with LF line ends, without NUL or lone surrogates."""

    __tablename__ = "files"
    __table_args__ = (
        UniqueConstraint("snippet_id", "revision", "position"),
        Index("ix_files_pending", "id", postgresql_where=text("html IS NULL"), sqlite_where=text("html IS NULL")),
        Index("ix_files_noted", "id", postgresql_where=text("note IS NOT NULL"), sqlite_where=text("note IS NOT NULL")),
        {"sqlite_autoincrement": True},  # an id given anew would meet the old file's job
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    snippet_id: Mapped[str] = mapped_column(ForeignKey("snippets.id", ondelete="CASCADE"))
    revision: Mapped[int] = mapped_column(default=1)
    position: Mapped[int]  # from 1
    name: Mapped[str | None]
    language: Mapped[str] = mapped_column(String(64))  # an alias of languages.LANGUAGES
    code: Mapped[str]
    html: Mapped[str | None] = mapped_column()  # our own markup; NULL: pending
    engine: Mapped[str | None] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(String(64))  # words of notes.Note, with a comma between
    took_ms: Mapped[int | None]
    highlighted_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    is_pending: Mapped[bool] = column_property(
        html.is_(None)
    )  # whether its colours are still to come; asks for no html

    snippet: Mapped[Snippet] = relationship(back_populates="files")

    @property
    def anchor(self) -> str:
        """What stands before `L10` in the ids of its lines."""
        return anchor(self.position)


class Listing(Base):
    """A snippet that lists show and the search finds: exactly the public ones that are not closed have one."""

    __tablename__ = "listings"
    __table_args__ = (
        Index("ix_listings_new", "id", postgresql_where=_NEW, sqlite_where=_NEW),
        {"sqlite_autoincrement": True},  # the newest has the highest id, for ever
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    snippet_id: Mapped[str] = mapped_column(ForeignKey("snippets.id", ondelete="CASCADE"), unique=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), unique=True)  # the first file
    listed_at: Mapped[datetime] = mapped_column(default=now)  # no list shows it before that
    size: Mapped[int]  # bytes of all its files
    excerpt: Mapped[str]  # of the first file, our own markup: see excerpts
    content: Mapped[str] = mapped_column(deferred=True)  # casefolded; its index is each engine's own: see search
    kept_at: Mapped[datetime | None] = mapped_column(deferred=True)  # when an operator had nothing against it


class ListingLabel(Base):
    """What lists are filtered by: `language:python`, `tag:web`."""

    __tablename__ = "listing_labels"
    __table_args__ = (Index(None, "listing_id", "label"),)

    label: Mapped[str] = mapped_column(String(80), primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True)


def anchor(position: int) -> str:
    """Return what stands before the ids of a file's lines: nothing for the first file, `f2` for the second."""
    return "" if position == 1 else f"f{position}"


def hash_secret(secret: str) -> str:
    """Return what is stored of an owner's secret: its SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
