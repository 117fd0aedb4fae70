"""Content that may not be shared again, for a while or for good: told by its digest, under whatever name it comes."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.orm import Session

from snippets.models import File, Unwelcome, now
from snippets.refused import Refused

_STILL = or_(Unwelcome.until.is_(None), Unwelcome.until > bindparam("now"))
_ANY = Unwelcome.digest.in_(bindparam("digests", expanding=True))
_HERE = select(Unwelcome.digest, Unwelcome.until).where(_ANY, _STILL).order_by(Unwelcome.until.desc().nulls_first())


def digest(files: Sequence[File]) -> str:
    """Return what tells a snippet's content: its texts, whatever their names and their blanks at the end."""
    return hashlib.sha256("\0".join(file.code.rstrip() for file in files).encode()).hexdigest()


def refuse(session: Session, digest: str, until: datetime | None, note: str | None = None) -> None:
    """Refuse content until a moment, or for good (None). What is refused for longer already stays so."""
    row = session.get(Unwelcome, digest)
    if row is None:
        session.add(Unwelcome(digest=digest, until=until, note=note))
        return
    if until is None or (row.until and row.until < until):
        row.until = until
    row.note = note or row.note


def welcome(session: Session, digest: str) -> bool:
    """Take content again; False when it was not refused."""
    gone = delete(Unwelcome).where(Unwelcome.digest == digest).returning(Unwelcome.digest)
    return session.scalar(gone) is not None


def refuse_unwelcome(session: Session, files: Sequence[File]) -> None:
    """Raise Refused for what was taken down a short while ago, or is blocked: all of it, or one file of several.

    Not for some of several that were blocked together, of which one may be anybody's.
    """
    numbers = {digest([file]): number for number, file in enumerate(files, start=1)}
    if len(files) > 1:
        numbers[digest(files)] = 1
    found = session.connection().execute(_HERE, {"digests": list(numbers), "now": now()}).first()
    if found is None:
        return
    how_long = f"again before {found.until:%-d %B %Y}" if found.until else "here"
    raise Refused(
        f"The operator of this site has taken down just this; it is not accepted {how_long}.",
        "code",
        numbers[found.digest],
        status=403,
    )
