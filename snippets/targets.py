"""The database that data is brought to: empty, or left so by an earlier try, and at the right revision."""

import secrets
from contextlib import closing
from pathlib import Path

from sqlalchemy import exists, func, inspect, select

from snippets import schema
from snippets.database import Sessions
from snippets.expected_schema import revision
from snippets.merging import Source, surplus
from snippets.tables import LEFT_OUT, Obstacle, Table


def refuse_others(source: Source, target: Sessions) -> None:
    """Raise Obstacle where the target holds a row that the source does not."""
    with closing(surplus(source, target)) as others:
        for table, row in others:
            raise Obstacle(
                f"The database holds something already that does not belong there, such as {table.name}"
                f" {', '.join(map(str, table.key_of(row)))}: name an empty one, or let that be deleted with --replace."
            )


def prepare(sessions: Sessions, wanted: str) -> None:
    """Bring a database to a revision that this version knows; only an empty one is moved. Raises Obstacle."""
    with sessions() as session:
        found = revision(session.connection())
    if found == wanted:
        return
    if not is_empty(sessions):
        raise Obstacle(
            f"The database is at revision {found}, what it is to hold at {wanted}, and it is not empty: name an empty"
            " one. If an earlier restore was interrupted in its last step, `alembic upgrade head` is all that lacks."
        )
    known = schema.revisions()
    is_later = found in known and known.index(found) > known.index(wanted)
    (schema.take_back if is_later else schema.migrate)(url_of(sessions), to=wanted)


def is_empty(sessions: Sessions) -> bool:
    """Whether no table of the site has a row."""
    with sessions() as session:
        names = set(inspect(session.connection()).get_table_names()) - set(LEFT_OUT)
        tables = [Table(name=name, columns={}, key=()).sql for name in names]
        return not any(session.scalar(select(exists(select(1).select_from(each)))) for each in tables)


def are_one(one: Sessions, other: Sessions) -> bool:
    """Whether two addresses, however they are spelt, are of one database."""
    urls = [each.kw["bind"].url for each in (one, other)]
    backends = {each.get_backend_name() for each in urls}
    if backends == {"sqlite"}:
        files = [Path(each.database) for each in urls]
        return all(each.exists() for each in files) and files[0].samefile(files[1])
    if backends == {"postgresql"}:
        key = secrets.randbits(62)  # PostgreSQL's advisory locks are those of one database
        with one() as session, other() as another:
            session.execute(select(func.pg_advisory_xact_lock(key)))
            return not another.scalar(select(func.pg_try_advisory_xact_lock(key)))
    return False


def url_of(sessions: Sessions) -> str:
    """Return the address of a database, its password included."""
    return str(sessions.kw["bind"].url.render_as_string(hide_password=False))
