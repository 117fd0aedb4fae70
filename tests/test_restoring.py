"""A restored site is the site that was backed up, byte for byte, on either engine and in a later version too."""

import os
import stat
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue
from sqlalchemy import make_url, select

from snippets import data_commands, merging, schema
from snippets.backup import back_up
from snippets.database import Sessions
from snippets.mail_models import Message
from snippets.mail_sweep import sweep_mail
from snippets.messages import Kind, Letter, State
from snippets.messages import write as write_message
from snippets.models import File, Snippet

from filling import backed_up_at, everything, fill_all_tables, last_act, run, url_of

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
TO_EACH = pytest.mark.parametrize("engine", ENGINES)
OLDER = schema.revisions()[:-1]

SiteOn = Callable[..., Flask]


@pytest.fixture
def backup(app: Flask, database_url: str, tmp_path: Path) -> Path:
    """A backup of a site that has rows in each table."""
    fill_all_tables(database_url)
    assert run(app, "backup", tmp_path / "backup").exit_code == 0
    return tmp_path / "backup"


@TO_EACH
def test_a_restored_site_has_every_byte_of_every_column_of_every_table(
    backup: Path, database_url: str, site_on: SiteOn, engine: str
):
    fresh = site_on(engine)

    result = run(fresh, "restore", backup)

    assert result.exit_code == 0, result.output
    before, after = everything(database_url), everything(url_of(fresh))
    assert last_act(after) == ("command line", "restore-backup", "backup", None)
    assert after == before
    assert [name for name, rows in before.items() if not rows] == []


@ON_SQLITE
def test_a_database_that_a_restore_makes_is_for_nobody_else_to_read(backup: Path, site_on: SiteOn):
    before = os.umask(0o022)
    try:
        fresh = site_on("sqlite")
        assert run(fresh, "restore", backup).exit_code == 0
    finally:
        os.umask(before)

    path = Path(make_url(url_of(fresh)).database)
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.glob(path.name + "*")} == {0o600}


@TO_EACH
def test_a_number_that_was_given_before_the_backup_is_not_given_again(
    backup: Path, database_url: str, site_on: SiteOn, engine: str
):
    fresh = site_on(engine)
    run(fresh, "restore", backup)

    page = fresh.test_client().post("/", data={"code": "new"}).location

    last = max(row[0] for row in everything(database_url)["files"])
    with fresh.extensions["snippets"].sessions() as session:
        assert session.scalar(select(File.id).where(File.snippet_id == page[1:])) == last + 2  # one more was deleted


@TO_EACH
def test_the_search_finds_what_was_restored_and_pages_show_it(
    app: Flask, client: FlaskClient, tmp_path: Path, site_on: SiteOn, engine: str
):
    page = client.post("/", data={"code": "x = 'needle'", "visibility": "public"}).location
    run(app, "backup", tmp_path / "backup")
    fresh = site_on(engine)

    run(fresh, "restore", tmp_path / "backup")

    assert page in fresh.test_client().get("/search?q=needle").text
    assert fresh.test_client().get(f"{page}/raw").text == "x = 'needle'"


@ON_SQLITE
def test_what_waited_for_its_colours_is_enqueued_again(app, client, tmp_path, site_on: SiteOn, redis: Redis):
    client.post("/", data={"code": "x = 1", "language": "python"})
    run(app, "backup", tmp_path / "backup")
    redis.flushall()

    result = run(site_on("sqlite"), "restore", tmp_path / "backup")

    assert "1 files wait for their colours" in result.output
    assert len(Queue("snippets", connection=redis).job_ids) == 1


@ON_SQLITE
def test_a_message_that_waited_when_the_backup_was_taken_is_not_sent_by_the_restored_site(
    app, sessions: Sessions, tmp_path: Path, site_on: SiteOn, redis: Redis
):
    with sessions.begin() as session:
        write_message(session, Kind.REPORT, "operator@example.org", Letter("a report", "of a snippet"))
    run(app, "backup", tmp_path / "backup")
    fresh = site_on("sqlite")

    run(fresh, "restore", tmp_path / "backup")

    restored = fresh.extensions["snippets"].sessions
    with restored() as session:
        assert list(session.scalars(select(Message.state))) == [State.UNCERTAIN]
    assert sweep_mail(restored, redis) == 0


@ON_SQLITE
def test_a_restore_that_was_interrupted_at_its_very_end_goes_on_although_mail_waited(
    app, sessions: Sessions, tmp_path: Path, site_on: SiteOn, monkeypatch: pytest.MonkeyPatch
):
    with sessions.begin() as session:
        write_message(session, Kind.REPORT, "operator@example.org", Letter("a report", "of a snippet"))
    run(app, "backup", tmp_path / "backup")
    fresh = site_on("sqlite")
    with monkeypatch.context() as patch:
        patch.setattr(data_commands, "tell_of_colours", lambda: sys.exit(137))
        assert run(fresh, "restore", tmp_path / "backup").exit_code == 137

    result = run(fresh, "restore", tmp_path / "backup")

    assert result.exit_code == 0, result.output
    with fresh.extensions["snippets"].sessions() as session:
        assert list(session.scalars(select(Message.state))) == [State.UNCERTAIN]


def interrupted(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Have the next command end as by a crash after so many rows."""

    @contextmanager
    def short(label: str, _total: int):
        done = 0

        def step(more: int) -> None:
            nonlocal done
            done += more
            if label == "Restoring" and done > after:
                raise SystemExit(137)

        yield step

    monkeypatch.setattr(data_commands, "progress", short)


@pytest.mark.drill
@TO_EACH
@pytest.mark.parametrize("after", [0, 11, 30])
def test_an_interrupted_restore_goes_on_where_it_was(
    backup: Path, database_url: str, site_on: SiteOn, engine: str, after: int, monkeypatch: pytest.MonkeyPatch
):
    fresh = site_on(engine)
    monkeypatch.setattr(merging, "ROWS", 2)
    with monkeypatch.context() as patch:
        interrupted(patch, after)
        assert run(fresh, "restore", backup).exit_code == 137
    assert everything(url_of(fresh)) != everything(database_url)

    result = run(fresh, "restore", backup)

    assert result.exit_code == 0, result.output
    restored = everything(url_of(fresh))
    last_act(restored)
    assert restored == everything(database_url)


def test_a_site_that_holds_something_else_is_left_as_it_is_unless_told(
    backup: Path, database_url: str, client: FlaskClient, app: Flask
):
    page = client.post("/", data={"code": "not in the backup", "visibility": "public"}).location
    before = everything(database_url)

    refused = run(app, "restore", backup)

    assert refused.exit_code == 1
    assert "--replace" in refused.output
    assert everything(database_url) == before

    assert run(app, "restore", "--replace", "--yes", "--note", "the disk died", backup).exit_code == 0
    assert last_act(everything(database_url)) == ("command line", "restore-backup", "backup", "the disk died")
    assert client.get(page).status_code == 404
    assert client.get("/search?q=not+in+the+backup").text.count('href="/' + page[1:]) == 0


@ON_SQLITE
def test_replacing_asks_first(backup: Path, app: Flask):
    result = app.test_cli_runner().invoke(args=["snippets", "restore", "--replace", str(backup)], input="n\n")

    assert (result.exit_code, "will be deleted" in result.output) == (1, True)


@ON_SQLITE
def test_a_broken_backup_touches_nothing(backup: Path, database_url: str, app: Flask):
    before = everything(database_url)
    backup.write_bytes(backup.read_bytes()[:-20])

    result = run(app, "restore", "--replace", "--yes", backup)

    assert (result.exit_code, "no backup that can be used" in result.output) == (1, True)
    assert everything(database_url) == before


@pytest.mark.drill
@pytest.mark.parametrize("database_url", ENGINES, indirect=True)
@pytest.mark.parametrize("migrated", [False, True], ids=["untouched", "migrated"])
@pytest.mark.parametrize("revision", OLDER)
def test_a_backup_of_each_older_version_restores_into_this_one(
    revision: str, migrated: bool, database_url: str, request, new_database, tmp_path: Path, site_on: SiteOn
):
    engine = database_url.partition(":")[0]
    counts = backed_up_at(revision, new_database(engine), tmp_path / "old")
    fresh = site_on(engine)
    if migrated:
        schema.migrate(url_of(fresh))

    result = run(fresh, "restore", tmp_path / "old")

    assert result.exit_code == 0, result.output
    found = everything(url_of(fresh))
    assert last_act(found) == ("command line", "restore-backup", "old", None)
    assert {name: len(found[name]) for name in counts} == counts
    page = fresh.test_client().post("/", data={"code": "new"}).location
    assert fresh.test_client().get(page).status_code == 200


@ON_SQLITE
def test_a_backup_of_a_later_version_is_refused(app: Flask, backup: Path, monkeypatch: pytest.MonkeyPatch):
    known = schema.revisions()
    monkeypatch.setattr(schema, "revisions", lambda: known[:-1])

    result = run(app, "restore", backup)

    assert (result.exit_code, "of a later version" in result.output) == (1, True)


@pytest.mark.drill
@ON_SQLITE
def test_neither_backup_nor_restore_needs_memory_for_the_site(
    app: Flask, sessions: Sessions, tmp_path: Path, site_on: SiteOn
):
    size, count = 2**18, 100
    with sessions.begin() as session:
        files = [File(revision=number, position=1, language="text", code=str(number) * size) for number in range(count)]
        session.add(Snippet(files=files, revision=0))
    session.expunge_all()
    del files
    fresh = site_on("sqlite")
    tracemalloc.start()

    path, _ = back_up(sessions, tmp_path / "backup", data_commands.progress)
    result = run(fresh, "restore", path)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.exit_code == 0, result.output
    assert peak < size * count / 2
