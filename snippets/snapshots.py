"""Reading a whole database as it is at one moment, row after row, while others go on writing to it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, CursorResult, TableClause, Text, func, select, text
from sqlalchemy.sql.elements import ColumnElement

from snippets.database import Sessions
from snippets.expected_schema import revision
from snippets.tables import Row, Section, Table, tables

FETCHED = 16  # rows at once: one can have some 20 MB


class Snapshot:
    """What a database holds at one moment; later changes are not seen."""

    def __init__(self, connection: Connection, described: Sequence[Table]) -> None:
        self._connection = connection
        self.revision = revision(connection)
        self.tables = list(described)
        self._reading: list[CursorResult[Any]] = []
        self._names = {each.name for each in described}

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        return {each.name: _count(self._connection, each) for each in self.tables}

    def sections(self) -> Iterator[Section]:
        """Yield each table with its rows, in the order of their keys, which is the same on every engine."""
        for each in self.tables:
            yield each, self.rows(each)

    def rows(self, each: Table) -> Iterator[Row]:
        """Yield the rows of one table in the order of their keys; no more than a few are in memory."""
        sql = each.sql
        query = select(sql).order_by(*_order(self._connection, each, sql))
        found = self._connection.execution_options(yield_per=FETCHED).execute(query)
        self._reading.append(found)
        return (tuple(row) for row in found)

    def close(self) -> None:
        """Read no further, also where somebody stopped half-way."""
        for each in self._reading:
            each.close()

    def counters(self) -> dict[str, int]:
        """Return the last number that each table has given out, also to a row that is gone: none is given twice."""
        if self._connection.dialect.name == "sqlite":
            given = self._connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
            return {name: last for name, last in given if name in self._names}
        return {each.name: self._last(each) for each in self.tables if each.counted}

    def _last(self, each: Table) -> int:
        sequence = self._connection.scalar(select(func.pg_get_serial_sequence(each.name, each.counted)))
        last, is_used = self._connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608
        return int(last) if is_used else 0


@contextmanager
def one_moment(sessions: Sessions) -> Iterator[Connection]:
    """Give a connection that sees the database as it is at its first question, and changes nothing.

    Nobody waits for it. SQLite's log grows meanwhile by what is written; PostgreSQL keeps what is replaced.
    """
    with sessions.kw["bind"].connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")  # which the driver would not do before a SELECT
        else:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


@contextmanager
def snapshot(sessions: Sessions, described: Sequence[Table] | None = None) -> Iterator[Snapshot]:
    """Hold what a database holds now, of the tables of the models or of those described."""
    given = tables() if described is None else described
    with one_moment(sessions) as connection, closing(Snapshot(connection, given)) as held:
        yield held


def _count(connection: Connection, each: Table) -> int:
    return connection.scalar(select(func.count()).select_from(each.sql)) or 0


def _order(connection: Connection, each: Table, sql: TableClause) -> list[ColumnElement[Any]]:
    """Order text by its bytes, as SQLite and Python do, whatever language PostgreSQL was set up for."""
    columns = [sql.c[name] for name in each.key]
    if connection.dialect.name == "sqlite":
        return [*columns]
    return [each.collate("C") if isinstance(each.type, Text) else each for each in columns]
