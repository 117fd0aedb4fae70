"""What the app does among so many snippets, asked in this very process. Milliseconds."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from sqlalchemy import func, select, update
from werkzeug.test import Client

from app import create_app
from bench import filling
from bench.inputs import NAME, SMALL
from bench.table import percentile
from snippets.database import Sessions, connect
from snippets.models import File, Snippet, now
from snippets.purge import purge
from snippets.settings import Settings

COUNTED, FIRST = 30, 4  # requests of each kind, and how many before them do not count
SOME = 1_000  # snippets that are read
EXPIRED = 50  # snippets for one purge
PURGES = 3


def measured(url: str, redis_url: str) -> Iterator[tuple[str, float]]:
    """Give the median for each kind of work, once."""
    app, sessions = create_app(_settings(url, redis_url)), connect(url)
    client, dice = Client(app, use_cookies=False), random.Random(filling.SEED)
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
        yield what, percentile([_took(ask) for _ in range(FIRST + COUNTED)][FIRST:], 50)
    yield f"purge of {EXPIRED}", percentile([_purge(sessions) for _ in range(PURGES)], 50)
    for engine in (sessions.kw["bind"], app.extensions["snippets"].sessions.kw["bind"]):
        engine.dispose()


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


def _took(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def _purge(sessions: Sessions) -> float:
    """Let some of the snippets expire, and return how long their purge takes."""
    with sessions.begin() as session:
        some = session.scalars(select(Snippet.id).order_by(func.random()).limit(EXPIRED)).all()
        past = update(Snippet).where(Snippet.id.in_(some)).values(expires_at=now() - timedelta(seconds=1))
        session.execute(past)
    return _took(lambda: purge(sessions))
