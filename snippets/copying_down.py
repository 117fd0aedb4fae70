"""Bringing production's data down to staging, without what is nobody's business there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import func, make_url, select

from snippets.backup_file import BackupFile
from snippets.counters import go_on_counting
from snippets.database import Sessions, connect
from snippets.database_address import database_url
from snippets.merging import Source, clear_surplus, fill
from snippets.models import Snippet
from snippets.progress import Progress
from snippets.restoring import restore
from snippets.schema import revisions
from snippets.scrubbing import COPIED, Scrubbed
from snippets.snapshots import snapshot
from snippets.tables import Obstacle, Table
from snippets.targets import are_one


class Production(NamedTuple):
    """What is to be brought down, and from where."""

    source: Source
    tables: list[Table]
    counts: Mapping[str, int]
    counters: Mapping[str, int]


def copy_down(production: Production, target: Sessions, visibilities: frozenset[str], progress: Progress) -> int:
    """Have a target show what production shows of these visibilities, and nothing else; return how many snippets.

    Interrupted, it goes on when it is called again. See scrubbing for what stays behind.
    """
    allowed = Scrubbed(production.source, target, visibilities)
    clear_surplus(allowed, target)
    with progress("Copying", sum(production.counts[name] for name in COPIED)) as step:
        fill(allowed, target, step)
    tables = [each for each in production.tables if each.name in COPIED]
    go_on_counting(target, tables, production.counters)
    with target() as session:
        return session.scalar(select(func.count()).select_from(Snippet)) or 0


@contextmanager
def production(where: str, target: Sessions, progress: Progress) -> Iterator[Production]:
    """Open a backup by its name, or a database by its address. Raises Obstacle.

    A backup of an older version is restored beside first, and migrated there, on a disk that has room for it.
    """
    if "://" in where:
        try:
            url = database_url(where)
        except ValueError as error:
            raise Obstacle(f"The database must be named by {error}.") from error
        with _at(url, target) as found:
            yield found
        return
    backup = BackupFile(Path(where))
    if backup.head.schema_revision == revisions()[-1]:
        with progress("Checking", sum(backup.counts.values())) as step:
            tail = backup.check(step)
        yield Production(backup, backup.tables, backup.counts, tail.counters)
        return
    with TemporaryDirectory(prefix="snippets-copy-down-") as folder:
        url = f"sqlite:///{folder}/production.db"
        sessions = connect(url)
        try:
            restore(Path(where), sessions, progress)
        finally:
            sessions.kw["bind"].dispose()
        with _at(url, target) as found:
            yield found


@contextmanager
def _at(url: str, target: Sessions) -> Iterator[Production]:
    path = make_url(url).database
    if url.startswith("sqlite") and not (path and Path(path).is_file()):
        raise Obstacle(f"There is no database {path}.")
    sessions = connect(url)
    try:
        if are_one(sessions, target):
            raise Obstacle("That is this site's own database: name production's, or a backup of it.")
        with snapshot(sessions) as held:
            if held.revision != revisions()[-1]:
                raise Obstacle(
                    f"That database is at revision {held.revision}, this site at {revisions()[-1]}: take a backup"
                    " there, and copy that down."
                )
            yield Production(held, held.tables, held.counts, held.counters())
    finally:
        sessions.kw["bind"].dispose()
