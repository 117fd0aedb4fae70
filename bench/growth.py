"""What the number of snippets does to reading, lists, search, creating and the purge: `python -m bench.growth`.

In process and without the page cache: what is measured is the app and its database, not the sockets before it. Writes
what was found on each engine between two marks of docs/performance.md. --million: up to a million snippets, whose
filling takes an hour; --in FOLDER keeps the databases there, so that another run need not fill them; --fill does no
more than that; --engine NAME leaves the other out.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text, update
from werkzeug.test import Client

from app import create_app
from bench import filling, goals
from bench.inputs import NAME, SMALL
from bench.machine import heading
from bench.report import markdown, put, slope
from bench.table import percentile
from snippets.database import Sessions, connect
from snippets.models import File, Listing, Snippet, now
from snippets.purge import purge
from snippets.schema import migrate
from snippets.settings import Settings

COUNTS = (1_000, 10_000, 100_000)
MILLION = 1_000_000
TIMES = 100
SOME = 1_000  # snippets that are read
EXPIRED = 50  # snippets for one purge

Series = dict[str, list[tuple[float, float]]]


def main() -> None:
    """Fill what is not filled, measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--in", dest="folder", type=lambda folder: Path(folder).resolve())
    parser.add_argument("--fill", action="store_true")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    counts = (200, 1_000) if asked.quick else (*COUNTS, MILLION) if asked.million else COUNTS
    with filling.engines(asked.folder) as both, filling.redis_server() as redis_url:
        for name, url in both:
            engine = name.lower()
            if asked.engine not in {None, engine}:
                continue
            urls = {count: _filled(url, count) for count in counts}
            if not asked.fill:
                marks = f"<!-- grown on {engine} -->", f"<!-- /grown on {engine} -->"
                put(marks, "\n\n".join(_parts(name, _slopes(urls, redis_url))))


def _filled(url: str, count: int) -> str:
    """Return the address of a database with so many snippets, filled where it is not."""
    url = filling.another(url, f"growth_{count}")
    migrate(url)
    sessions = connect(url)
    with sessions() as session:
        held = session.scalar(select(func.count()).select_from(Snippet)) or 0
        last = max(session.scalar(select(func.max(kind.id))) or 0 for kind in (File, Listing))
    if held < count:
        print(f"growth: {count:,} snippets on {sessions.kw['bind'].dialect.name}", flush=True)
        filling.fill(sessions, count - held, last)
        filling.settle(sessions)
        _go_on_counting(sessions)
    sessions.kw["bind"].dispose()
    return url


def _go_on_counting(sessions: Sessions) -> None:
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "postgresql":  # the ids were given
            for table in ("files", "listings"):
                last = f"SELECT max(id) FROM {table}"
                session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), ({last}))"))


def _slopes(urls: Mapping[int, str], redis_url: str) -> Series:
    found = Series()
    for count, url in urls.items():
        print(f"growth: measuring among {count:,}", flush=True)
        sessions = connect(url)
        for what, took in _measured(sessions, _settings(url, redis_url)):
            found.setdefault(what, []).append((count, took))
        sessions.kw["bind"].dispose()
    return found


def _measured(sessions: Sessions, settings: Settings) -> Iterator[tuple[str, float]]:
    client, dice = Client(create_app(settings), use_cookies=False), random.Random(filling.SEED)
    with sessions() as session:
        last = session.scalar(select(func.max(File.id))) or 0
        some = list(session.scalars(select(File.snippet_id).where(File.id.in_(range(1, last, -(-last // SOME))))))
    asked: dict[str, Callable[[], object]] = {
        "read a page": lambda: _get(client, f"/{dice.choice(some)}"),
        "raw": lambda: _get(client, f"/{dice.choice(some)}/raw"),
        "recent": lambda: _get(client, "/recent"),
        "search, a term": lambda: _get(client, "/search?q=import"),
        "search, a phrase": lambda: _get(client, "/search?q=%22if+self.name%22"),
        "create": lambda: _create(client),
    }
    for what, ask in asked.items():
        yield what, _median(ask)
    yield f"purge of {EXPIRED}", _purge(sessions)


def _settings(url: str, redis_url: str) -> Settings:
    key = "a key for this alone"
    return Settings(database_url=url, redis_url=redis_url, secret_key=key, create_limit=None, miss_limit=None)


def _get(client: Client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status}")


def _create(client: Client) -> None:
    answer = client.post("/", data={"code": SMALL, "name": NAME, "visibility": "public"})
    if answer.status_code != 303:
        raise RuntimeError(f"not created: {answer.status}")


def _median(ask: Callable[[], object], times: int = TIMES) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return percentile(took[times // 10 :], 50)


def _purge(sessions: Sessions) -> float:
    """Let some of the snippets expire, and return how long their purge takes; the median of five."""

    def once() -> float:
        with sessions.begin() as session:
            some = session.scalars(select(Snippet.id).order_by(func.random()).limit(EXPIRED)).all()
            past = update(Snippet).where(Snippet.id.in_(some)).values(expires_at=now() - timedelta(seconds=1))
            session.execute(past)
        return _median(lambda: purge(sessions), 1)

    return percentile([once() for _ in range(5)], 50)


def _parts(engine: str, found: Series) -> Iterator[str]:
    yield "\n".join(f"- {line}" for line in heading().splitlines())
    yield f"Medians of {TIMES * 9 // 10} requests in process, milliseconds."
    yield markdown(goals.COLUMNS, [_goal(what, points) for what, points in found.items()])
    yield from slope(engine.lower(), f"Milliseconds by snippets, {engine}", "snippets in the database", found)


def _goal(what: str, points: Sequence[tuple[float, float]]) -> list[str]:
    title = f"{what}: {points[0][0]:,} to {points[-1][0]:,} snippets"
    factor = points[-1][1] / points[0][1]
    return goals.most(title, 2 if what.startswith("search") else 1.2, factor, "× the time")


if __name__ == "__main__":
    main()
