"""What of production's data staging may have: what anybody may read there, and of nobody whose it is.

What is not named here is left out: a new table comes along with nobody's leave, and so does a new column.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select

from snippets.database import Sessions
from snippets.merging import Source
from snippets.models import Base, now
from snippets.snapshots import FETCHED
from snippets.tables import Row, Section, Table

COPIED = {
    "snippets": "id title visibility revision created_at updated_at expires_at burn tags parent_id",
    "files": "id snippet_id revision position name language code html engine note took_ms highlighted_at created_at",
    "listings": "id snippet_id file_id listed_at size excerpt content kept_at",
    "listing_labels": "label listing_id",
    "previews": "snippet_id revision updated_at png",
}
SCRUBBED = {  # columns of those that come along empty
    "snippets": {"owner_hash": "whose it is", "password_hash": "a secret", "taken_down_at": "such a one stays behind"},
}
STAYING = {
    "api_keys": "secrets",
    "audit_trail": "names of operators",
    "blocked_networks": "addresses",
    "digests": "staging tells its own days",
    "idempotent_creates": "digests of secrets",
    "messages": "addresses, and words to people",
    "origins": "addresses",
    "reports": "addresses, and what readers wrote to the operator",
    "tombstones": "nothing is behind them",
    "unwelcome": "decisions about people's texts",
}


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A source of which staging may have what is public, and what else it was told to have.

    Private snippets are those that only some may read, or only once; one behind a password is private without it.
    """

    source: Source
    target: Sessions
    visibilities: frozenset[str]

    def sections(self) -> Iterator[Section]:
        """Yield the tables of which something comes along, with rows whose others are in the target already."""
        for table, rows in self.source.sections():
            if table.name in COPIED:
                wanted = self._wanted(table, rows) if table.name == "snippets" else rows
                yield table, self._referring(table, (_emptied(table, row) for row in wanted))

    def _wanted(self, table: Table, rows: Iterable[Row]) -> Iterator[Row]:
        names, moment = list(table.columns), now()
        for row in rows:
            told = dict(zip(names, row, strict=True))
            is_over = told["taken_down_at"] or (told["expires_at"] and told["expires_at"] <= moment)
            if told["password_hash"] or told["burn"]:
                told["visibility"] = "private"
            if told["visibility"] in self.visibilities and not is_over:
                yield tuple(told.values())

    def _referring(self, table: Table, rows: Iterator[Row]) -> Iterator[Row]:
        """Leave out what refers to a row that stayed behind, and undo a link to one."""
        names = list(table.columns)
        keys = Base.metadata.tables[table.name].foreign_keys
        while chunk := list(islice(rows, FETCHED)):
            for key in keys:
                at = names.index(key.parent.name)
                wanted = {row[at] for row in chunk} - {None}
                with self.target() as session:
                    there = {None, *session.scalars(select(key.column).where(key.column.in_(wanted)))}
                if key.parent.name in table.links:
                    chunk = [row if row[at] in there else (*row[:at], None, *row[at + 1 :]) for row in chunk]
                else:
                    chunk = [row for row in chunk if row[at] in there]
            yield from chunk


def _emptied(table: Table, row: Row) -> Row:
    kept = COPIED[table.name].split()
    return tuple(value if name in kept else None for name, value in zip(table.columns, row, strict=True))
