"""What may befall a site while people paste: each returns once everything could work again."""

import shutil
import subprocess
import time
from contextlib import suppress

import psutil
from drills import Site
from real_files import RealFile
from redis import RedisError
from sqlalchemy import select, text

from snippets.models import File
from snippets.priority import move_to_front
from snippets.settings import ROOT
from snippets.worker_state import worker_states

from processes import environment, wait_until

LONG = 4.0  # seconds
LONGEST_START = 30  # seconds that a worker may need to start beside all the other drills
POISON = RealFile("poison.scala", b'"' + b"\\" * 12_000)  # nobody colours it within its time


def horse_killed(site: Site) -> None:
    site.horse().kill()


def worker_killed(site: Site) -> None:
    site.kept("worker").kill()


def bulk_killed(site: Site) -> None:
    site.kept("bulk").kill()


def web_killed(site: Site) -> None:
    site.kept("web").kill()


def worker_and_horse_killed(site: Site) -> None:
    """As when a machine dies."""
    horse = site.horse()
    site.kept("worker").kill()
    horse.kill()


def worker_terminated(site: Site) -> None:
    site.kept("worker").terminate()


def worker_terminated_twice(site: Site) -> None:
    """The second signal takes its job from it, here one that needs long."""
    site.share(POISON)
    wait_until(lambda: _has_long_job_next(site))
    worker, horse = site.kept("bulk"), site.horse("bulk")
    worker.terminate()
    time.sleep(1.1)  # RQ takes a signal within the same second for the same one
    worker.terminate()
    wait_until(lambda: not horse.is_running())


def _has_long_job_next(site: Site) -> bool:
    """Have the poison done before what others wait for, as an operator may, and say whether it is."""
    with site.engine.connect() as connection:
        poison = connection.scalar(select(File.id).where(File.name == POISON.name, File.html.is_(None)))
    if poison is None:
        return False
    move_to_front(site.redis, poison)
    return _has_long_job(site)


def _has_long_job(site: Site) -> bool:
    """Whether bulk has had the same job in hand for a second: others are there for less."""
    in_hand = site.redis.zrange("rq:wip:bulk", 0, -1)
    time.sleep(1)
    return bool(set(in_hand) & set(site.redis.zrange("rq:wip:bulk", 0, -1)))


def worker_and_horse_terminated(site: Site) -> None:
    """As systemd does unless it is told otherwise."""
    horse = site.horse()
    site.kept("worker").terminate()
    horse.terminate()


def redis_killed(site: Site) -> None:
    site.kept("redis").kill()
    wait_until(lambda: answers(site))


def redis_killed_and_its_data_lost(site: Site) -> None:
    keep, server = site.named("redis"), site.kept("redis")
    site.redis.set("kept", 1)
    keep.suspend()
    server.kill()
    shutil.rmtree(site.folder / "var/redis")
    keep.resume()
    wait_until(lambda: answers(site))
    assert not site.redis.exists("kept")  # the queue may be there again: somebody has pasted since


def redis_frozen(site: Site) -> None:
    server = site.kept("redis")
    server.suspend()
    time.sleep(5)
    server.resume()


def redis_full(site: Site) -> None:
    site.redis.config_set("maxmemory", 1)
    time.sleep(LONG)
    site.redis.config_set("maxmemory", 0)


def redis_read_only(site: Site) -> None:
    site.redis.config_set("min-replicas-to-write", 1)
    time.sleep(LONG)
    site.redis.config_set("min-replicas-to-write", 0)


def redis_slow(site: Site) -> None:
    ends = time.monotonic() + LONG
    while time.monotonic() < ends:
        site.redis.client_pause(200)  # milliseconds; the next call waits for the end of this pause


def highlighter_killed_again_and_again(site: Site) -> None:
    for _ in range(4):
        for process in site.named("highlighter").children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.3)


def database_connections_cut(site: Site) -> None:
    with site.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )


def clocks_an_hour_off(site: Site) -> None:
    """One worker's clock is fast and another's slow; each loses a job, and both go on beside the one that is right."""
    keep, worker = site.named("worker"), site.kept("worker")
    keep.suspend()
    worker.terminate()
    wait_until(lambda: worker.status() == psutil.STATUS_ZOMBIE)
    site.wrong = [_skewed_worker(site, hours) for hours in (1, -1)]
    wait_until(lambda: all(each.children() for each in site.wrong), LONGEST_START)
    for each in site.wrong:
        wait_until(lambda each=each: _has_job(site, each) or site.share_many(1))
        each.children()[0].kill()
    keep.resume()


def _has_job(site: Site, worker: psutil.Popen) -> bool:
    return any(state.job_id for state in worker_states(site.redis) if state.pid == worker.pid)


def _skewed_worker(site: Site, hours: int) -> psutil.Popen:
    return psutil.Popen(
        [ROOT / ".venv/bin/rq", "worker", "snippets"],
        cwd=site.folder,
        env={
            **environment(),
            **site.env,
            "PYTHONPATH": str(ROOT / "tests"),
            "REDIS_URL": f"redis://127.0.0.1:{site.redis_port}/0",
            "RQ_CONFIG": "workers.settings",
            "RQ_WORKER_CLASS": "skewed.SkewedWorker",
            "SKEW": str(hours),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def answers(site: Site) -> bool:
    try:
        return site.redis.ping()
    except RedisError:
        return False
