"""Snippets leave the site as plain files and come back whole, and no export leads or bursts out of its place."""

import json
import os
import stat
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue
from sqlalchemy import select, update

from snippets import exporting
from snippets.audit import By
from snippets.database import Sessions
from snippets.models import File, Snippet, hash_secret, now
from snippets.moderation import take_down

from filling import run

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BOTH = pytest.mark.parametrize("target", ["export.zip", "folder"])
SECRET = "a-secret-of-the-owner"
OWNER = {"Authorization": f"Bearer {SECRET}"}
ID = "abcdefghijk"


def share(client: FlaskClient, files: dict[str, str], **terms: Any) -> str:
    body = {"files": [{"name": name, "code": code} for name, code in files.items()], **terms}
    answer = client.post("/api/v1/snippets", json=body, headers=OWNER)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def edit(client: FlaskClient, snippet_id: str, files: dict[str, str]) -> None:
    body = {"files": [{"name": name, "code": code} for name, code in files.items()]}
    etag = client.get(f"/api/v1/snippets/{snippet_id}", headers=OWNER).headers["ETag"]
    answer = client.patch(f"/api/v1/snippets/{snippet_id}", json=body, headers={**OWNER, "If-Match": etag})
    assert answer.status_code == 200, answer.text


def all_of(app: Flask) -> dict[str, Any]:
    """Return what an export promises to keep of every snippet of a site, by its id."""
    with app.extensions["snippets"].sessions() as session:
        return {
            each.id: (
                each.title,
                each.tags,
                each.visibility,
                each.created_at,
                each.updated_at,
                each.expires_at,
                each.revision,
                [
                    (
                        file.revision,
                        file.position,
                        file.name,
                        file.language,
                        file.code,
                        file.position == 1 and file.created_at,
                    )
                    for file in session.scalars(
                        select(File).where(File.snippet_id == each.id).order_by(File.revision, File.position)
                    )
                ],
            )
            for each in session.scalars(select(Snippet))
        }


@pytest.fixture
def other(site_on: Callable[..., Flask], app: Flask, tmp_path: Path) -> Flask:
    """Another site, which holds nothing."""
    made = site_on("sqlite")
    assert run(app, "move", made.extensions["snippets"].settings.database_url).exit_code == 0
    return made


@BOTH
def test_what_left_one_site_is_the_same_on_another(
    other: Flask, app: Flask, client: FlaskClient, tmp_path: Path, target: str
):
    files = {"src/ä b.py": "x = 1\n", "SRC/Ä B.py": "y = 2", "LICENSE": "\ufeffodd\u2028text\t\x01\n\n"}
    page = share(client, files, title="Title “x”", tags=["web", "c++"], visibility="public", expires="1y")
    edit(client, page, {"src/ä b.py": "x = 3\n", "snippet.json": "{}"})
    edit(client, page, {"main.c": "int main;\n"})
    share(client, {"p.txt": "for me alone"}, visibility="private")

    exported = run(app, "export", "--all", tmp_path / target)
    imported = run(other, "import", "--owner", SECRET, tmp_path / target)

    assert exported.exit_code == 0, exported.output
    assert imported.exit_code == 0, imported.output
    assert all_of(other) == all_of(app)
    assert len(all_of(app)[page][-1]) == 6
    there = other.test_client()
    assert f"/{page}" in there.get("/search?q=main").text
    edit(there, page, {"main.c": "int edited;\n"})


@ON_SQLITE
def test_a_person_takes_his_own_snippets_and_nobody_elses(app: Flask, client: FlaskClient, tmp_path: Path):
    mine = share(client, {"a": "mine"})
    client.post("/", data={"code": "somebody else's"})

    for number, key in enumerate([SECRET, hash_secret(SECRET)]):
        run(app, "export", "--owner", key, tmp_path / f"export{number}")
        assert [each.name for each in (tmp_path / f"export{number}").iterdir()] == [mine]


@ON_SQLITE
@BOTH
def test_what_is_sealed_expired_or_taken_down_stays_and_a_locked_one_comes_back_private(
    other: Flask, app: Flask, client: FlaskClient, sessions: Sessions, tmp_path: Path, target: str
):
    locked = share(client, {"a": "locked"}, password="open sesame", visibility="public")
    share(client, {"a": "burn"}, burn=True)
    expired, taken = share(client, {"a": "expired"}), share(client, {"a": "taken"})
    with sessions.begin() as session:
        session.execute(update(Snippet).where(Snippet.id == expired).values(expires_at=now() - timedelta(hours=1)))
        take_down(session, taken, By("operator"))

    result = run(app, "export", "--all", tmp_path / target)
    run(other, "import", tmp_path / target)

    assert "1 snippet exported" in result.output
    assert "1 snippet left out that may be read once only" in result.output
    assert {page: terms[2] for page, terms in all_of(other).items()} == {locked: "private"}


@ON_SQLITE
@BOTH
def test_no_secret_leaves_the_site_and_nobody_else_may_read_what_does(
    app: Flask, client: FlaskClient, sessions: Sessions, tmp_path: Path, target: str
):
    share(client, {"a": "locked"}, password="open sesame")

    run(app, "export", "--all", tmp_path / target)

    path = tmp_path / target
    if path.is_dir():
        text = "".join(each.read_text() for each in path.rglob("*") if each.is_file())
    else:
        with zipfile.ZipFile(path) as archive:
            text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "locked" in text
    assert not any(secret in text for secret in (hash_secret(SECRET), SECRET, "argon2", "sesame"))
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


@ON_SQLITE
@BOTH
def test_a_second_import_changes_nothing_and_brings_nothing_back_that_was_deleted(
    other: Flask, app: Flask, client: FlaskClient, tmp_path: Path, target: str
):
    pages = [share(client, {"a": f"{number}"}) for number in range(3)]
    run(app, "export", "--all", tmp_path / target)
    run(other, "import", "--owner", SECRET, tmp_path / target)
    there = other.test_client()
    edit(there, pages[0], {"a": "edited since"})
    assert there.delete(f"/api/v1/snippets/{pages[1]}", headers=OWNER).status_code == 204
    before = all_of(other)

    result = run(other, "import", "--owner", SECRET, tmp_path / target)

    assert "2 there already; 1 deleted or expired here, and not brought back" in result.output
    assert all_of(other) == before


@ON_SQLITE
def test_imported_files_get_their_colours_but_wait_behind_who_pastes(
    other: Flask, app: Flask, client: FlaskClient, tmp_path: Path, redis: Redis
):
    for number in range(30):
        share(client, {"a.py": f"x = {number}"})
    run(app, "export", "--all", tmp_path / "folder")
    redis.flushall()

    run(other, "import", tmp_path / "folder")

    assert 0 < len(Queue("snippets", connection=redis).job_ids) <= 20


@ON_SQLITE
def test_an_interrupted_export_to_a_folder_goes_on_and_leaves_no_half_snippet(
    app: Flask, client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for number in range(3):
        share(client, {"a": f"{number}", "b": "b"})
    real, written = exporting._members, []

    def dying(session, leaving):
        for member in real(session, leaving):
            if len(written) == 4:
                raise SystemExit(137)
            written.append(member[0])
            yield member

    with monkeypatch.context() as patch:
        patch.setattr(exporting, "_members", dying)
        run(app, "export", "--all", tmp_path / "folder")
    first = next(each for each in sorted((tmp_path / "folder").iterdir()) if "." not in each.name)
    before = first.stat().st_ino

    assert run(app, "export", "--all", tmp_path / "folder").exit_code == 0

    assert first.stat().st_ino == before
    assert sorted(each.name for each in (tmp_path / "folder").iterdir()) == sorted(all_of(app))


@ON_SQLITE
def test_an_export_that_goes_on_leaves_nothing_of_a_snippet_that_has_gone_meanwhile(app, client, tmp_path: Path):
    share(client, {"a": "1"})
    target = tmp_path / "folder"
    (target / "AAAAAAAAAAA.partial" / "files").mkdir(parents=True)
    (target / "AAAAAAAAAAA.partial" / "files" / "a").write_text("what was deleted")
    (target / "notes.partial").mkdir()

    assert run(app, "export", "--all", target).exit_code == 0

    assert sorted(each.name for each in target.iterdir()) == sorted([*all_of(app), "notes.partial"])


@ON_SQLITE
@pytest.mark.parametrize(
    "name",
    ["../../up", "/etc/passwd", "C:\\Windows\\x", "..", "a/../../b", "con", "x" * 250, "\u202egpj.py", "a\\..\\b"],
)
def test_no_name_of_a_file_leads_out_of_an_export(
    app: Flask, client: FlaskClient, sessions: Sessions, tmp_path: Path, name: str
):
    page = share(client, {"a": "text"})
    with sessions.begin() as session:
        session.execute(update(File).values(name=name))

    assert run(app, "export", "--all", tmp_path / "here" / "export.zip").exit_code == 1  # there is no such folder
    assert run(app, "export", "--all", tmp_path / "folder").exit_code == 0

    files = [each for each in tmp_path.rglob("*") if each.is_file() and "snippets.db" not in each.name]
    assert all(each.is_relative_to(tmp_path / "folder" / page) for each in files)
    assert [each.read_text() for each in files if each.name != "snippet.json"] == ["text"]
    assert (
        json.loads((tmp_path / "folder" / page / "snippet.json").read_text())["revisions"][0]["files"][0]["name"]
        == name
    )


def document(**changes: Any) -> dict[str, Any]:
    at = "2026-01-01T00:00:00Z"
    file = {"path": "files/a.py", "name": "a.py", "language": "python"}
    made = {"id": ID, "title": None, "tags": [], "visibility": "public", "password": False, "created_at": at}
    made |= {"format": "snippets export", "version": 1, "updated_at": at, "expires_at": None}
    return made | {"revisions": [{"created_at": at, "files": [file]}]} | changes


def at(path: str) -> dict[str, Any]:
    made = document()
    made["revisions"][0]["files"][0]["path"] = path
    return made


def write(folder: Path, told: Any, code: bytes = b"x = 1\n") -> Path:
    (folder / ID / "files").mkdir(parents=True)
    (folder / ID / "files" / "a.py").write_bytes(code)
    (folder / ID / "snippet.json").write_text(told if isinstance(told, str) else json.dumps(told))
    return folder


def zip_of(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in folder.rglob("*"):
            if each.is_file() and not each.is_symlink():
                archive.write(each, each.relative_to(folder).as_posix())
    return target


@pytest.mark.drill
@ON_SQLITE
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("told", "code", "says"),
    [
        (at("../../../etc/passwd"), b"x", "leads out"),
        (at("/etc/passwd"), b"x", "leads out"),
        (at("files/../../other"), b"x", "leads out"),
        (at("C:/x"), b"x", "leads out"),
        (at("files\\a.py"), b"x", "leads out"),
        (at("files//a.py"), b"x", "leads out"),
        (at("files/none"), b"x", "files/none"),
        (at("snippet.json/x"), b"x", "snippet.json/x"),
        (document(), b"x" * (2**20 + 1), "more than 1,048,576 bytes"),
        (document(), b"\xff\xfe", "is not UTF-8"),
        (document(), b"a\x00b", "NUL"),
        (document(), b"", "nothing to share"),
        (document(id="kjihgfedcba"), b"x", "of another snippet"),
        (document(id="../../../x"), b"x", "id"),
        (document(visibility="secret"), b"x", "visibility"),
        (document(revisions=[]), b"x", "revisions"),
        (document(version=2), b"x", "version"),
        (document(revisions=document()["revisions"] * 2), b"x", "one path for several files"),
        (document(tags=["…"]), b"x", "tag"),
        (document(expires_at="2026-01-02T00:00:00Z"), b"x", "expired already"),
        (document(revisions=document()["revisions"] * 3000 + [{}]), b"x", "revisions"),
        ("[" * 100_000, b"x", "not as it should be"),
        ("not JSON", b"x", "not as it should be"),
    ],
    ids=lambda told: str(told)[-50:],  # they differ in their ends
)
def test_what_an_export_should_not_hold_is_refused_with_its_reason(
    app: Flask, tmp_path: Path, packed: bool, told: Any, code: bytes, says: str
):
    folder = write(tmp_path / "folder", told, code)
    given = zip_of(folder, tmp_path / "export.zip") if packed else folder

    result = run(app, "import", given)

    assert result.exit_code == 1, result.output
    assert says in result.output
    assert all_of(app) == {}


@ON_SQLITE
@pytest.mark.parametrize("where", ["file", "folder"])
def test_a_link_in_a_folder_is_not_followed(app: Flask, tmp_path: Path, where: str):
    folder = write(tmp_path / "folder", document())
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.py").write_text("secret")
    (folder / ID / "files" / "a.py").unlink()
    if where == "file":
        (folder / ID / "files" / "a.py").symlink_to(tmp_path / "secret" / "a.py")
    else:
        (folder / ID / "files").rmdir()
        (folder / ID / "files").symlink_to(tmp_path / "secret")

    result = run(app, "import", folder)

    assert (result.exit_code, all_of(app)) == (1, {})


@ON_SQLITE
def test_a_pipe_in_a_folder_is_not_waited_for(app: Flask, tmp_path: Path):
    folder = write(tmp_path / "folder", document())
    (folder / ID / "files" / "a.py").unlink()
    os.mkfifo(folder / ID / "files" / "a.py")

    assert "is no file" in run(app, "import", folder).output


def _a_link(entry: zipfile.ZipInfo) -> None:
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16


def _bzip2(entry: zipfile.ZipInfo) -> None:
    entry.compress_type = zipfile.ZIP_BZIP2


@ON_SQLITE
@pytest.mark.parametrize("change", [_a_link, _bzip2])
def test_an_entry_of_a_zip_that_is_no_plain_file_is_refused(app: Flask, tmp_path: Path, change: Callable):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr(f"{ID}/snippet.json", json.dumps(document()))
        entry = zipfile.ZipInfo(f"{ID}/files/a.py")
        change(entry)
        archive.writestr(entry, "/etc/passwd")

    result = run(app, "import", tmp_path / "export.zip")

    assert (result.exit_code, "is a link" in result.output, all_of(app)) == (1, True, {})


@ON_SQLITE
def test_a_zip_that_lies_about_its_sizes_is_read_no_further_than_a_snippet_may_be(app: Flask, tmp_path: Path):
    folder = write(tmp_path / "folder", document(), b"0" * 50 * 2**20)
    path = zip_of(folder, tmp_path / "export.zip")
    data = path.read_bytes().replace((50 * 2**20).to_bytes(4, "little"), (5).to_bytes(4, "little"))
    path.write_bytes(data)

    result = run(app, "import", path)

    assert result.exit_code == 1
    assert all_of(app) == {}


@ON_SQLITE
def test_one_that_is_refused_keeps_no_other_from_being_taken(app: Flask, tmp_path: Path):
    folder = write(tmp_path / "folder", document())
    (folder / "AAAAAAAAAAA").mkdir()

    result = run(app, "import", folder)

    assert (result.exit_code, list(all_of(app))) == (1, [ID])
    assert "1 imported; 1 refused" in result.output


@ON_SQLITE
def test_what_was_taken_down_does_not_come_back_by_an_import(app: Flask, client, sessions, tmp_path: Path):
    page = client.post("/", data={"code": "x = 1"}).location[1:]
    with sessions.begin() as session:
        take_down(session, page, By("operator"))

    result = run(app, "import", write(tmp_path / "folder", document()))

    assert "has taken down just this" in result.output


@ON_SQLITE
def test_what_was_taken_down_does_not_come_back_as_what_a_snippet_was_before(app, client, sessions, tmp_path: Path):
    page = client.post("/", data={"code": "x = 0"}).location[1:]
    with sessions.begin() as session:
        take_down(session, page, By("operator"))
    earlier = {"created_at": "2026-01-01T00:00:00Z", "files": [{"path": "b", "name": "a.py", "language": "python"}]}
    folder = write(tmp_path / "folder", document(revisions=[earlier, *document()["revisions"]]))
    (folder / ID / "b").write_text("x = 0")

    result = run(app, "import", folder)

    assert "has taken down just this" in result.output
    assert client.get(f"/{ID}").status_code == 404


@ON_SQLITE
def test_nothing_in_an_export_reaches_the_terminal_of_the_operator(app: Flask, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)  # as on a terminal

    result = run(app, "import", write(tmp_path / "folder", at("files/\x1b]0;mine\x07\x1b[2J\nbbbbbbbbbbb: imported")))

    assert "mine" in result.output
    assert not set(result.output) & {"\x1b", "\x07"}
    assert "\nbbbbbbbbbbb" not in result.output


@ON_SQLITE
def test_whose_snippets_must_be_said(app: Flask, tmp_path: Path):
    assert "--owner KEY, or --all" in run(app, "export", tmp_path / "x").output
    assert "an owner's secret" in run(app, "export", "--owner", "short", tmp_path / "x").output


@ON_SQLITE
def test_what_is_neither_folder_nor_zip_is_called_so(app: Flask, tmp_path: Path):
    (tmp_path / "x").write_text("text")

    assert "neither a folder nor a zip" in run(app, "import", tmp_path / "x").output
    assert "neither a folder nor a zip" in run(app, "import", tmp_path / "none").output


@ON_SQLITE
def test_the_audit_trail_tells_of_what_left_and_what_came(app: Flask, client: FlaskClient, tmp_path: Path):
    share(client, {"a": "text"})

    run(app, "export", "--owner", SECRET, tmp_path / "folder")
    run(app, "import", tmp_path / "folder")

    told = run(app, "audit").output
    assert hash_secret(SECRET) in told
    assert "import" in told
    assert SECRET not in told


@pytest.mark.drill
@ON_SQLITE
@BOTH
def test_neither_export_nor_import_needs_memory_for_the_site(
    other: Flask, app: Flask, sessions: Sessions, tmp_path: Path, target: str
):
    size, number = 2**17, 160
    with sessions.begin() as session:
        for each in range(number):
            file = File(position=1, language="text", code=f"{each:04}\n" * (size // 5))
            session.add(Snippet(files=[file]))
    tracemalloc.start()

    exported = run(app, "export", "--all", tmp_path / target)
    imported = run(other, "import", tmp_path / target)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (exported.exit_code, imported.exit_code) == (0, 0), exported.output + imported.output
    assert len(all_of(other)) == number
    assert peak < size * number / 2
