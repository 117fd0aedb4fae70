"""Making one database hold what another, or a file, holds: row by row, in batches, from wherever it is.

Both are read in the order of their keys, side by side, so that memory holds a few rows of each, and what is there
already is passed over: a second run goes on where the first was interrupted, and a third finds nothing to do.
"""

from collections.abc import Generator, Iterable, Iterator
from typing import Protocol

from sqlalchemy import bindparam, delete, insert, tuple_, update
from sqlalchemy.orm import Session

from snippets.database import Sessions
from snippets.progress import Step
from snippets.snapshots import snapshot
from snippets.tables import Row, Section, Table

ROWS = 500  # in one transaction
BYTES = 4 * 2**20  # about as many of text, unless one row has more


class Source(Protocol):
    """What holds rows: a snapshot of a database, or a backup."""

    def sections(self) -> Iterator[Section]:
        """Yield each table with its rows, in the order of their keys."""


def surplus(source: Source, target: Sessions) -> Generator[tuple[Table, Row], None, None]:
    """Yield the rows of the target that the source does not have, or has in another form."""
    for table, rows in source.sections():
        for row in _surplus(table, rows, target):
            yield table, row


def clear_surplus(source: Source, target: Sessions) -> int:
    """Delete those rows, and whatever refers to them; return how many they were."""
    cleared = 0
    for table, rows in source.sections():
        sql = table.sql
        key = tuple_(*(sql.c[name] for name in table.key))
        for batch in _batches(_surplus(table, rows, target)):
            with target.begin() as session:
                session.execute(delete(sql).where(key.in_([table.key_of(row) for row in batch])))
            cleared += len(batch)
    return cleared


def fill(source: Source, target: Sessions, step: Step) -> None:
    """Add the rows that the target lacks, table by table, then what links rows of one table to each other."""
    for table, rows in source.sections():
        for batch in _batches(_lacking(table, _counted(rows, step), target)):
            with target.begin() as session:
                session.execute(insert(table.sql), [dict(zip(table.columns, row, strict=True)) for row in batch])
    for table, rows in source.sections():
        if table.links:
            for batch in _batches(_unlike(table, rows, target)):
                with target.begin() as session:
                    _link(session, table, batch)


def _surplus(table: Table, rows: Iterator[Row], target: Sessions) -> Iterator[Row]:
    both = _differences(table, _unlinked(table, rows), _unlinked(table, _held(target, table)))
    return (theirs for _, theirs in both if theirs is not None)


def _lacking(table: Table, rows: Iterator[Row], target: Sessions) -> Iterator[Row]:
    both = _differences(table, _unlinked(table, rows), _unlinked(table, _held(target, table)))
    return (ours for ours, _ in both if ours is not None)


def _unlike(table: Table, rows: Iterator[Row], target: Sessions) -> Iterator[Row]:
    return (ours for ours, _ in _differences(table, rows, _held(target, table)) if ours is not None)


def _differences(table: Table, ours: Iterator[Row], theirs: Iterator[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Yield what only one of two has, and what both have in different forms. Both are in the order of their keys."""
    mine, other = next(ours, None), next(theirs, None)
    while mine is not None or other is not None:
        if other is None or (mine is not None and table.key_of(mine) < table.key_of(other)):
            yield mine, None
            mine = next(ours, None)
        elif mine is None or table.key_of(mine) > table.key_of(other):
            yield None, other
            other = next(theirs, None)
        else:
            if mine != other:
                yield mine, other
            mine, other = next(ours, None), next(theirs, None)


def _held(sessions: Sessions, table: Table) -> Iterator[Row]:
    """Yield the rows of a table as they are at the first; nothing is held once the last was given."""
    with snapshot(sessions, [table]) as held:
        yield from held.rows(table)


def _unlinked(table: Table, rows: Iterator[Row]) -> Iterator[Row]:
    return map(table.unlinked, rows) if table.links else rows


def _counted(rows: Iterator[Row], step: Step) -> Iterator[Row]:
    for row in rows:
        step(1)
        yield row


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Put rows together, up to ROWS and about BYTES of them."""
    batch: list[Row] = []
    much = 0
    for row in rows:
        batch.append(row)
        much += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(batch) == ROWS or much > BYTES:
            yield batch
            batch, much = [], 0
    if batch:
        yield batch


def _link(session: Session, table: Table, rows: list[Row]) -> None:
    sql, names = table.sql, list(table.columns)
    here = [sql.c[name] == bindparam(f"of_{name}") for name in table.key]
    linked = update(sql).where(*here).values({name: bindparam(f"of_{name}") for name in table.links})
    needed = (*table.key, *table.links)
    session.execute(linked, [{f"of_{name}": row[names.index(name)] for name in needed} for row in rows])
