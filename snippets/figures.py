"""How much there is: snippets counted, of many files a sample taken that tells the rest within a percent or two."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from snippets.models import VISIBILITIES, File, Snippet, now
from snippets.summaries import octet_length

FEW = 50_000  # files that are counted one and all
SAMPLE = 5_000  # of more, so many are looked at
BATCH = 10_000  # files that are counted at once
DAYS = 30


@dataclass(frozen=True, slots=True)
class Snippets:
    """How many there are, of each visibility, taken down, and from each of the last DAYS, UTC."""

    visibilities: dict[str, int]
    taken_down: int
    days: dict[date, int]


@dataclass(slots=True)
class Files:
    """How many there are, in all revisions, with their bytes; by language and by engine, None: pending."""

    count: int = 0
    size: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    engines: Counter[str | None] = field(default_factory=Counter)
    sampled: int | None = None  # the files that all this was estimated from; None: it is exact


def count_snippets(session: Session) -> Snippets:
    """Count them in two turns through their rows, neither of which sorts more than DAYS' worth."""
    kinds = (func.count().filter(Snippet.visibility == each) for each in VISIBILITIES)
    *counts, taken_down = session.execute(select(*kinds, func.count(Snippet.taken_down_at))).one()
    first = (now() - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    day = _day(session, Snippet.created_at)
    rows = session.execute(select(day, func.count()).where(Snippet.created_at >= first).group_by(day)).all()
    days = {(first + timedelta(days=each)).date(): 0 for each in range(DAYS)}
    found = Snippets(dict(zip(VISIBILITIES, counts, strict=True)), taken_down, days)
    found.days.update((date.fromisoformat(text), count) for text, count in rows)
    return found


def last_file(session: Session) -> int:
    """Return the highest id of a file, at least how many there are."""
    return session.scalar(select(func.max(File.id))) or 0


def pending(session: Session) -> int:
    """Return how many files have no colours, by an index of just those."""
    return session.scalar(select(func.count()).select_from(File).where(File.html.is_(None))) or 0


def estimate_files(session: Session, last: int) -> Files:
    """Tell of all files what is so of SAMPLE ids drawn from those up to `last`: missing ones count as such."""
    drawn = random.sample(range(1, last + 1), SAMPLE)
    found = Files()
    _add(found, session, File.id.in_(drawn))
    found.sampled, share = found.count, last / SAMPLE
    found.count, found.size = round(found.count * share), round(found.size * share)
    for counter in (found.languages, found.engines):
        for name in counter:
            counter[name] = round(counter[name] * share)  # type: ignore[index]
    return found


def count_files(session: Session, last: int, found: Files) -> Iterator[int]:
    """Count all files up to `last` into `found`; give the ids that each step has passed."""
    for start in range(0, last, BATCH):
        _add(found, session, File.id.between(start + 1, start + BATCH))
        yield min(BATCH, last - start)


def _add(found: Files, session: Session, which: ColumnElement[bool]) -> None:
    kinds = File.language, File.engine
    for language, engine, count, size in session.execute(
        select(*kinds, func.count(), func.sum(octet_length(File.code))).where(which).group_by(*kinds)
    ):
        found.count += count
        found.size += int(size)
        found.languages[language] += count
        found.engines[engine] += count


def _day(session: Session, moment: Any) -> ColumnElement[str]:
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(moment, 1, 10)
    return func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD")
