"""Pasting from the command line."""

import os
from pathlib import Path

import pytest
from werkzeug import Response


def pasted(snip_site) -> dict:
    return snip_site.asked[-1].json


def test_a_file_is_pasted_and_its_address_alone_is_printed(snip, snip_site):
    snip.write("src/a.py", "x = 1\n")

    result = snip("src/a.py")

    assert result.stdout == f"{snip_site.url}/{next(iter(snip_site.snippets))}\n"
    assert result.stderr == ""
    assert pasted(snip_site) == {"files": [{"code": "x = 1\n", "name": "a.py", "language": None}]}


def test_standard_input_is_pasted_when_nothing_is_named(snip, snip_site):
    snip("-n", "b.rb", stdin="puts 1\n")

    assert pasted(snip_site)["files"] == [{"code": "puts 1\n", "name": "b.rb", "language": None}]


def test_everything_that_can_be_said_of_a_snippet_reaches_the_site(snip, snip_site, monkeypatch):
    monkeypatch.setenv("SNIP_PASSWORD", "open sesame")
    words = ["-t", "Title", "-l", "python", "-e", "1d", "--burn", "--private", "--tag", "a", "--tag", "b", "--password"]

    snip(*words, stdin="x")

    assert pasted(snip_site) == {
        "files": [{"code": "x", "name": None, "language": "python"}],
        "title": "Title",
        "visibility": "private",
        "expires": "1d",
        "burn": True,
        "tags": ["a", "b"],
        "password": "open sesame",
    }


def test_a_password_is_asked_for_twice_and_never_taken_from_the_command_line(snip, snip_site, monkeypatch):
    monkeypatch.setattr("snip.pasting.can_ask", lambda: True)
    snip.write("a.py", "x")

    result = snip("a.py", "--password", stdin="sesame\nsesame\n")

    assert pasted(snip_site)["password"] == "sesame"
    assert "sesame" not in result.output
    assert snip("--password=sesame", "a.py").exit_code == 2


def test_a_folder_keeps_relative_names_and_says_what_is_left_out(snip, snip_site):
    snip.write("dir/b.py", "b")
    snip.write("dir/deep/a.py", "a")
    snip.write("dir/.git/config", "secret")
    snip.write("dir/picture.png", b"\x89PNG\0")
    snip.write("dir/zero", b"a\0b")
    snip.write("dir/empty", "")
    snip.write("dir/large", "x" * 300_000)
    (snip.folder / "dir/link").symlink_to("/etc/passwd")
    (snip.folder / "dir/loop").symlink_to(snip.folder)
    os.mkfifo(snip.folder / "dir/pipe")
    snip_site.max_bytes = 1000

    result = snip("dir/", "-", stdin="from stdin")

    assert [file["name"] for file in pasted(snip_site)["files"]] == ["dir/b.py", "dir/deep/a.py", None]
    assert result.stderr.splitlines() == [
        "Left out: dir/empty is empty.",
        "Left out: dir/large is too large: the site takes 1,000 bytes.",
        "Left out: dir/link is a link or no file.",
        "Left out: dir/loop is a link or no file.",
        "Left out: dir/picture.png is not text in UTF-8: byte 0x89 at offset 0.",
        "Left out: dir/pipe is a link or no file.",
        "Left out: dir/zero is not text: byte 0x00 at offset 1.",
    ]


def test_this_folder_adds_no_name_of_its_own(snip, snip_site):
    snip.write("a.py", "a")

    snip(".")

    assert pasted(snip_site)["files"][0]["name"] == "a.py"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["latin"], "latin is not text in UTF-8: byte 0xe9 at offset 3."),
        (["absent"], "absent cannot be read: No such file or directory."),
        (["-", "-"], "Standard input, “-”, can be read once only."),
        (["folder"], "There is nothing to share."),
        (["-n", "x", "latin", "latin"], "--name is for standard input or a single file."),
    ],
)
def test_what_cannot_be_pasted_is_said_in_one_sentence(snip, snip_site, words: list[str], sentence: str):
    snip.write("latin", b"caf\xe9")
    (snip.folder / "folder").mkdir()

    result = snip(*words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == f"snip: {sentence}"
    assert snip_site.snippets == {}


def test_a_command_may_share_its_name_with_a_file(snip, snip_site):
    snip.write("get", "x")

    assert snip("paste", "get").exit_code == 0
    assert snip("./get").exit_code == 0
    assert [each["files"][0]["name"] for each in snip_site.snippets.values()] == ["get", "get"]


def test_a_site_that_fails_for_a_moment_is_asked_again_with_the_same_key(snip, snip_site, monkeypatch):
    monkeypatch.setattr("snip.api.PAUSES", (0, 0))
    snip_site.instead = [Response("<h1>Bad gateway</h1>", 502), Response("{}", 503)]

    assert snip(stdin="x").exit_code == 0
    assert len({request.headers["Idempotency-Key"] for request in snip_site.asked}) == 1
    assert len(snip_site.asked) == 3


@pytest.mark.parametrize(
    ("status", "code"), [(422, 1), (413, 1), (429, 1), (404, 4), (410, 4), (500, 3), (503, 3), (302, 3), (200, 3)]
)
def test_the_exit_code_says_what_kind_of_no_it_was(snip, snip_site, monkeypatch, status: int, code: int):
    monkeypatch.setattr("snip.api.PAUSES", (0, 0))
    text = "<p>a hotel's page</p>" if status == 200 else '{"detail": "No, and \\u001b[31mthis\\u0007 is why."}'
    snip_site.instead = [Response(text, status, {"Location": "https://elsewhere.example/"}) for _ in range(3)]

    result = snip(stdin="x")

    assert (result.exit_code, result.stdout) == (code, "")
    assert ("No, and ␛[31mthis␇ is why." in result.stderr) == (status not in (200, 302))


def test_a_site_that_is_not_there_has_an_exit_code_of_its_own(snip, monkeypatch):
    monkeypatch.setattr("snip.api.PAUSES", (0, 0))

    result = snip("--site", "http://127.0.0.1:1", stdin="x")

    assert result.exit_code == 3
    assert "cannot be reached" in result.stderr


def test_the_page_is_opened_in_a_browser(snip, snip_site, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)

    assert [snip("--open", stdin="x").stdout.strip()] == opened


def test_json_is_what_the_api_answers_without_any_secret(snip, snip_site):
    snip_site.instead = [Response('{"url": "http://x/", "title": "\\u009b", "token": "hidden"}', 201)]

    assert snip("--json", stdin="x").stdout == '{\n  "url": "http://x/",\n  "title": "\\u009b"\n}\n'


def test_waiting_shows_the_text_beside_the_address(snip, snip_site):
    snip_site.pending = 2

    result = snip("--wait", stdin="if x\x1b]0;owned\x07")

    assert result.stdout.startswith(snip_site.url)
    assert result.stderr == "if x␛]0;owned␇\n"
    assert snip_site.pending == 0


def test_a_program_without_a_person_is_told_where_to_put_a_password(snip, snip_site, monkeypatch):
    monkeypatch.setattr("snip.pasting.can_ask", lambda: False)

    assert "SNIP_PASSWORD" in snip("--password", stdin="x").stderr


def test_the_commands_are_listed_for_a_person_who_says_nothing(snip, monkeypatch):
    monkeypatch.setattr("snip.command_line.is_terminal", lambda stream: True)

    assert "Commands:" in snip().output


def test_a_named_pipe_may_be_pasted_by_name(snip, snip_site):
    reader, writer = os.pipe()
    os.write(writer, b"x")
    os.close(writer)

    assert snip(str(Path(f"/dev/fd/{reader}"))).exit_code == 0
    os.close(reader)


def test_more_than_the_site_takes_is_not_even_sent(snip, snip_site):
    for name in "abc":
        snip.write(name, name * 200_000)
    snip_site.max_bytes = 500_000

    assert "600,000 bytes in 3 files: the site takes 500,000." in snip("a", "b", "c").stderr
    assert len(snip_site.asked) == 1


def test_whoever_interrupts_gets_the_code_of_that(snip, snip_site, monkeypatch):
    def interrupted(*_) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("snip.api.Api.create", interrupted)

    assert snip(stdin="x").exit_code == 130
