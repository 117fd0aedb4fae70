"""A backup holds all of the site as it was at one moment, whole or not at all."""

import gzip
import hashlib
import json
import random
import resource
import stat
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, inspect, text, update

from snippets import data_commands, progress
from snippets.backup import NAME, NAMES, back_up
from snippets.backup_file import BackupFile, Head
from snippets.column_kinds import KINDS
from snippets.database import Sessions
from snippets.models import Base, Snippet, now
from snippets.purge import purge
from snippets.snapshots import snapshot
from snippets.tables import LEFT_OUT, Obstacle, Table, tables
from snippets.whole_files import whole_file

from filling import everything, fill_all_tables, run

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def silent(_label: str, _total: int):
    yield lambda _done: None


def held(file: Path) -> dict[str, list[tuple]]:
    return {table.name: sorted(rows, key=repr) for table, rows in BackupFile(file).sections()}


def left(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_backup_holds_every_row_of_every_table(app: Flask, database_url: str, tmp_path: Path):
    fill_all_tables(database_url)

    result = run(app, "backup", tmp_path / "backup")

    assert result.exit_code == 0, result.output
    assert held(tmp_path / "backup") == everything(database_url)


def test_no_table_of_the_database_is_forgotten(database_url: str):
    engine = create_engine(database_url)
    found = inspect(engine).get_table_names()
    engine.dispose()

    assert [name for name in found if name not in LEFT_OUT and name not in Base.metadata.tables] == []
    assert [each.name for each in tables()] == [each.name for each in Base.metadata.sorted_tables]


def test_what_is_written_meanwhile_waits_for_nothing_and_is_not_in_the_backup(
    app: Flask, client: FlaskClient, sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pages = [client.post("/", data={"code": f"x = {number}"}).location for number in range(10)]
    before = everything(app.extensions["snippets"].settings.database_url)
    answers = []

    @contextmanager
    def busy(_label: str, _total: int):
        yield lambda _done: answers.extend(write())

    def write():
        yield client.post("/", data={"code": "written meanwhile"}).status_code
        if pages:
            page = pages.pop()
            changed = {"code": "changed meanwhile", "revision": "1"}
            yield client.post(f"{page}/edit", data=changed).status_code
            yield client.post(f"{pages.pop()}/delete").status_code

    monkeypatch.setattr(data_commands, "progress", busy)

    result = run(app, "backup", tmp_path / "backup")

    assert result.exit_code == 0, result.output
    assert set(answers) == {303}
    assert held(tmp_path / "backup") == before


@ON_SQLITE
def test_a_purge_while_a_backup_is_taken_keeps_nobody_from_pasting(
    app: Flask, client: FlaskClient, sessions: Sessions, database_url: str
):
    page = client.post("/", data={"code": "expired"}).location
    with sessions.begin() as session:
        session.execute(update(Snippet).values(expires_at=now() - timedelta(hours=1)))
    impatient = create_engine(database_url, connect_args={"timeout": 2})

    with snapshot(sessions) as reading:
        assert reading.counts["snippets"] == 1
        purging = threading.Thread(target=purge, args=[sessions])
        purging.start()
        while client.get(page).status_code != 410 or sessions().get(Snippet, page[1:]):
            pass
        with impatient.begin() as connection:
            connection.execute(update(Snippet).values(title="written"))
        purging.join()

    impatient.dispose()


def test_a_file_is_there_whole_under_its_name_and_for_nobody_else_to_read(app: Flask, tmp_path: Path):
    assert run(app, "backup", tmp_path / "backup").exit_code == 0

    assert [name for name in left(tmp_path) if "backup" in name] == ["backup"]
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600


@ON_SQLITE
def test_in_a_folder_a_backup_is_named_by_its_time_and_what_others_left_half_done_goes(app: Flask, tmp_path: Path):
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / (NAME.format(now() - timedelta(days=1)) + ".partial")).write_text("left by a crash")
    (folder / "notes.partial").write_text("not ours")

    result = run(app, "backup", folder)

    assert result.exit_code == 0, result.output
    assert [each.match(NAMES) or each.name for each in sorted(folder.iterdir())] == ["notes.partial", True]


@ON_SQLITE
def test_a_backup_replaces_no_file(app: Flask, tmp_path: Path):
    (tmp_path / "backup").write_text("yesterday's")

    result = run(app, "backup", tmp_path / "backup")

    assert (result.exit_code, "is there already" in result.output) == (1, True)
    assert (tmp_path / "backup").read_text() == "yesterday's"


def test_two_at_once_do_not_write_one_file(tmp_path: Path):
    with whole_file(tmp_path / "one") as file:
        file.write(b"whole")
        with pytest.raises(Obstacle, match="being written"), whole_file(tmp_path / "one"):
            pytest.fail("it was opened twice")

    assert (tmp_path / "one").read_bytes() == b"whole"


@ON_SQLITE
def test_where_the_disk_is_full_it_says_so_and_leaves_nothing(app: Flask, client: FlaskClient, tmp_path: Path):
    client.post("/", data={"code": random.randbytes(2**18).hex()})
    folder = tmp_path / "small"
    folder.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, before[1]))
    try:
        result = run(app, "backup", folder / "backup")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert result.exit_code == 1
    assert "File too large" in result.output
    assert left(folder) == []


@ON_SQLITE
def test_a_folder_that_is_not_there_is_said_so(app: Flask, tmp_path: Path):
    result = run(app, "backup", tmp_path / "nowhere" / "backup")

    assert (result.exit_code, "No such file or directory" in result.output) == (1, True)


@ON_SQLITE
def test_a_database_of_another_version_is_left_alone(app: Flask, database_url: str, tmp_path: Path):
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    engine.dispose()

    result = run(app, "backup", tmp_path / "backup")

    assert result.exit_code == 1
    assert "at revision 0003" in result.output


@ON_SQLITE
def test_a_file_that_was_cut_off_anywhere_is_recognised(app: Flask, database_url: str, tmp_path: Path):
    fill_all_tables(database_url)
    path, _ = back_up(app.extensions["snippets"].sessions, tmp_path / "backup", silent)
    whole = path.read_bytes()

    for length in [*range(0, len(whole), max(1, len(whole) // 50)), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(Obstacle, match="no backup that can be used"):
            BackupFile(path).check(lambda _: None)


def _one_letter(lines: list[bytes]) -> None:
    lines[2] = lines[2].replace(b"trailing", b"trailinG", 1)


def _one_row_less(lines: list[bytes]) -> None:
    del lines[2]


def _another_time(lines: list[bytes]) -> None:
    lines[0] = lines[0].replace(b'"taken_at":"2', b'"taken_at":"3')


def _something_behind(lines: list[bytes]) -> None:
    lines.append(b"[]\n")


@pytest.mark.parametrize(("kind", "counts"), [("secret", {"a": 0}), ("text", {}), ("text", {"a": 0, "b": 0})])
def test_a_head_that_is_at_odds_with_itself_is_recognised(tmp_path: Path, kind: str, counts: dict[str, int]):
    table = Table(name="a", columns={"id": kind}, key=("id",))
    head = Head(schema_revision="0001", site_version="0", taken_at=now(), tables=[table], counts=counts)
    (tmp_path / "backup").write_bytes(gzip.compress(head.model_dump_json().encode() + b"\n"))

    with pytest.raises(Obstacle, match="at odds with itself"):
        BackupFile(tmp_path / "backup")


@ON_SQLITE
@pytest.mark.parametrize("alter", [_one_letter, _one_row_less, _another_time, _something_behind])
def test_a_file_that_was_altered_is_recognised(app: Flask, database_url: str, tmp_path: Path, alter: Callable):
    fill_all_tables(database_url)
    path, _ = back_up(app.extensions["snippets"].sessions, tmp_path / "backup", silent)
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    before = list(lines)
    alter(lines)
    assert lines != before
    path.write_bytes(gzip.compress(b"".join(lines)))

    with pytest.raises(Obstacle, match="no backup that can be used"):
        BackupFile(path).check(lambda _: None)


def _forged(path: Path, change: Callable[[dict], None], table: str, column: str, value: object) -> None:
    """Change a backup as somebody would who knows how its checksum is made."""
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    head, tail = json.loads(lines[0]), json.loads(lines.pop())
    change(head)
    lines[0] = json.dumps(head).encode() + b"\n"
    where = lines.index(json.dumps({"table": table}).encode() + b"\n") + 1
    row = json.loads(lines[where])
    row[list(next(each["columns"] for each in head["tables"] if each["name"] == table)).index(column)] = value
    lines[where] = json.dumps(row, ensure_ascii=value == "\ud800", separators=(",", ":")).encode() + b"\n"
    rows = lines[where : where + head["counts"][table]]
    tail["digests"][table] = {"rows": len(rows), "sha256": hashlib.sha256(b"".join(rows)).hexdigest()}
    tail["sha256"] = hashlib.sha256(b"".join(lines)).hexdigest()
    path.write_bytes(gzip.compress(b"".join([*lines, json.dumps(tail).encode() + b"\n"])))


def _as_it_is(head: dict) -> None:
    pass


def _without_a_key(head: dict) -> None:
    head["tables"][0]["key"] = []


def _linked_to_nothing(head: dict) -> None:
    head["tables"][0]["links"] = ["nothing"]


UNREADABLE, AT_ODDS = "a row of {} cannot be read", "its head is at odds with itself"


@pytest.mark.drill
@pytest.mark.parametrize("database_url", ENGINES, indirect=True)
@pytest.mark.parametrize(
    ("change", "table", "column", "value", "says"),
    [
        (_as_it_is, "files", "id", 2**70, UNREADABLE),
        (_as_it_is, "files", "id", None, UNREADABLE),
        (_as_it_is, "files", "code", "\ud800", UNREADABLE),
        (_as_it_is, "files", "took_ms", "7", UNREADABLE),
        (_as_it_is, "snippets", "created_at", "2026-01-01T00:00:00", UNREADABLE),
        (_as_it_is, "snippets", "created_at", "2026-01-01", UNREADABLE),
        (_as_it_is, "snippets", "created_at", "0001-01-01T00:00:00+14:00", UNREADABLE),
        (_as_it_is, "snippets", "burn", "yes", UNREADABLE),
        (_without_a_key, "files", "name", "a.py", AT_ODDS),
        (_linked_to_nothing, "files", "name", "a.py", AT_ODDS),
    ],
)
def test_a_forged_backup_with_the_right_checksum_is_refused_before_anything_is_touched(
    app: Flask, database_url: str, tmp_path: Path, change: Callable, table: str, column: str, value: object, says: str
):
    fill_all_tables(database_url)
    path, _ = back_up(app.extensions["snippets"].sessions, tmp_path / "backup", silent)
    _forged(path, change, table, column, value)
    before = everything(database_url)

    result = run(app, "restore", "--replace", "--yes", path)

    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert says.format(table) in result.output
    assert everything(database_url) == before


@pytest.mark.parametrize("database_url", ENGINES, indirect=True)
@pytest.mark.parametrize(("column", "value"), [("code", None), ("snippet_id", "none such"), ("took_ms", 2**40)])
def test_what_only_the_database_can_refuse_of_a_forged_backup_ends_in_a_sentence_too(
    app: Flask, database_url: str, tmp_path: Path, column: str, value: object
):
    fill_all_tables(database_url)
    path, _ = back_up(app.extensions["snippets"].sessions, tmp_path / "backup", silent)
    _forged(path, _as_it_is, "files", column, value)

    result = run(app, "restore", "--replace", "--yes", path)

    assert type(result.exception) in {SystemExit, type(None)}  # SQLite takes any number
    assert (result.exit_code == 0) == (value == 2**40 and database_url.startswith("sqlite"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_backup_is_read_as_is_written_the_same_again(kind: str):
    table = Table(name="a", columns={"id": "whole", "of": kind}, key=("id",))
    times = ["2026-01-01", "2026-01-01T00:00+00:00", "0001-01-01T00:00+14:00"]
    given = [None, True, 2**70, 2**62, 0.5, float("nan"), "x", "eA==", "\ud800", [], {}, *times]
    taken = []
    for value in given:
        with suppress(ValueError, TypeError, OverflowError):
            taken.append(table.row([1, value]))

    assert 2 <= len(taken) <= 6 < len(given)
    assert [table.row(json.loads(table.line(row))) for row in taken] == taken


@pytest.mark.parametrize("content", [b"", b"text", gzip.compress(b"{}\n", mtime=0), gzip.compress(b"x", mtime=0)])
def test_what_is_no_backup_is_called_so(tmp_path: Path, content: bytes):
    (tmp_path / "other").write_bytes(content)

    with pytest.raises(Obstacle, match="no backup that can be used"):
        BackupFile(tmp_path / "other")


@ON_SQLITE
def test_off_a_terminal_a_line_says_every_so_often_how_far_it_is(app, database_url, tmp_path, monkeypatch):
    fill_all_tables(database_url)
    monkeypatch.setattr(progress, "EVERY", 0)

    result = run(app, "backup", tmp_path / "backup")

    rows = sum(map(len, everything(database_url).values()))
    assert f"1 of {rows}\n" in result.output
    assert f"{rows} of {rows}\n" in result.output
