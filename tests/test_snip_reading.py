"""Reading and saving from the command line."""

import json
from pathlib import Path

import pytest


def test_the_text_comes_back_byte_for_byte(snip, snip_site):
    code = "é\x1b[31m\ttab, no line end"

    for reference in (key := snip_site.holds(code), f"{snip_site.url}/{key}#L1", f"{snip_site.url}/{key}/raw"):
        assert snip("get", reference).stdout_bytes == code.encode()


def test_a_file_is_chosen_by_number_or_name(snip, snip_site):
    key = snip_site.holds("", files=[{"code": "one", "name": "a.py"}, {"code": "two", "name": "b.py"}])

    assert snip("get", key).stdout == "onetwo"
    assert snip("get", key, "-f", "2").stdout == "two"
    assert snip("get", key, "-f", "a.py").stdout == "one"
    assert "1 a.py, 2 b.py" in snip("get", key, "-f", "c").stderr


def test_files_are_saved_within_the_folder_whatever_their_names_say(snip, snip_site):
    names = ["/etc/passwd", "../../up.py", "a/b.py", "A/B.py", "c:\\d\\e.py", None, ".git/config", "a", "\u202egnp.exe"]
    key = snip_site.holds("", files=[{"code": str(at), "name": name} for at, name in enumerate(names)])

    assert snip("get", key, "-o", "out").exit_code == 0

    saved = {str(path.relative_to("out")): path.read_text() for path in Path("out").rglob("*") if path.is_file()}
    assert saved == {
        "etc/passwd": "0",
        "up.py": "1",
        "a/b.py": "2",
        "2-A/B.py": "3",
        "c_/d/e.py": "4",
        "file-6.txt": "5",
        "_.git/config": "6",
        "3-a": "7",
        "gnp.exe": "8",
    }


def test_nothing_is_overwritten_or_written_through_a_link(snip, snip_site, tmp_path):
    key = snip_site.holds("", files=[{"code": "new", "name": "a.py"}, {"code": "new", "name": "sub/b.py"}])
    snip.write("a.py", "old")

    refused = snip("get", key, "-o", ".")
    assert (refused.exit_code, Path("a.py").read_text(), Path("sub").exists()) == (2, "old", False)

    (tmp_path / "target").write_text("old")
    Path("a.py").unlink()
    Path("a.py").symlink_to(tmp_path / "target")
    assert snip("get", key, "-o", ".", "--force").exit_code == 0
    assert ((tmp_path / "target").read_text(), Path("a.py").read_text()) == ("old", "new")

    (tmp_path / "outside").mkdir()
    Path("out").mkdir()
    Path("out/sub").symlink_to(tmp_path / "outside")
    assert "leads out of" in snip("get", key, "-o", "out", "--force").stderr
    assert list((tmp_path / "outside").iterdir()) == []


def test_what_can_be_read_once_is_read_by_asking_for_it(snip, snip_site):
    key = snip_site.holds("once", burn=True)
    snip.write("full/a.py", "in the way")

    assert snip("get", key).exit_code == 1
    assert "is not empty" in snip("get", key, "--burn", "-o", "full").stderr
    assert "goes without --file" in snip("get", key, "--burn", "-f", "2").stderr
    assert snip("get", key, "--burn").stdout == "once"
    assert snip("get", key, "--burn").exit_code == 4


def test_what_was_read_once_and_cannot_be_saved_is_printed(snip, snip_site):
    snip.write("file", "")

    result = snip("get", snip_site.holds("once", burn=True), "--burn", "-o", "file/folder")

    assert (result.exit_code, result.stdout) == (2, "once")


def test_a_password_is_taken_from_the_environment_or_asked_for(snip, snip_site, monkeypatch):
    key = snip_site.holds("hidden", password="sesame")
    monkeypatch.setattr("snip.reading.can_ask", lambda: True)

    asked = snip("get", key, stdin="sesame\n")
    assert asked.stdout == "hidden"
    assert "sesame" not in asked.output

    monkeypatch.setenv("SNIP_PASSWORD", "sesame")
    assert snip("get", key).stdout == "hidden"
    monkeypatch.setenv("SNIP_PASSWORD", "wrong")
    assert snip("get", key).exit_code == 1


@pytest.mark.parametrize("password", ["pässwört", "密", " two words ", "UTF-8''%41", "a\nb"])
def test_a_password_may_hold_any_characters(snip, snip_site, monkeypatch, password: str):
    key = snip_site.holds("hidden", password=password)
    monkeypatch.setenv("SNIP_PASSWORD", password)

    assert snip("get", key).stdout == "hidden"


@pytest.mark.parametrize("reference", ["short", "https://paste.example/", "ftp://paste.example/AAAAAAAAAAA"])
def test_what_names_no_snippet_is_said(snip, reference: str):
    assert snip("get", reference).exit_code == 2


def test_json_is_the_whole_snippet(snip, snip_site):
    assert json.loads(snip("get", snip_site.holds("x"), "--json").stdout)["files"][0]["code"] == "x"


def test_a_snippet_is_shown_in_colours_that_its_own_text_cannot_make(snip, snip_site):
    key = snip_site.holds("if \x1b[2J\x9b1m\r\u202e\n")

    assert snip("show", key).stdout == "if ␛[2J<U+009B>1m␍<U+202E>\n"
    assert snip("show", key, "--color", "always").stdout == "\x1b[94mif\x1b[0m ␛[2J<U+009B>1m␍<U+202E>\n"


def test_waiting_for_colours_ends_plainly(snip, snip_site, monkeypatch):
    monkeypatch.setattr("snip.showing.PATIENCE", 0.25)
    snip_site.pending = 99

    result = snip("show", snip_site.holds("if x"), "--color", "always")

    assert (result.exit_code, result.stdout) == (0, "if x\n")
    assert result.stderr == "No colours for file 1 yet: they will be at its address.\n"
