"""Editing, listing, finding and deleting from the command line."""

import json
import sys
from pathlib import Path

import pytest

EDITOR = """
import pathlib, sys
for path in map(pathlib.Path, sys.argv[1:]):
    path.write_text(path.read_text().replace("old", "new"))
"""


@pytest.fixture
def editor(snip, monkeypatch):
    monkeypatch.setenv("EDITOR", f"{sys.executable} {snip.write('../editor.py', EDITOR)}")


def mine(snip, snip_site, code: str = "x = 'old'\n", **fields) -> str:
    """Return the id of a snippet that is ours."""
    snip(stdin="first")
    return snip_site.holds(code, owner=snip_site.secret, **fields)


def test_an_edit_is_sent_as_a_change_of_the_revision_it_was_made_from(snip, snip_site, editor):
    key = mine(snip, snip_site, files=[{"code": "old", "name": "a.py", "language": "python"}])

    result = snip("edit", key)

    assert result.stdout == f"{snip_site.url}/{key}\n"
    assert snip_site.asked[-1].json == {
        "revision": 1,
        "files": [{"code": "new", "name": "a.py", "language": "python"}],
    }


def test_an_edit_that_changes_nothing_sends_nothing(snip, snip_site, editor):
    key = mine(snip, snip_site, "nothing to change")

    assert "Nothing was changed" in snip("edit", key).stderr
    assert snip_site.snippets[key]["revision"] == 1


def test_an_edit_that_comes_too_late_keeps_the_files_and_says_where(snip, snip_site, monkeypatch):
    key = mine(snip, snip_site)
    meddle = "from pathlib import Path; import sys; Path(sys.argv[1]).write_text('mine')"
    monkeypatch.setenv("VISUAL", f'{sys.executable} -c "{meddle}"')
    monkeypatch.setattr("snip.editing.read", lambda api, key: {**snip_site._seen(key), "is_owner": True, "revision": 0})

    result = snip("edit", key)

    assert result.exit_code == 1
    kept = Path(result.stderr.splitlines()[0].removeprefix("Your files are kept in "))
    assert [path.read_text() for path in kept.iterdir()] == ["mine"]
    assert kept.stat().st_mode & 0o077 == 0


def test_an_editor_that_fails_sends_nothing(snip, snip_site, monkeypatch):
    key = mine(snip, snip_site)

    for editor in ("false", "no-such-editor"):
        monkeypatch.setenv("EDITOR", editor)
        result = snip("edit", key)
        assert (result.exit_code, "kept" in result.stderr) == (2, False)
    assert snip_site.snippets[key]["revision"] == 1


def test_somebody_elses_snippet_is_not_edited(snip, snip_site, editor):
    assert "is not yours" in snip("edit", snip_site.holds("old")).stderr


def test_what_is_mine_is_listed_page_by_page(snip, snip_site, monkeypatch):
    monkeypatch.setattr("snip.listing.PAGE", 2)
    assert snip("mine").stdout == ""
    keys = [mine(snip, snip_site, title="Tab\there \x1b") for _ in range(3)]
    snip_site.holds("somebody else's")

    lines = snip("mine").stdout.splitlines()

    assert lines[0] == f"{snip_site.url}/{keys[-1]}\t2030-01-02 03:04\tunlisted\tTab here ␛"
    assert len(lines) == 6
    assert len(json.loads(snip("mine", "--json", "--limit", "3").stdout)["snippets"]) == 3


def test_words_are_searched_for(snip, snip_site):
    key = snip_site.holds("if red blue")
    snip_site.holds("if red")

    assert snip("search", "red", "blue").stdout.split()[0] == f"{snip_site.url}/{key}"


def test_deleting_asks_first(snip, snip_site, monkeypatch):
    monkeypatch.setattr("snip.owning.can_ask", lambda: True)
    first, second = mine(snip, snip_site), mine(snip, snip_site)

    snip("delete", first, second, stdin="n\ny\n")

    assert first in snip_site.snippets
    assert second not in snip_site.snippets


def test_deleting_without_a_person_wants_to_be_told_so(snip, snip_site, monkeypatch):
    monkeypatch.setattr("snip.owning.can_ask", lambda: False)
    key, others = mine(snip, snip_site), snip_site.holds("x")

    assert snip("delete", key).exit_code == 2
    assert snip("delete", "--yes", others, key).exit_code == 1
    assert key not in snip_site.snippets
    assert snip("delete", "--yes", key).exit_code == 4


def test_options_for_the_site_may_come_before_the_command(snip, snip_site):
    snip_site.holds("if x")

    assert '"snippets": [' in snip("--site", snip_site.url, "--json", "search", "if").stdout
