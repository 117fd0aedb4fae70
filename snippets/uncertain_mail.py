"""A backup to restore, of whose mail nobody knows whether it was sent since: the site that it was taken of went on."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from snippets.backup_file import BackupFile
from snippets.mail_models import Message
from snippets.messages import State, ended
from snippets.tables import Digest, Row, Section, Table

RESTORED = "it was waiting when the backup was taken, and may have been sent since"
DOUBTED = (State.WAITING, State.SENDING)


class Doubted:
    """The rows of a backup, but for messages that waited: those are uncertain, and not sent again."""

    def __init__(self, backup: BackupFile) -> None:
        self._backup = backup
        self.digests: dict[str, Digest] = {}  # of what is not as in the backup, once all of it was read

    def sections(self) -> Iterator[Section]:
        """Yield each table with its rows, in the order of their keys, the same each time. Raises Obstacle."""
        for table, rows in self._backup.sections():
            yield table, self._doubted(table, rows) if table.name == Message.__tablename__ else rows

    def _doubted(self, table: Table, rows: Iterator[Row]) -> Iterator[Row]:
        count, digest = 0, sha256()
        for row in rows:
            told = _uncertain(dict(zip(table.columns, row, strict=True)), self._backup.head.taken_at)
            count += 1
            digest.update(table.line(told))
            yield told
        self.digests[table.name] = Digest(rows=count, sha256=digest.hexdigest())


def _uncertain(told: dict[str, object], taken_at: datetime) -> Row:
    if told.get("state") in DOUBTED:
        now = {**ended(State.UNCERTAIN), "state": State.UNCERTAIN, "error": RESTORED, "ended_at": taken_at}
        told |= {name: value for name, value in now.items() if name in told}
    return tuple(told.values())
