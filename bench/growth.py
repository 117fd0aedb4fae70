"""What the number of snippets does to reading, lists, search, creating and the purge, on both engines. Milliseconds.

In process and without the page cache: what is measured is the app and its database, not the sockets before it.
"""

import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from sqlalchemy import func, select, text, update
from werkzeug.test import Client

from app import create_app
from bench import filling
from bench.inputs import NAME, SMALL
from bench.table import percentile
from snippets.database import Sessions, connect
from snippets.models import File, Listing, Snippet, now
from snippets.purge import purge
from snippets.settings import Settings

COUNTS = (1_000, 10_000, 100_000)
MILLION = 1_000_000
TIMES = 100
EXPIRED = 50  # snippets for one purge

Series = dict[str, list[tuple[float, float]]]


def measure(counts: tuple[int, ...] = COUNTS) -> Iterator[tuple[str, Series]]:
    """Give each engine's name and its points, by what was asked."""
    with filling.engines() as both, filling.redis_server() as redis_url:
        for name, url in both:
            filling.migrate(url)
            yield name, _slopes(connect(url), _settings(url, redis_url), counts)


def _settings(url: str, redis_url: str) -> Settings:
    key = "a key for this alone"
    return Settings(database_url=url, redis_url=redis_url, secret_key=key, create_limit=None, miss_limit=None)


def _slopes(sessions: Sessions, settings: Settings, counts: tuple[int, ...]) -> Series:
    client, found = Client(create_app(settings), use_cookies=False), Series()
    for count in counts:
        print(f"growth: {count:,} snippets on {sessions.kw['bind'].dialect.name}", flush=True)
        _fill(sessions, count)
        with sessions() as session:
            some = list(session.scalars(select(Snippet.id).order_by(Snippet.id).limit(count)))
        dice = random.Random(filling.SEED)
        asked: dict[str, Callable[[], object]] = {
            "read a page": lambda: _get(client, f"/{dice.choice(some)}"),  # noqa: B023 — asked at once
            "raw": lambda: _get(client, f"/{dice.choice(some)}/raw"),  # noqa: B023
            "recent": lambda: _get(client, "/recent"),
            "search, a term": lambda: _get(client, "/search?q=import"),
            "search, a phrase": lambda: _get(client, "/search?q=%22if+self.name%22"),
            "create": lambda: _create(client),
        }
        for what, ask in asked.items():
            found.setdefault(what, []).append((count, _median(ask)))
        found.setdefault(f"purge of {EXPIRED}", []).append((count, _purge(sessions)))
    sessions.kw["bind"].dispose()
    return found


def _fill(sessions: Sessions, count: int) -> None:
    with sessions() as session:
        rows = session.scalar(select(func.count()).select_from(Snippet)) or 0
        last = max(session.scalar(select(func.max(kind.id))) or 0 for kind in (File, Listing))
    filling.fill(sessions, count - rows, last)
    filling.settle(sessions)
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "postgresql":  # the ids were given
            for table in ("files", "listings"):
                last_one = f"SELECT max(id) FROM {table}"
                session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), ({last_one}))"))


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
