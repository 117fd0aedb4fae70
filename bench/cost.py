"""How many calls of functions a page, a kept page and a create take: a measure that a busy machine cannot change.

`python -m bench.cost` counts anew and writes tests/baseline.json.
"""

import json
import platform
import tempfile

from app import create_app
from bench.calls import least
from bench.client import form
from bench.filling import fill, migrate, redis_server
from bench.inputs import SMALL
from snippets.database import connect
from snippets.front import Front
from snippets.models import File, Snippet, now
from snippets.page_cache import PageCache
from snippets.settings import ROOT, Settings

BASELINE = ROOT / "tests" / "baseline.json"


def count() -> dict[str, int]:
    """Return how many calls, of Python's functions and C's, each kind of request takes at least."""
    with redis_server() as redis_url, tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/snippets.db"
        settings = Settings(
            database_url=url, redis_url=redis_url, secret_key="a key for this alone", create_limit=None, miss_limit=None
        )
        path = f"/{_share(url)}"
        app = create_app(settings)
        bare, cached = Front(app, 2**24), Front(app, 2**24, PageCache(redis_url, 2**24))
        body, headers = form(SMALL)
        return {
            "page, no cache": least(bare, 200, "GET", path),
            "page, cached": least(cached, 200, "GET", path),
            "raw, no cache": least(bare, 200, "GET", f"{path}/raw"),
            "create": least(bare, 303, "POST", "/", headers, body),
        }


def save(counted: dict[str, int]) -> None:
    """Write the baseline of this Python, beside those of others."""
    every = json.loads(BASELINE.read_text()) | {version(): counted}
    BASELINE.write_text(json.dumps(every, indent=2) + "\n")


def version() -> str:
    """Return which Python counts: others have other calls inside."""
    return ".".join(platform.python_version_tuple()[:2])


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
    found = count()
    save(found)
    print(f"{BASELINE}: {found}")
