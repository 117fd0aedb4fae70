"""The site as a newcomer starts it, or its parts without a worker; stopped whatever happens."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import requests
from redis import Redis
from rq import Queue
from sqlalchemy import delete, select

from bench.stack import BIN, Stack
from snippets.database import connect
from snippets.models import File, Snippet


@contextmanager
def whole_site(edit: Callable[[str], str] = str, **changes: str) -> Iterator[Stack]:
    """Run what `make run` runs, of a Procfile that `edit` may change; `changes` are settings."""
    with _stack() as stack:
        stack.env |= changes
        procfile = stack.folder / "Procfile.dev"
        procfile.write_text(edit(procfile.read_text()))
        stack.start([sys.executable, "bin/run"], lambda: _has_worker(stack) and _has_highlighter(stack))
        yield stack


@contextmanager
def without_worker() -> Iterator[Stack]:
    """Run Redis and the highlighter, with an empty database beside them."""
    with _stack() as stack:
        (stack.folder / "var").mkdir(exist_ok=True)
        subprocess.run([BIN / "alembic", "upgrade", "head"], cwd=stack.folder, env=stack.env, check=True)
        command = [str(BIN / "honcho"), "start", "-e", os.devnull, "-f", "Procfile.dev", "redis", "highlighter"]
        stack.start(command, lambda: _has_redis(stack) and _has_highlighter(stack))
        yield stack


class Quiet:
    """Leaves nothing to do after a turn, while others have theirs, and lets the workers stand still in it."""

    def __init__(self, site: Stack, *, stopped: bool = True) -> None:
        self._site, self._stopped = site, stopped

    def __enter__(self) -> None:
        for process in self._workers():
            process.suspend()

    def __exit__(self, *_: object) -> None:
        self._delete_pending()  # which the sweep would enqueue again
        with Redis.from_url(self._site.redis_url) as redis:
            for name in ("snippets", "bulk"):
                Queue(name, connection=redis).empty()  # type: ignore[no-untyped-call]
        for process in self._workers():
            process.resume()

    def _delete_pending(self) -> None:
        sessions = connect(self._site.database_url)
        pending = select(File.snippet_id).where(File.html.is_(None))
        with sessions.begin() as session:
            session.execute(delete(Snippet).where(Snippet.id.in_(pending)))
        sessions.kw["bind"].dispose()

    def _workers(self) -> Iterator[psutil.Process]:
        return iter(self._site.processes("worker") if self._stopped else ())


@contextmanager
def _stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="snippets-bench-") as folder:
        stack = Stack(Path(folder))
        try:
            yield stack
        finally:
            stack.stop()


def _has_worker(stack: Stack) -> bool:
    return int(requests.get(f"{stack.url}/up", timeout=2).json()["workers"]) > 0


def _has_redis(stack: Stack) -> bool:
    with Redis.from_url(stack.redis_url) as redis:
        return bool(redis.ping())


def _has_highlighter(stack: Stack) -> bool:
    return requests.get(f"{stack.highlighter_url}/health", timeout=10).ok
