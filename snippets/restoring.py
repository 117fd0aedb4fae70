"""Bringing a backup back: into an empty site, of this version or a later one."""

from pathlib import Path

from snippets import schema
from snippets.backup_file import BackupFile
from snippets.counters import go_on_counting
from snippets.database import Sessions
from snippets.merging import clear_surplus, fill
from snippets.progress import Progress
from snippets.snapshots import snapshot
from snippets.tables import Obstacle, digests
from snippets.targets import prepare, refuse_others, url_of
from snippets.uncertain_mail import Doubted


def restore(path: Path, sessions: Sessions, progress: Progress, *, replace: bool = False) -> dict[str, int]:
    """Have the site hold what a backup holds; return how many rows of each table. Raises Obstacle.

    The backup is read through before anything is touched. A site that holds anything else is refused, unless it is to
    be replaced; called again after an interruption, it goes on.
    """
    backup = BackupFile(path)
    rows = sum(backup.counts.values())
    with progress("Checking", rows) as step:
        tail = backup.check(step)
    prepare(sessions, _known_revision(backup))
    source = Doubted(backup)
    if replace:
        clear_surplus(source, sessions)
    else:
        refuse_others(source, sessions)
    with progress("Restoring", rows) as step:
        fill(source, sessions, step)
    go_on_counting(sessions, backup.tables, tail.counters)
    with snapshot(sessions, backup.tables) as held, progress("Comparing", rows) as step:
        if digests(held.sections(), step) != tail.digests | source.digests:
            raise Obstacle("What was restored is not what the backup holds: somebody else writes to this database.")
    schema.migrate(url_of(sessions))
    return backup.counts


def _known_revision(backup: BackupFile) -> str:
    if (wanted := backup.head.schema_revision) not in schema.revisions():
        raise Obstacle(f"The backup is of a later version of the site (revision {wanted}): install that one first.")
    return wanted
