"""Moving the site to another database, on the same engine or the other."""

from snippets import schema
from snippets.backup import own_revision
from snippets.counters import go_on_counting
from snippets.database import Sessions
from snippets.merging import clear_surplus, fill
from snippets.progress import Progress
from snippets.snapshots import Snapshot, snapshot
from snippets.tables import Digest, Obstacle, digests
from snippets.targets import are_one, prepare, refuse_others


def move(source: Sessions, target: Sessions, progress: Progress, *, replace: bool = False) -> list[str]:
    """Have a target hold what a source holds at this moment; return the tables that were written to meanwhile.

    Both are compared row by row in the end; with no such table, the target is the site. A target that holds anything
    else is refused, unless it is to be replaced; called again after an interruption, it goes on. Raises Obstacle.
    """
    if are_one(source, target):
        raise Obstacle("That is the database that the site has already: name another one.")
    with snapshot(source) as held:
        own_revision(held.revision)
        prepare(target, schema.revisions()[-1])
        if replace:
            clear_surplus(held, target)
        else:
            refuse_others(held, target)
        with progress("Moving", sum(held.counts.values())) as step:
            fill(held, target, step)
        go_on_counting(target, held.tables, held.counters())
        arrived = _digests(target, progress)
        now = _digests(source, progress)
        if arrived != now and arrived != _digested(held, progress):
            raise Obstacle("What has arrived is not what was sent: somebody else writes to the target.")
    return [name for name in now if now[name] != arrived[name]]


def _digests(sessions: Sessions, progress: Progress) -> dict[str, Digest]:
    with snapshot(sessions) as held:
        return _digested(held, progress)


def _digested(held: Snapshot, progress: Progress) -> dict[str, Digest]:
    with progress("Comparing", sum(held.counts.values())) as step:
        return digests(held.sections(), step)
