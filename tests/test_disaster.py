"""The drill: the machine dies with its database, and the site comes back from last night's backup."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import requests
from redis import Redis
from sqlalchemy import create_engine, func, select

from snippets.models import File, Snippet

from processes import Stack, wait_until
from servers import Valkey

pytestmark = pytest.mark.drill
OWNER = {"Authorization": "Bearer a-secret-of-the-owner"}
ODD = "s = 'ä“”\U0001f600\t\u2028'  # "


def share(stack: Stack, number: int) -> tuple[str, str]:
    """Share two files, and return the snippet's id and the text of the first."""
    text = f"{ODD}{number}\n" * 50
    body = {"files": [{"name": "a.py", "code": text}, {"name": "b.py", "code": "b = 2\n"}], "visibility": "public"}
    answer = requests.post(f"{stack.url}/api/v1/snippets", json=body, headers=OWNER, timeout=10)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], text


@contextmanager
def visitors(stack: Stack) -> Iterator[Callable[[], int]]:
    """Have people share, edit and delete as fast as they can; give a function that says how often they have."""
    gone, done, failed = threading.Event(), count(), []
    times = [0]

    def visit(first: int) -> None:
        for number in range(first, 10**9, 3):
            if gone.is_set():
                return
            try:
                page, text = share(stack, number)
                address = f"{stack.url}/api/v1/snippets/{page}"
                match = {**OWNER, "If-Match": requests.get(address, headers=OWNER, timeout=10).headers["ETag"]}
                body = {"files": [{"name": "a.py", "code": text + "edited\n"}]}
                assert requests.patch(address, json=body, headers=match, timeout=10).status_code == 200
                if number % 2:
                    assert requests.delete(address, headers=OWNER, timeout=10).status_code == 204
            except (requests.RequestException, AssertionError, KeyError) as error:
                failed.append(error)
                return
            times[0] = next(done)

    threads = [threading.Thread(target=visit, args=[first]) for first in range(3)]
    for each in threads:
        each.start()
    try:
        yield lambda: times[0]
    finally:
        gone.set()
        for each in threads:
            each.join()
    assert failed == []


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stack(engine: str, new_database: Callable[[str], str], tmp_path: Path, own_valkey: Valkey) -> Iterator[Stack]:
    stack = Stack(tmp_path, own_valkey.url, DATABASE_URL=new_database(engine))
    stack.start()
    yield stack
    stack.stop()


def test_after_a_disaster_every_snippet_of_the_backup_is_back_with_its_bytes_and_its_colours(
    stack: Stack, tmp_path: Path, own_valkey: Valkey
):
    shared = dict(share(stack, number) for number in range(20))
    folder = tmp_path / "backups"
    folder.mkdir()
    with visitors(stack) as times:
        wait_until(lambda: times() > 5)
        before = times()
        stack.operator("backup", folder)
        wait_until(lambda: times() > before)
    (backup,) = folder.iterdir()

    for name in stack.processes:
        stack.kill(name)
    destroy(stack.database_url)
    with Redis.from_url(own_valkey.url) as redis:
        redis.flushall()
    stack.operator("restore", backup)
    stack.start()

    for page, text in shared.items():
        raw = requests.get(f"{stack.url}/{page}/raw/1", timeout=10)
        assert (raw.status_code, raw.content) == (200, text.encode())
        wait_until(lambda page=page: is_coloured(stack, page), 30)
    whole(stack.database_url)
    assert "b = 2" in requests.get(f"{stack.url}/search?q=b+%3D+2", timeout=10).text


def is_coloured(stack: Stack, page: str) -> bool:
    answer = requests.get(f"{stack.url}/{page}/files/1", headers={"Accept": "application/json"}, timeout=10)
    return bool(answer.json()["state"] == "highlighted")


def destroy(url: str) -> None:
    """Lose a database, as with the disk that it was on."""
    if url.startswith("sqlite"):
        for each in Path(url.removeprefix("sqlite:///")).parent.glob(Path(url).name + "*"):
            each.unlink()
        return
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()


def whole(url: str) -> None:
    """Assert that each revision of each snippet has its files: one cut in two by the backup would lack some."""
    engine = create_engine(url)
    with engine.connect() as connection:
        files = select(File.snippet_id, func.count(File.revision.distinct()).label("revisions")).group_by(
            File.snippet_id
        )
        found = dict(connection.execute(files).all())
        heads = dict(connection.execute(select(Snippet.id, Snippet.revision)).all())
        pairs = select(func.count(File.id)).where(File.revision == 1).group_by(File.snippet_id)
        assert set(connection.scalars(pairs)) == {2}
    engine.dispose()
    assert found == heads
