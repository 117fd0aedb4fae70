"""A release while people paste: the version before goes on serving, on tables that are already those of the new one.

That version is `released.tar.xz`, which `make freeze` writes: a checkout without history has it too. It runs with the
packages of today.
"""

import subprocess
import sys
import tarfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import create_engine, text

from snippets.expected_schema import newest
from snippets.settings import ROOT

from processes import HTML, answers, environment, serving, wait_until, work_off
from servers import Valkey, free_port

pytestmark = pytest.mark.drill
BINARIES = ROOT / ".venv/bin"
GRANIAN = ["--interface", "rsgi", "--loop", "uvloop", "--factory", "--workers-kill-timeout", "5"]
SECRET = {"Authorization": "Bearer a-secret-of-the-owner"}
CODE = "def greet():\n    return 1\n"


class Site:
    """Two versions of the code, one database, one Redis."""

    def __init__(self, folder: Path, database_url: str, valkey: Valkey) -> None:
        self.folder = folder
        self.old = folder / "old"
        with tarfile.open(ROOT / "tests/released.tar.xz") as archive:
            archive.extractall(self.old, filter="data")
        self.database_url = database_url
        self.env = environment(
            ENV_FILE="/dev/null",
            DATABASE_URL=database_url,
            REDIS_URL=valkey.url,
            SECRET_KEY="a key for the tests alone",
            CREATE_LIMIT="off",
            LISTING_DELAY="0",
            PYTHONWARNINGS="ignore",
        )

    def release(self, version: Path) -> None:
        run = [BINARIES / "alembic", "upgrade", "head"]
        subprocess.run(run, cwd=version, env=self.env, check=True, capture_output=True, timeout=60)

    @property
    def revision(self) -> str:
        engine = create_engine(self.database_url)
        with engine.connect() as connection:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        engine.dispose()
        return found

    @contextmanager
    def old_serving(self) -> Iterator[str]:
        """Serve with the old code; give its address once it answers."""
        port = free_port()
        with (self.folder / "old.log").open("w") as log:
            command = [BINARIES / "granian", *GRANIAN, "--port", str(port), "app:serve"]
            process = subprocess.Popen(command, cwd=self.old, env=self.env, stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: answers(url))
            yield url
        finally:
            process.terminate()
            process.wait(10)

    def work_off_by_old(self) -> None:
        """Have the old code's worker do all that is queued."""
        subprocess.run(
            [BINARIES / "rq", "worker", "--burst", "snippets"],
            cwd=self.old,
            env={**self.env, "RQ_CONFIG": "workers.settings", "RQ_WORKER_CLASS": "workers.worker.SnippetWorker"},
            check=True,
            capture_output=True,
            timeout=40,
        )

    def started(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Start something of the new version that is to end by itself."""
        return subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def site(request, tmp_path: Path, own_valkey: Valkey) -> Site:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/snippets.db"
    else:
        url = request.getfixturevalue("empty_postgresql")
    return Site(tmp_path, url, own_valkey)


@contextmanager
def visitors(url: str) -> Iterator[Counter[int]]:
    """Have somebody paste and read what he pasted, again and again."""
    statuses, gone = Counter(), threading.Event()

    def visit() -> None:
        while not gone.is_set():
            shared = requests.post(url, data=CODE, headers={"Content-Type": "text/plain"}, timeout=20)
            statuses[shared.status_code] += 1
            if shared.ok:
                statuses[requests.get(shared.text.strip(), headers=HTML, timeout=20).status_code] += 1

    thread = threading.Thread(target=visit)
    thread.start()
    try:
        yield statuses
    finally:
        gone.set()
        thread.join()


def share(url: str, **fields: str) -> str:
    """Paste as the owner, and return the path."""
    form = {"code": CODE, "name": "greet.py", "visibility": "public", **fields}
    answer = requests.post(url, data=form, headers={**HTML, **SECRET}, allow_redirects=False, timeout=10)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def status(url: str, path: str, headers=HTML, **how) -> int:
    return requests.request(how.pop("method", "GET"), url + path, headers=headers, timeout=10, **how).status_code


def edit(url: str, path: str, revision: int) -> int:
    form = {"code": f"{CODE}# {revision}\n", "name": "greet.py", "revision": str(revision), "visibility": "public"}
    headers = {**HTML, **SECRET}
    return status(url, f"{path}/edit", headers, method="POST", data=form, allow_redirects=False)


def use(url: str) -> None:
    """Do all that people do, and find it done."""
    path = share(url, title="A greeting", tags="greetings")
    assert edit(url, path, 1) == 303
    pages = ["", "/raw", "/history", "/compare/1..2", "/fork", "/zip", "/share", "/embed"]
    assert {each: status(url, path + each) for each in pages} == dict.fromkeys(pages, 200)
    lists = ["/recent", "/search?q=greet", "/tags", "/tag/greetings", "/recent.atom", "/about"]
    assert {each: status(url, each) for each in lists} == dict.fromkeys(lists, 200)
    assert path in requests.get(f"{url}/search?q=greet", headers=HTML, timeout=10).text
    assert path in requests.get(f"{url}/recent", headers=HTML, timeout=10).text
    assert status(url, f"{path}/report", method="POST", data={"reason": "It is spam."}) == 200
    locked = share(url, password="correct horse", expires="1d")
    assert status(url, locked) == 403
    assert status(url, f"{locked}/unlock", method="POST", data={"password": "correct horse"}) in (200, 403)
    assert status(url, f"{path}/delete", {**HTML, **SECRET}, method="POST", allow_redirects=False) == 303
    assert status(url, path) == 410


def is_coloured(url: str, path: str) -> bool:
    return requests.get(f"{url}{path}/files/1", headers=HTML, timeout=10).status_code == 200


def test_the_version_before_serves_during_the_migrations_and_after_them_beside_the_new_one(site: Site):
    site.release(site.old)
    before = site.revision
    assert before < newest()
    with site.old_serving() as old:
        from_before = share(old)
        with visitors(old) as statuses:
            wait_until(lambda: statuses[201] > 2)
            site.release(ROOT)
            so_far = statuses[201]
            wait_until(lambda: statuses[201] > so_far + 2)

        assert site.revision == newest()
        assert set(statuses) == {201, 200}
        use(old)
        assert edit(old, from_before, 1) == 303
        by_old = share(old)
        site.work_off_by_old()
        assert is_coloured(old, from_before)
        assert is_coloured(old, by_old)

        with serving("app:serve", site.folder / "new.log", site.env) as new:
            use(new)
            by_new = share(new)
            late = share(old)
            assert {status(old, by_new), status(new, by_old), status(new, from_before)} == {200}
            assert edit(new, by_old, 1) == 303
            assert edit(old, by_new, 1) == 303
            work_off("snippets", site.env)
            assert all(is_coloured(new, each) for each in (by_new, by_old, late))


def test_the_new_version_refuses_to_serve_tables_that_were_not_migrated(site: Site):
    site.release(site.old)
    told = f"The database is at {site.revision}, and this code is for {newest()}. Run the release first"

    web = site.started(sys.executable, "-c", "import app; app.serve()")
    site.env["RQ_CONFIG"] = "workers.settings"
    worker = site.started(BINARIES / "rq", "worker", "snippets")

    assert told in web.stderr
    assert told in worker.stderr
    assert 0 not in (web.returncode, worker.returncode)


def test_the_version_before_can_be_brought_back_on_the_tables_of_the_new_one(site: Site):
    site.release(ROOT)
    with site.old_serving() as old:
        use(old)

    assert site.revision == newest()
