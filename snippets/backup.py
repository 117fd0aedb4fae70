"""Taking a backup of the site while it serves."""

from datetime import UTC
from pathlib import Path

from snippets import __version__, schema
from snippets.backup_file import Head, Tail, write
from snippets.database import Sessions
from snippets.models import now
from snippets.progress import Progress
from snippets.purge import empty_log
from snippets.snapshots import snapshot
from snippets.tables import Obstacle
from snippets.whole_files import clear_partial, whole_file

NAME = "snippets-{:%Y-%m-%dT%H%M%SZ}.jsonl.gz"  # in a folder
NAMES = "snippets-*.jsonl.gz"


def back_up(sessions: Sessions, target: Path, progress: Progress) -> tuple[Path, Tail]:
    """Write a backup to a file, or to one named by the time in a folder that is there; return it and its tail.

    It holds the database as it was at one moment. Raises Obstacle.
    """
    taken_at = now()
    if target.is_dir():
        clear_partial(target, NAMES)
        target /= NAME.format(taken_at.astimezone(UTC))
    with whole_file(target) as file, snapshot(sessions) as held:
        head = Head(
            schema_revision=own_revision(held.revision),
            site_version=__version__,
            taken_at=taken_at,
            tables=held.tables,
            counts=held.counts,
        )
        with progress("Backing up", sum(held.counts.values())) as step:
            tail = write(file, head, held.sections(), held.counters(), step)
    empty_log(sessions)  # of what SQLite kept there for us alone
    return target, tail


def own_revision(found: str | None) -> str:
    """Return the revision of a database, if it is that of this version. Raises Obstacle."""
    own = schema.revisions()[-1]
    if found != own:
        raise Obstacle(
            f"The database is at revision {found or 'none'}, this version of the site needs {own}:"
            " run the release (`alembic upgrade head`), or the version that the database belongs to."
        )
    return own
