"""Where the database is, as DATABASE_URL says it: what SQLAlchemy reads as it was meant."""

import re

DRIVERS = ("sqlite", "sqlite+pysqlite", "postgres", "postgresql", "postgresql+psycopg")
EXAMPLE = "postgresql://user:password@host:5432/name"
_POSTGRESQL = re.compile(r"([^/:@]*(:[^@]*)?@)?([^/:@\[\]]*|\[[0-9a-fA-F:.]+\])(:\d{1,5})?(/[^/]*)?(\?.*)?")


def database_url(value: str) -> str:
    """Return where SQLite or PostgreSQL keeps the snippets, as SQLAlchemy spells it. Raises ValueError.

    An @ in a password is refused: its rest would be taken for the host, and be told when that is not found.
    """
    scheme, separator, rest = value.partition("://")
    if not separator or scheme not in DRIVERS:
        raise ValueError("an address beginning with sqlite:// or postgresql://")
    if scheme.startswith("sqlite"):
        if rest.partition("?")[0] in ("", "/", "/:memory:"):
            raise ValueError("in a file: in memory each process would have a database of its own")
        if not rest.startswith("/"):
            raise ValueError("a file without user or host: sqlite:///relative/path or sqlite:////absolute/path")
    elif not _POSTGRESQL.fullmatch(rest):
        raise ValueError(f"an address such as {EXAMPLE}, with %40 for an @ in the password")
    return f"postgresql://{rest}" if scheme == "postgres" else value  # Heroku's spelling
