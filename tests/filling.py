"""Rows in every table that there is, with whatever their columns can hold, and a look at all of them."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from click.testing import Result
from flask import Flask
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    MetaData,
    func,
    insert,
    select,
)
from sqlalchemy import Table as Modelled

from snippets import schema
from snippets.backup_file import Head
from snippets.backup_file import write as write_backup
from snippets.database import connect
from snippets.models import VISIBILITIES, Base, UTCDateTime, new_id, now
from snippets.snapshots import snapshot
from snippets.tables import LEFT_OUT, tables

ODD = "ä“”\U0001f600 \x01\x7f\x85 \\ \"'%s:x \t\r\n\ufeff trailing "  # what files and titles hold
SAID = {  # what takes no other values
    ("snippets", "visibility"): VISIBILITIES,
    ("blocked_networks", "network"): [f"203.0.{number}.0/24" for number in range(100)],
}
ROWS = 7  # in each table


def fill_all_tables(url: str, rows: int = ROWS, metadata: MetaData = Base.metadata) -> None:
    """Put rows in each table, some of them linked to each other; none has the last number that its table gave."""
    chance = random.Random(0)
    engine = connect(url).kw["bind"]
    with engine.begin() as connection:
        made: dict[str, list[dict[str, Any]]] = {}
        for table in metadata.sorted_tables:
            made[table.name] = [_row(table, number, made, chance) for number in range(1, rows + 1)]
            connection.execute(insert(table), made[table.name])
            _link(connection, table, made[table.name])
        for table in reversed(metadata.sorted_tables):
            if (counted := table.autoincrement_column) is not None:
                connection.execute(table.delete().where(counted == rows))
                if connection.dialect.name == "postgresql":  # which counts what it numbers itself
                    sequence = func.pg_get_serial_sequence(table.name, counted.name)
                    connection.execute(select(func.setval(sequence, rows)))
    engine.dispose()


def _link(connection: Connection, table: Modelled, rows: list[dict[str, Any]]) -> None:
    """Let each row of a table that refers to itself refer to the next, and so some to one that comes after them."""
    (key,) = table.primary_key if len(table.primary_key) == 1 else (None,)
    for column in (each.parent for each in table.foreign_keys if each.column.table is table):
        for row, other in pairwise(rows):
            connection.execute(table.update().where(key == row[key.name]).values({column: other[key.name]}))


def run(app: Flask, *args: object) -> Result:
    """Run `flask snippets …` in a site."""
    return app.test_cli_runner().invoke(args=["snippets", *map(str, args)])


def url_of(app: Flask) -> str:
    """Return the address of a site's database."""
    url: str = app.extensions["snippets"].settings.database_url
    return url


def backed_up_at(revision: str, url: str, path: Path) -> dict[str, int]:
    """Write the backup that a site of an older version would; return how many rows of each table it has."""
    schema.migrate(url, to=revision)
    sessions = connect(url)
    reflected = MetaData()
    with sessions() as session:
        reflected.reflect(session.connection())
    for name in LEFT_OUT:
        if name in reflected.tables:
            reflected.remove(reflected.tables[name])
    fill_all_tables(url, metadata=reflected)
    with snapshot(sessions, tables(reflected)) as held, path.open("wb") as file:
        head = Head(schema_revision=revision, site_version="0", taken_at=now(), tables=held.tables, counts=held.counts)
        write_backup(file, head, held.sections(), held.counters(), lambda _: None)
    sessions.kw["bind"].dispose()
    return head.counts


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of the models, in an order that no engine has a say in."""
    engine = connect(url).kw["bind"]
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return found


def last_act(found: dict[str, list[tuple[Any, ...]]]) -> tuple[Any, ...]:
    """Take the latest entry of the audit trail out of everything; return who did what to what, and why."""
    entry = max(found["audit_trail"])
    found["audit_trail"].remove(entry)
    return entry[2:]


def _row(table: Modelled, number: int, made: dict[str, list[dict[str, Any]]], chance: random.Random) -> dict[str, Any]:
    return {each.name: _value(each, number, made, chance) for each in table.columns}


def _value(column: Column[Any], number: int, made: dict[str, list[dict[str, Any]]], chance: random.Random) -> Any:
    if said := SAID.get((column.table.name, column.name)):
        return said[number % len(said)]
    for key in column.foreign_keys:
        there = made.get(key.column.table.name)
        if there is None:
            return None  # of its own table: see _link
        return there[(number - 1) % len(there)][key.column.name]
    if column.nullable and number % 3 == 0:
        return None
    return _made_up(column, number, chance)


def _made_up(column: Column[Any], number: int, chance: random.Random) -> Any:
    kind = column.type
    if column.table.name == "snippets" and column.primary_key:
        return new_id()
    if isinstance(kind, UTCDateTime | DateTime):
        return datetime(2026, 1, number, 12, tzinfo=UTC) + timedelta(microseconds=chance.choice([0, 1, 123456]))
    length = getattr(kind, "length", None)
    text = f"{number}{ODD}"[:length] if length else f"{number}{ODD * chance.randint(1, 60)}"
    day = date(2026, 1, number)
    made = {bool: number > 3, int: number, float: number / 3, date: day, bytes: bytes(range(256)), str: text}
    return made[kind.python_type]
