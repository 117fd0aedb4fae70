"""The site moves from one database to another, on whichever engines they are, and nothing stays behind unsaid."""

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url

from snippets import data_commands, merging
from snippets.data_commands import named

from filling import everything, fill_all_tables, last_act, run

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
TO_EACH = pytest.mark.parametrize("engine", ENGINES)
NewDatabase = Callable[[str], str]


def calling(monkeypatch: pytest.MonkeyPatch, label: str, what: Callable[[int], object]) -> None:
    """Have something called at each step of a command that this label tells."""

    @contextmanager
    def progress(shown: str, _total: int):
        yield what if shown == label else lambda _done: None

    monkeypatch.setattr(data_commands, "progress", progress)


@TO_EACH
def test_every_row_is_there_after_a_move_and_the_old_database_is_as_it_was(
    app: Flask, database_url: str, new_database: NewDatabase, engine: str
):
    fill_all_tables(database_url)
    before, target = everything(database_url), new_database(engine)

    result = run(app, "move", "--note", "the old one broke", target)

    assert result.exit_code == 0, result.output
    assert "set DATABASE_URL=" in result.output
    after = everything(target)
    actor, action, subject, note = last_act(after)
    assert (actor, action, note) == ("command line", "move", "the old one broke")
    assert subject.startswith(f"from {database_url.partition(':')[0]} ")
    assert f" to {engine} " in subject
    assert after == everything(database_url) == before


@pytest.mark.drill
@TO_EACH
@pytest.mark.parametrize("after", [0, 11, 30])
def test_an_interrupted_move_goes_on_where_it_was(
    app: Flask, database_url: str, new_database: NewDatabase, engine: str, after: int, monkeypatch: pytest.MonkeyPatch
):
    fill_all_tables(database_url)
    target, done = new_database(engine), []
    monkeypatch.setattr(merging, "ROWS", 2)

    def die(more: int) -> None:
        done.append(more)
        if len(done) > after:
            raise SystemExit(137)

    with monkeypatch.context() as patch:
        calling(patch, "Moving", die)
        assert run(app, "move", target).exit_code == 137

    assert run(app, "move", target).exit_code == 0
    moved = everything(target)
    last_act(moved)
    assert moved == everything(database_url)


@TO_EACH
def test_what_is_written_meanwhile_is_told_and_a_second_call_brings_it(
    app: Flask, client: FlaskClient, database_url: str, new_database: NewDatabase, engine: str, monkeypatch
):
    _kept, changed, gone = (client.post("/", data={"code": f"x = {number}"}).location for number in range(3))
    target, calls = new_database(engine), iter(range(10**6))

    def write(_done: int) -> None:
        if next(calls) == 1:
            client.post("/", data={"code": "new", "visibility": "public"})
            client.post(f"{changed}/edit", data={"code": "changed", "revision": "1"})
            client.post(f"{gone}/delete")

    with monkeypatch.context() as patch:
        calling(patch, "Moving", write)
        first = run(app, "move", target)
    assert first.exit_code == 1
    assert "The site was written to meanwhile: " in first.output
    assert everything(target) != everything(database_url)

    unsure = run(app, "move", target)
    assert (unsure.exit_code, "--replace" in unsure.output) == (1, True)
    second = run(app, "move", "--replace", "--yes", target)

    assert second.exit_code == 0, second.output
    moved = everything(target)
    assert last_act(moved)[1] == "move"
    assert moved == everything(database_url)


def test_a_target_that_holds_something_else_is_left_as_it_is(app, client, database_url, new_database, site_on):
    other = site_on("sqlite")
    assert run(app, "move", other.extensions["snippets"].settings.database_url).exit_code == 0
    client.post("/", data={"code": "the site's"})
    other.test_client().post("/", data={"code": "another site's"})
    target = other.extensions["snippets"].settings.database_url
    before = everything(target)

    result = run(app, "move", target)

    assert (result.exit_code, "holds something already" in result.output) == (1, True)
    assert everything(target) == before


def test_the_site_is_not_moved_onto_itself_however_it_is_named(app: Flask, database_url: str, tmp_path: Path):
    (tmp_path / "elsewhere").symlink_to(Path(make_url(database_url).database).parent)
    named = make_url(database_url)
    if named.get_backend_name() == "sqlite":
        again = f"sqlite:///{tmp_path}/elsewhere/{Path(named.database).name}"
    else:
        again = named.update_query_dict({"application_name": "mover"}).render_as_string(hide_password=False)

    assert "has already" in run(app, "move", database_url).output
    assert "has already" in run(app, "move", "--replace", "--yes", again).output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_site_is_not_moved_to_what_is_no_database(app: Flask):
    assert "sqlite:// or postgresql://" in run(app, "move", "mysql://host/name").output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("engine", ENGINES[1:])
def test_a_password_among_the_parameters_of_the_new_database_is_not_shown(
    app: Flask, new_database: NewDatabase, engine: str
):
    there = make_url(new_database(engine)).update_query_dict({"password": "hush"})

    moved = run(app, "move", there.render_as_string(hide_password=False))

    assert (moved.exit_code, "Every row is there" in moved.output, "hush" in moved.output) == (0, True, False)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_password_of_a_database_is_shown(app: Flask, database_url: str):
    result = run(app, "move", "postgresql://user:hush@127.0.0.1:1/name")

    assert result.exit_code == 1
    assert "hush" not in result.output
    assert named("postgresql://user:hush@db.example.org:5433/paste?password=hush") == "postgresql db.example.org/paste"
