"""The command line and the site together."""

import json
import re
import sys

import pytest

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _here(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SNIP_URL", url)
    monkeypatch.setattr("snip.pasting.SOON", 0)


@pytest.mark.drill
def test_a_snippet_from_paste_to_delete(snip, url: str, work, monkeypatch):
    snip.write("dir/a.py", "if old:\n    pass\n")
    snip.write("dir/deep/b.txt", "b\x1b[31m")

    page = snip("dir", "-t", "Title", "--tag", "web", "-e", "1d", "--public").stdout.strip()
    assert re.fullmatch(rf"{url}/[\w-]{{11}}", page)
    assert snip("get", page, "-f", "dir/a.py").stdout == "if old:\n    pass\n"
    assert snip("search", "title", "tag:web").stdout.endswith("\tpublic\tTitle\n")
    assert snip("mine").stdout == snip("search", "old").stdout

    work()
    assert snip("show", page, "--color", "always").stdout.splitlines()[1] == "\x1b[94mif\x1b[0m old:"
    assert "b␛[31m" in snip("show", page).stdout

    editor = snip.write("edit.py", "import sys; open(sys.argv[1], 'w').write('new')")
    monkeypatch.setenv("EDITOR", f"{sys.executable} {editor}")
    assert snip("edit", page).stdout.strip() == page
    assert snip("get", page, "-o", "out").exit_code == 0
    assert (snip.folder / "out/dir/a.py").read_text() == "new"
    assert json.loads(snip("get", page, "--json").stdout)["revision"] == 2

    assert snip("delete", "--yes", page).exit_code == 0
    assert snip("get", page).exit_code == 4
    assert snip("mine").stdout == ""


@pytest.mark.drill
def test_what_is_private_or_protected_or_read_once(snip, monkeypatch):
    private = snip("--private", stdin="mine").stdout.strip()
    monkeypatch.setenv("SNIP_PASSWORD", "sesame")
    protected = snip("--password", stdin="hidden").stdout.strip()
    monkeypatch.delenv("SNIP_PASSWORD")
    once = snip("--burn", stdin="once").stdout.strip()
    assert snip("get", private).stdout == "mine"

    monkeypatch.setenv("SNIP_TOKEN", "somebody-else-altogether")
    assert snip("get", private).exit_code == 4
    monkeypatch.setattr("snip.reading.can_ask", lambda: True)
    assert snip("get", protected, stdin="sesame\n").stdout == "hidden"
    assert snip("get", once).exit_code == 1
    assert snip("get", once, "--burn").stdout == "once"
    assert snip("get", once, "--burn").exit_code == 4
    assert snip("edit", protected, stdin="sesame\n").exit_code == 1
    assert snip("delete", "--yes", protected).exit_code == 1


@pytest.mark.drill
def test_what_the_site_refuses_is_said_in_its_own_words(snip):
    expiry = snip("-e", "2 days", stdin="x")
    assert (expiry.exit_code, "expire" in expiry.stderr) == (1, True)
    assert "not a language known here" in snip("-l", "klingon", stdin="x").stderr
    assert "the site takes 1,048,576 bytes" in snip(stdin="x" * 1_100_000).stderr


@pytest.mark.drill
def test_waiting_without_a_worker_shows_the_plain_text(snip, monkeypatch):
    monkeypatch.setattr("snip.showing.PATIENCE", 0.5)

    lines = snip("--wait", stdin="if x\n").stderr.splitlines()

    assert lines == ["No colours for file 1 yet: they will be at its address.", "if x"]
