"""Bringing a backup back: into an empty site, of this version or a later one."""

from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import exists, inspect, select

from snippets import schema
from snippets.backup import Progress
from snippets.backup_file import BackupFile
from snippets.database import Sessions
from snippets.mail_sweep import doubt_restored
from snippets.merging import clear_surplus, fill, go_on_counting, surplus
from snippets.snapshots import snapshot
from snippets.tables import LEFT_OUT, Obstacle, Table, digests


def restore(path: Path, sessions: Sessions, progress: Progress, *, replace: bool = False) -> dict[str, int]:
    """Have the site hold what a backup holds; return how many rows of each table. Raises Obstacle.

    The backup is read through before anything is touched. A site that holds anything else is refused, unless it is to
    be replaced; called again after an interruption, it goes on.
    """
    backup = BackupFile(path)
    rows = sum(backup.counts.values())
    with progress("Checking", rows) as step:
        tail = backup.check(step)
    url = _url(sessions)
    _prepare(sessions, url, backup)
    if replace:
        clear_surplus(backup, sessions)
    else:
        refuse_others(backup, sessions)
    with progress("Restoring", rows) as step:
        fill(backup, sessions, step)
    go_on_counting(sessions, backup.tables, tail.counters)
    with snapshot(sessions, backup.tables) as held, progress("Comparing", rows) as step:
        if digests(held.sections(), step) != tail.digests:
            raise Obstacle("What was restored is not what the backup holds: somebody else writes to this database.")
    schema.migrate(url)
    doubt_restored(sessions)
    return backup.counts


def refuse_others(source: Any, target: Sessions) -> None:
    """Raise Obstacle where the target holds a row that the source does not."""
    with closing(surplus(source, target)) as others:
        for table, row in others:
            raise Obstacle(
                f"The database holds something already that does not belong there, such as {table.name}"
                f" {', '.join(map(str, table.key_of(row)))}: name an empty one, or let that be deleted with --replace."
            )


def _prepare(sessions: Sessions, url: str, backup: BackupFile) -> None:
    """Bring the database to the backup's own revision."""
    wanted, known = backup.head.schema_revision, schema.revisions()
    if wanted not in known:
        raise Obstacle(f"The backup is of a later version of the site (revision {wanted}): install that one first.")
    with sessions() as session:
        found = schema.revision(session.connection())
    if found == wanted:
        return
    if not is_empty(sessions):
        raise Obstacle(
            f"The database is at revision {found}, the backup at {wanted}, and the database is not empty: name an empty"
            " one. If an earlier restore was interrupted in its last step, `alembic upgrade head` is all that lacks."
        )
    is_later = found in known and known.index(found) > known.index(wanted)
    (schema.take_back if is_later else schema.migrate)(url, to=wanted)


def is_empty(sessions: Sessions) -> bool:
    """Whether no table of the site has a row."""
    with sessions() as session:
        names = set(inspect(session.connection()).get_table_names()) - set(LEFT_OUT)
        tables = [Table(name=name, columns={}, key=()).sql for name in names]
        return not any(session.scalar(select(exists(select(1).select_from(each)))) for each in tables)


def _url(sessions: Sessions) -> str:
    return str(sessions.kw["bind"].url.render_as_string(hide_password=False))
