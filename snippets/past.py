"""What the list of a snippet's revisions says of each: when, and how much was changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, load_only

from snippets.changes import changes
from snippets.models import File, Snippet

MOST = 25  # revisions on a page
MOST_CODE = 2 * 2**20  # characters compared for a page: 0.1 s, or 1 s at worst; a page holds one revision at least


@dataclass(frozen=True, slots=True)
class Entry:
    """One revision, and how it differs from the one before it."""

    number: int
    created_at: datetime
    files: int  # that were changed, renamed, added or deleted
    added: int  # lines
    removed: int


def page_before(session: Session, snippet: Snippet, before: int) -> list[Entry]:
    """Return revisions from the newest below `before` down, as many as a page holds."""
    sizes = session.execute(
        select(File.revision, func.sum(func.length(File.code)))
        .where(File.snippet_id == snippet.id, File.revision < min(before, snippet.revision + 1))
        .group_by(File.revision)
        .order_by(File.revision.desc())
        .limit(MOST)
    )
    numbers = list(_fitting(sizes))
    if not numbers:
        return []
    files = session.scalars(
        select(File)
        .where(File.snippet_id == snippet.id, File.revision.between(numbers[-1] - 1, numbers[0]))
        .options(load_only(File.revision, File.position, File.name, File.language, File.code, File.created_at))
        .order_by(File.position)
    )
    revisions: dict[int, list[File]] = {}
    for file in files:
        revisions.setdefault(file.revision, []).append(file)
    return [
        _entry(number, revisions.get(number - 1, []), revisions[number]) for number in numbers if number in revisions
    ]


def _fitting(sizes: Iterable[tuple[int, int]]) -> Iterator[int]:
    total = 0
    for revision, size in sizes:
        total += size
        if total > MOST_CODE and total > size:
            return
        yield revision


def _entry(number: int, old: list[File], new: list[File]) -> Entry:
    changed = [each for each in changes(old, new) if each.kind != "unchanged"]
    return Entry(
        number,
        min(file.created_at for file in new),
        len(changed),
        sum(each.difference.added for each in changed),
        sum(each.difference.removed for each in changed),
    )
