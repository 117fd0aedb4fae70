"""Databases that hold so many snippets, filled where they do not yet."""

from sqlalchemy import func, select, text

from bench import filling
from snippets.database import Sessions, connect
from snippets.models import File, Listing, Snippet
from snippets.schema import migrate

ENOUGH = 0.98  # to fill in the rest, and to settle, takes minutes where there are many


def filled(url: str, count: int) -> str:
    """Return the address of a database with so many snippets, or ENOUGH of them, beside one."""
    url = filling.another(url, f"growth_{count}")
    migrate(url)
    sessions = connect(url)
    with sessions() as session:
        held = session.scalar(select(func.count()).select_from(Snippet)) or 0
        last = max(session.scalar(select(func.max(kind.id))) or 0 for kind in (File, Listing))
    if held < count * ENOUGH:
        print(f"growth: {count:,} snippets on {sessions.kw['bind'].dialect.name}", flush=True)
        filling.fill(sessions, count - held, last)
        filling.settle(sessions)
        _go_on_counting(sessions)
    sessions.kw["bind"].dispose()
    return url


def version(url: str) -> str:
    """Return which engine it is, and its version."""
    engine = connect(url).kw["bind"]
    with engine.connect() as connection:
        is_postgresql = engine.dialect.name == "postgresql"
        asked = "SHOW server_version" if is_postgresql else "SELECT sqlite_version()"
        found = connection.scalar(text(asked))
    engine.dispose()
    return f"{'PostgreSQL' if is_postgresql else 'SQLite'} {found}"


def _go_on_counting(sessions: Sessions) -> None:
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "postgresql":  # the ids were given
            for table in ("files", "listings"):
                last = f"SELECT max(id) FROM {table}"
                session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), ({last}))"))
