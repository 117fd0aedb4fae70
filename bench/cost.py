"""What a page, a kept page, a raw text, a create and a job cost, in counts that a busy machine cannot change.

Statements, commits, round trips to Redis and its commands are exact, and the same under every Python. Calls and
instructions are those of one version of Python: each has its own. `python -m bench.cost` counts anew and writes
tests/baseline.json.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app import create_app
from bench import baseline, exchanges
from bench.asking import Request, ask
from bench.baseline import STEPS, Counts
from bench.client import form
from bench.exchanges import Exchanges
from bench.filling import fill, redis_server
from bench.inputs import SMALL
from bench.running import running
from bench.stack import free_ports
from bench.steps import Calls, Instructions
from snippets.database import connect
from snippets.front import Front
from snippets.models import File, Snippet, now
from snippets.page_cache import PageCache
from snippets.schema import migrate
from snippets.settings import ROOT, Settings

TIMES = 9  # the least is taken: now and then a request does what is due once a second, or once
PATIENCE = 60.0  # seconds for the page cache to hear from Redis that nothing was missed


def count() -> Counts:
    """Return what each kind of request takes at least, and a job."""
    with redis_server() as redis_url, tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/snippets.db"
        settings = Settings(
            database_url=url, redis_url=redis_url, secret_key="a key for this alone", create_limit=None, miss_limit=None
        )
        path = f"/{_share(url)}"
        body, headers = form(SMALL)
        with exchanges.at(redis_url) as asked:
            app = create_app(settings)
            bare, cached = Front(app, 2**24), Front(app, 2**24, PageCache(redis_url, 2**24))
            found = {
                "page, no cache": least(bare, Request(path), asked),
                "page, cached": least(cached, Request(path), asked, kept=True),
                "raw, no cache": least(bare, Request(f"{path}/raw"), asked),
                "create": least(bare, Request("/", 303, "POST", headers, body), asked),
            }
        return found | {"highlight job": _job(url, redis_url, Path(folder))}


def least(front: Front, request: Request, asked: Exchanges, *, kept: bool = False) -> dict[str, int]:
    """Return what a request takes at least; `kept`: only what the page cache answers is counted.

    Raises TimeoutError when it does not answer in time.
    """
    found: list[dict[str, int]] = []
    deadline = time.monotonic() + PATIENCE
    while len(found) < TIMES:
        counts, was_kept = _once(front, request, asked)
        if was_kept is kept:
            found.append(counts)
        elif time.monotonic() > deadline:
            raise TimeoutError(
                f"{request.path}: of {TIMES} answers {len(found)} came from the page cache within {PATIENCE:.0f} s. It"
                " keeps nothing before Redis has told it that no change was missed"
            )
        else:
            time.sleep(0.02)
    return {kind: min(counts[kind] for counts in found) for kind in found[0]}


def _once(front: Front, request: Request, asked: Exchanges) -> tuple[dict[str, int], bool | None]:
    """Return what a request takes, and whether it was kept; None where one time it was and another it was not."""
    with asked.during() as counts:
        answers = [ask(front, request)]
    meters = Calls(), Instructions()
    answers += [ask(front, request, meter) for meter in meters]
    counts |= {kind: meter.counted for kind, meter in zip(STEPS, meters, strict=True)}
    kept = {answer.was_kept for answer in answers}
    return counts, kept.pop() if len(kept) == 1 else None


def _job(url: str, redis_url: str, folder: Path) -> dict[str, int]:
    (port,) = free_ports(1)
    with running([sys.executable, ROOT / "highlighter.py", "--port", str(port)], folder, port) as (highlighter, _):
        names = {"DATABASE_URL": url, "REDIS_URL": redis_url, "HIGHLIGHTER_URL": highlighter}
        env = {**os.environ, **names, "HIGHLIGHTER_DIALECT": "tokens", "ENV_FILE": os.devnull}
        command = [sys.executable, "-m", "bench.job_cost"]
        done = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, timeout=PATIENCE)
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def _share(url: str) -> str:
    migrate(url)
    sessions = connect(url)
    fill(sessions, 1)
    snippet = Snippet(
        owner_hash="",
        files=[File(position=1, name="a.py", language="python", code=SMALL, html=SMALL, engine="pygments")],
    )
    snippet.files[0].took_ms, snippet.files[0].highlighted_at = 1, now()
    with sessions.begin() as session:
        session.add(snippet)
        session.flush()
        return snippet.id


if __name__ == "__main__":
    counted = count()
    baseline.save(counted)
    print(f"{baseline.PAGE} holds what was counted.")
