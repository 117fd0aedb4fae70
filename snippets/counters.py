"""The numbers that a database gives to rows: none is given twice, though its row be gone or the database be another."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from snippets.database import Sessions
from snippets.snapshots import snapshot
from snippets.tables import Table


def go_on_counting(target: Sessions, tables: Sequence[Table], counters: Mapping[str, int]) -> None:
    """See that the target never gives a number that either has given, though its row be gone."""
    with snapshot(target, tables) as held:
        own = held.counters()
    with target.begin() as session:
        for table in tables:
            if table.counted:
                last = session.scalar(select(func.max(table.sql.c[table.counted]))) or 0
                _count_on(session, table, max(last, counters.get(table.name, 0), own.get(table.name, 0)))


def _count_on(session: Session, table: Table, last: int) -> None:
    values = {"name": table.name, "column": table.counted, "last": last}
    if not last:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT setval(pg_get_serial_sequence(:name, :column), :last)"), values)
    elif session.scalar(text("SELECT 1 FROM sqlite_master WHERE name = :name AND sql LIKE '%AUTOINCREMENT%'"), values):
        session.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
        session.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values)
