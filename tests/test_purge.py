"""Housekeeping: what has expired is deleted for good."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, make_url, select, update

from snippets.models import File, Snippet, Tombstone, now
from snippets.purge import BATCH, REMEMBERED, purge

NEEDLE = "a needle that nobody else would type"


def expire(sessions, *conditions) -> None:
    with sessions.begin() as session:
        session.execute(update(Snippet).where(*conditions).values(expires_at=now() - timedelta(seconds=1)))


def test_what_has_expired_is_purged_and_all_else_stays(client, sessions):
    kept = client.post("/", data={"code": "kept", "expires": "1d"}).location
    page = client.post("/", data={"code": NEEDLE}).location
    expire(sessions, Snippet.id == page.lstrip("/"))

    assert client.get(page).status_code == 410
    assert purge(sessions) == 1

    gone = client.get(page)
    assert (gone.status_code, "has expired" in gone.text) == (410, True)
    assert client.get(f"{kept}/raw").text == "kept"
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(File)) == 1


def test_more_than_one_batch_is_purged_at_once(client, sessions):
    with sessions.begin() as session:
        session.add_all(Snippet(files=[File(position=1, language="text", code="x")]) for _ in range(2 * BATCH + 1))
    expire(sessions)

    assert purge(sessions) == 2 * BATCH + 1
    assert purge(sessions) == 0


def test_a_workers_maintenance_purges(client, sessions, work):
    client.post("/", data={"code": "x"})
    expire(sessions)

    work()

    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Snippet)) == 0


def test_nothing_of_what_was_purged_is_left_in_the_files_of_sqlite(client, settings, sessions):
    if settings.database_url.startswith("postgresql"):
        return
    path = Path(make_url(settings.database_url).database)
    client.post("/", data={"code": f"{NEEDLE}\n" * 500})
    content = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert NEEDLE.encode() in content
    expire(sessions)

    purge(sessions)

    for file in path.parent.glob(f"{path.name}*"):
        assert NEEDLE.encode() not in file.read_bytes(), file.name


def test_nothing_of_a_public_snippet_is_left_in_the_search_index_of_sqlite(client, settings, sessions):
    if settings.database_url.startswith("postgresql"):
        return
    path = Path(make_url(settings.database_url).database)

    def content() -> bytes:
        return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))

    for code in ("kept", f"{NEEDLE} ☂☃☄", f"{NEEDLE} ☂☃☄"):
        page = client.post("/", data={"code": code, "visibility": "public", "tags": "needle-tag"}).location
    trigram = "☂☃☄".encode()[1:]  # as the index has it: its neighbour among the terms may lend it the first byte
    assert trigram in content()
    client.post(f"{page}/delete")
    expire(sessions, Snippet.id != page[1:], Snippet.files.any(File.code != "kept"))

    purge(sessions)

    assert client.get("/search?q=kept").text.count("<h2><a") == 1
    assert f'href="{page}"' not in client.get("/search?q=needle").text
    for needle in (NEEDLE.encode(), trigram, "☂".encode()):
        assert needle not in content()


def test_an_address_is_remembered_for_a_year(client, sessions):
    page = client.post("/", data={"code": "x"}).location
    expire(sessions)
    purge(sessions)
    with sessions.begin() as session:
        session.execute(update(Tombstone).values(at=now() - REMEMBERED - timedelta(days=1)))

    purge(sessions)

    assert client.get(page).status_code == 404
