"""What a snippet takes of the disk on each engine, and a waiting job of Redis: `python -m bench.room`. Bytes."""

import logging
from contextlib import closing

from redis import Redis
from sqlalchemy import select, text
from werkzeug.test import Client

from app import create_app
from bench import filling
from bench.filled import version
from bench.inputs import NAME, SMALL
from bench.machine import heading
from bench.table import Table
from bench.table import text as as_text
from snippets import previews
from snippets.colours import Colours, land
from snippets.database import Sessions, connect
from snippets.models import File
from snippets.schema import migrate
from snippets.settings import Settings
from workers import local
from workers.preview import draw

MANY = 100  # snippets of each kind
COLUMNS = ("code", "its rows", "with its colours", "with its picture")
SIZES = {
    "sqlite": "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count,"
    " pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def main() -> None:
    """Print a table for both engines."""
    logging.disable(logging.INFO)
    rows: list[list[str]] = []
    versions = []
    with filling.engines() as both, filling.redis_server() as redis_url, closing(Redis.from_url(redis_url)) as redis:
        for name, url in both:
            migrate(url)
            versions.append(version(url))
            settings = Settings(
                database_url=url, redis_url=redis_url, secret_key="for this alone", create_limit=None, miss_limit=None
            )
            rows += [[f"{name}, {kind}", *_row(settings, kind)] for kind in ("unlisted", "public")]
        job = redis.memory_usage(next(redis.scan_iter("rq:job:highlight-*")))
    notes = (
        f"{MANY} snippets of one file each, every one another text: what each adds to the database.",
        f"A job that waits takes {job:,.0f} bytes of Redis' memory.",
    )
    print(heading(*versions))
    print(f"\n{as_text(Table('Bytes for a snippet', COLUMNS, rows, notes))}")


def _row(settings: Settings, visibility: str) -> list[str]:
    sessions, client = connect(settings.database_url), Client(create_app(settings))
    sizes, code = [_size(sessions)], [SMALL[n:] + SMALL[:n] for n in range(MANY)]
    for each in code:
        if client.post("/", data={"code": each, "name": NAME, "visibility": visibility}).status_code != 303:
            raise RuntimeError("not created")
    sizes.append(_size(sessions))
    with sessions() as session:
        files = session.scalars(select(File).where(File.html.is_(None))).all()
    for file in files:
        land(sessions, file, Colours(local.highlight(file.code, file.language, settings), "pygments"))
    sizes.append(_size(sessions))
    subjects = [subject for file in files if (subject := previews.subject(sessions, file.snippet_id))]
    picture = draw(subjects[0], settings.site_name)  # the same for all: each takes long to draw, and as many bytes
    for subject in subjects:
        previews.keep(sessions, subject, picture)
    sizes.append(_size(sessions))
    sessions.kw["bind"].dispose()
    return [f"{len(SMALL):,}", *(f"{(size - sizes[0]) / MANY:,.0f}" for size in sizes[1:])]


def _size(sessions: Sessions) -> int:
    """Return the bytes of the database, after what it does by itself in a quiet hour."""
    filling.settle(sessions)
    with sessions() as session:
        return int(session.scalar(text(SIZES[session.get_bind().dialect.name])) or 0)


if __name__ == "__main__":
    main()
