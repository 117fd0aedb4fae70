"""What a copy of the database holds: every table of the models, each described so that no later model is needed."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from json import dumps
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import MetaData, TableClause, column, table
from sqlalchemy import Table as Modelled

from snippets import mail_models, operator_models  # noqa: F401 — they describe tables as well
from snippets.column_kinds import KINDS, kind_of
from snippets.models import Base
from snippets.progress import Step

# Tables that a database of the site has beside those of the models, and why no copy holds them.
LEFT_OUT = {
    "alembic_version": "says which migrations have run: those of the database that the copy goes to",
    "listings_search": "SQLite's index for the search, kept by triggers as PostgreSQL's is by itself",
    "listings_search_config": "a part of it",
    "listings_search_data": "a part of it",
    "listings_search_idx": "a part of it",
}

Row = tuple[Any, ...]


class Obstacle(Exception):
    """What stands in the way of copying data; the message says what it is and what to do."""


class Table(BaseModel):
    """One table: its columns and their kinds, its primary key, and what of it refers to another row of it."""

    model_config = ConfigDict(frozen=True)

    name: str
    columns: dict[str, str]  # name: a word of KINDS
    key: tuple[str, ...]
    links: tuple[str, ...] = ()
    counted: str | None = None  # the column that the database numbers by itself

    @property
    def sql(self) -> TableClause:
        """The table as a statement names it."""
        return table(self.name, *(column(name, KINDS[kind].sql) for name, kind in self.columns.items()))

    def key_of(self, row: Row) -> Row:
        """Return the primary key of a row."""
        names = list(self.columns)
        return tuple(row[names.index(name)] for name in self.key)

    def unlinked(self, row: Row) -> Row:
        """Return a row as it is before it refers to any other of its table, which may come after it."""
        return tuple(None if name in self.links else value for name, value in zip(self.columns, row, strict=True))

    def line(self, row: Row) -> bytes:
        """Return a row as a line of JSON, the same for the same values on every engine."""
        kinds = (KINDS[kind] for kind in self.columns.values())
        values = [
            kind.write(value) if kind.write and value is not None else value
            for kind, value in zip(kinds, row, strict=True)
        ]
        return dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def row(self, values: list[Any]) -> Row:
        """Return what `line` made a line of. Raises ValueError, TypeError or OverflowError."""
        kinds = (KINDS[kind] for kind in self.columns.values())
        row = tuple(None if value is None else kind.read(value) for kind, value in zip(kinds, values, strict=True))
        if None in self.key_of(row):
            raise ValueError("a row without a key")
        return row


Section = tuple[Table, Iterator[Row]]


class Digest(BaseModel):
    """How many rows a table has, and the SHA-256 of their lines in the order of their keys."""

    rows: int
    sha256: str


def tables(metadata: MetaData = Base.metadata) -> list[Table]:
    """Return every table of the models, each after those that it refers to."""
    return [_described(each) for each in metadata.sorted_tables]


def lines(of: Table, rows: Iterable[Row], found: dict[str, Digest]) -> Iterator[bytes]:
    """Yield rows as lines, and note their digest once the last was taken."""
    count, digest = 0, sha256()
    for row in rows:
        count += 1
        line = of.line(row)
        digest.update(line)
        yield line
    found[of.name] = Digest(rows=count, sha256=digest.hexdigest())


def digests(sections: Iterable[Section], step: Step) -> dict[str, Digest]:
    """Return the digest of each table, by its name."""
    found: dict[str, Digest] = {}
    for each, rows in sections:
        for _ in lines(each, rows, found):
            step(1)
    return found


def _described(modelled: Modelled) -> Table:
    counted = modelled.autoincrement_column
    return Table(
        name=modelled.name,
        columns={each.name: kind_of(each.type) for each in modelled.columns},
        key=tuple(each.name for each in modelled.primary_key),
        links=tuple(each.parent.name for each in modelled.foreign_keys if each.column.table is modelled),
        counted=None if counted is None else counted.name,
    )
