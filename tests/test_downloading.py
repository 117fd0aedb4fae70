"""Taking a snippet away: names that are safe on every system, and a zip that every program opens."""

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows play no part here

NOT_INDEXED = ("/raw", "/raw/1", "/files/1", "/download/1", "/zip")


def share(client: FlaskClient, *names: str, code: str = "x = 1\n", **fields: str) -> str:
    data = {"code": [code] * len(names), "name": list(names), **fields}
    return client.post("/", data=data).location


def opened(client: FlaskClient, page: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(client.get(f"{page}/zip").data))


NAMES = {
    "main.py": 'filename="main.py"',
    "src/lib/main.py": 'filename="main.py"',
    "..\\..\\boot.ini": 'filename="boot.ini"',
    'say "hi".py': 'filename="say _hi_.py"',
    "100%.py": "filename=\"100_.py\"; filename*=UTF-8''100%25.py",
    "Größe.py": "filename=\"Groe.py\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.py",
    "日本.py": "filename=\"file.py\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.py",
    "evil\u202eyp.exe": 'filename="evilyp.exe"',
    "con.py": 'filename="_con.py"',
}


def test_a_file_is_saved_under_the_last_part_of_its_name(client: FlaskClient):
    page = client.post(
        "/", data={"code": ["x = 1\n"] * len(NAMES), "name": list(NAMES), "language": ["python"] * len(NAMES)}
    ).location

    for number, header in enumerate(NAMES.values(), start=1):
        answer = client.get(f"{page}/download/{number}")
        assert answer.headers["Content-Disposition"] == f"attachment; {header.format(id=page[1:])}"
        assert answer.data == b"x = 1\n"
        assert answer.content_type == "text/plain; charset=utf-8"


def test_files_without_a_name_get_one_by_snippet_place_and_language(client: FlaskClient):
    page = client.post("/", data={"code": ["x", "y"], "name": ["", ""], "language": ["python", "text"]}).location

    said = [client.get(f"{page}/download/{at}").headers["Content-Disposition"] for at in (1, 2)]

    assert said == [f'attachment; filename="{page[1:]}.py"', f'attachment; filename="{page[1:]}-2.txt"']
    assert opened(client, page).namelist() == ["file-1.py", "file-2.txt"]


def test_a_zip_holds_every_file_in_its_folder(client: FlaskClient):
    page = share(client, "src/main.py", "src/größe.py", "README.md", title="My tools")

    answer = client.get(f"{page}/zip")
    archive = opened(client, page)

    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="My tools.zip"'
    assert archive.testzip() is None
    assert archive.namelist() == ["src/main.py", "src/größe.py", "README.md"]
    assert archive.read("src/größe.py") == b"x = 1\n"
    assert bool(archive.getinfo("src/größe.py").flag_bits & 0x800)
    assert client.get(f"{page}/zip").data == answer.data


PYTHON = [sys.executable, "-m", "zipfile", "-e", "all.zip", "."]
OTHERS = [command for command in (["unzip", "-q", "all.zip"], ["jar", "xf", "all.zip"]) if shutil.which(command[0])]


@pytest.mark.parametrize("command", [PYTHON, *OTHERS], ids=lambda command: Path(command[0]).name)
def test_other_programs_open_the_zip(client: FlaskClient, tmp_path: Path, command: list[str]):
    page = share(client, "src/main.py", "größe.py", "empty//x")
    (tmp_path / "all.zip").write_bytes(client.get(f"{page}/zip").data)

    subprocess.run(command, cwd=tmp_path, check=True, timeout=20, env={**os.environ, "LC_ALL": "C.UTF-8"})

    assert (tmp_path / "src/main.py").read_text() == "x = 1\n"
    assert (tmp_path / "größe.py").exists()
    assert (tmp_path / "empty/x").exists()


def test_what_is_a_copy_of_a_public_page_is_not_for_search_engines(client: FlaskClient):
    page = share(client, "a.py", visibility="public")

    assert "X-Robots-Tag" not in client.get(page).headers
    assert [client.get(page + path).headers["X-Robots-Tag"] for path in NOT_INDEXED] == ["noindex"] * len(NOT_INDEXED)


def test_what_is_closed_stays_closed_in_a_download(app, client: FlaskClient):
    stranger = app.test_client()
    private, locked, sealed = (
        share(client, "a.py", **terms) for terms in ({"visibility": "private"}, {"password": "secret"}, {"burn": "on"})
    )

    for path in ("download/1", "zip"):
        assert [stranger.get(f"{page}/{path}").status_code for page in (private, locked, sealed)] == [404, 403, 403]
        assert client.get(f"{private}/{path}").headers["Cache-Control"] == "no-store"
        assert client.get(f"{sealed}/{path}").status_code == 403


def test_robots_are_told_what_to_leave_alone(client: FlaskClient):
    answer = client.get("/robots.txt")

    assert answer.content_type == "text/plain; charset=utf-8"
    assert {"Disallow: /rq", "Disallow: /ops", "Disallow: /*/raw", "Disallow: /*/embed"} <= set(
        answer.text.splitlines()
    )
    assert "Disallow: /\n" not in answer.text
