"""What is listed: exactly the public snippets that anybody may read, as they are now."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from snippets import colours, listings, saving
from snippets.models import File, Listing, ListingLabel, Snippet, now
from snippets.notes import Note

CODE = "if x < 1:\n    pass\n"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LINKS = "\n".join(f"https://spam.example/{number}" for number in range(11))


def share(client: FlaskClient, **fields) -> str:
    return client.post("/", data={"code": CODE, "name": "a.py", "visibility": "public", **fields}).location


def edit(client: FlaskClient, page: str, revision: int = 1, **fields) -> None:
    fields = {"code": CODE, "name": "a.py", "visibility": "public", "revision": str(revision), **fields}
    assert client.post(f"{page}/edit", data=fields).status_code == 303


def is_listed(client: FlaskClient, page: str) -> bool:
    """Whether the lists show it; each of them must say the same."""
    shown = {f'href="{page}"' in client.get(each).text for each in ("/recent", "/search?q=pass", "/language/python")}
    assert len(shown) == 1
    return shown.pop()


@pytest.mark.parametrize(
    "fields",
    [{"visibility": "unlisted"}, {"visibility": "private"}, {"password": "correct horse"}, {"burn": "on"}],
    ids=lambda fields: next(iter(fields)),
)
def test_only_what_anybody_may_read_is_listed_and_an_edit_changes_that_both_ways(client, fields, sessions):
    page = share(client, **fields)

    assert not is_listed(client, page)
    with sessions() as session:
        assert session.scalars(select(Listing)).all() == []
    edit(client, page, no_password="on")
    assert is_listed(client, page)
    edit(client, page, **fields)
    assert not is_listed(client, page)


@SQLITE
def test_a_listing_follows_the_edits_of_its_snippet_and_keeps_its_place(client, sessions):
    page, later = share(client, tags="web"), share(client, name="later.py")

    edit(client, page, code="fresh = 2\n", name="b.go", title="Renamed", tags="new")

    rows = client.get("/recent").text
    assert rows.index("later.py") < rows.index("Renamed")
    assert "fresh = 2" in rows
    assert [f'href="{page}"' in client.get(path).text for path in ("/tag/web", "/tag/new", "/language/go")] == [
        False,
        True,
        True,
    ]
    assert page not in client.get("/search?q=b.go pass").text
    assert page in client.get("/search?q=b.go renamed").text
    assert is_listed(client, later)
    with sessions() as session:
        assert sorted(session.scalars(select(ListingLabel.label))) == ["language:go", "language:python", "tag:new"]


def test_deleted_and_expired_snippets_are_listed_no_more(client, sessions):
    deleted, expired = share(client), share(client)
    assert is_listed(client, deleted)

    client.post(f"{deleted}/delete")
    with sessions.begin() as session:
        session.execute(update(Snippet).where(Snippet.id == expired[1:]).values(expires_at=now()))

    assert not is_listed(client, deleted)
    assert not is_listed(client, expired)


@SQLITE
def test_a_row_shows_the_first_lines_plain_and_then_in_colours_without_an_id_twice(client, work):
    share(client, code="if x < 1:\n    pass\n3\n4\n5\nsixth\n", title="<b>", tags="web")
    plain = client.get("/recent").text

    work()

    coloured = client.get("/recent").text
    for part in ("&lt;b&gt;", "Python", "31 bytes", "just now", 'href="/tag/web"'):
        assert part in plain
    assert "if x &lt; 1:" in plain
    assert '<span class="k">if</span>' in coloured
    assert "sixth" not in coloured
    assert 'id="L' not in coloured


def test_colours_that_are_there_when_a_snippet_becomes_public_are_listed_with_it(client, work):
    page = share(client, visibility="unlisted")
    work()

    edit(client, page)

    assert '<span class="k">if</span>' in client.get("/recent").text


def test_the_colours_of_an_older_revision_change_no_listing(client, sessions):
    page = share(client)
    with sessions() as session:
        old = session.scalars(select(File)).one()
    edit(client, page, code="fresh\n")

    assert colours.land(sessions, old, colours.plain(old.code, Note.GAVE_UP))

    assert "fresh" in client.get("/recent").text


@pytest.mark.parametrize(
    ("code", "has_many"),
    [
        (LINKS, True),
        ("see https://example.org\n", True),
        ("www.example.org", True),
        ("# https://example.org\n" + CODE * 9, False),
        (CODE * 30 + LINKS, True),
        (CODE * 30 + LINKS[: LINKS.rindex("\n")], False),
        (CODE, False),
    ],
)
def test_spam_is_told_by_its_links(code: str, has_many: bool):
    assert listings.has_many_links(code) is has_many


@SQLITE
def test_what_is_full_of_links_can_be_read_at_once_and_is_listed_later(client, sessions):
    page = share(client, code=f"pass\n{LINKS}\n")

    assert client.get(page).status_code == 200
    assert not is_listed(client, page)
    edit(client, page, code=f"pass\n{LINKS}\n", title="Again")
    assert not is_listed(client, page)

    with sessions.begin() as session:
        listed_at = session.scalars(select(Listing.listed_at)).one()
        assert timedelta(minutes=59) < listed_at - now() < timedelta(minutes=61)
        session.execute(update(Listing).values(listed_at=now()))

    assert is_listed(client, page)


@SQLITE
def test_links_that_an_edit_brings_delay_it_again(client):
    page = share(client)

    edit(client, page, code=f"pass\n{LINKS}\n")

    assert not is_listed(client, page)


def test_of_edits_and_a_delete_at_once_no_listing_is_left_behind(app: Flask, client, sessions):
    page = share(client, visibility="unlisted")
    cookie = client.get_cookie("owner").value
    begin, answers = threading.Barrier(4), []

    def send(path: str, fields: dict[str, str]) -> None:
        browser = app.test_client()
        browser.set_cookie("owner", cookie)
        begin.wait()
        answers.append(browser.post(page + path, data=fields).status_code)

    fields = [{"code": f"{number}\n", "visibility": "public", "revision": "1"} for number in range(3)]
    threads = [threading.Thread(target=send, args=("/edit", each)) for each in fields]
    threads.append(threading.Thread(target=send, args=("/delete", {})))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(answers) <= {303, 409, 410}
    with sessions() as session:
        assert session.scalars(select(Listing)).all() == []
        assert session.scalars(select(ListingLabel)).all() == []


@SQLITE
def test_what_becomes_private_while_a_revision_is_restored_is_not_listed(client, monkeypatch):
    page = share(client)
    edit(client, page, code="second pass\n")
    is_same = saving.is_same

    def hide(*given):
        monkeypatch.setattr(saving, "is_same", is_same)
        edit(client, page, revision=2, code="second pass\n", visibility="private")
        return is_same(*given)

    monkeypatch.setattr(saving, "is_same", hide)
    assert client.post(f"{page}/revisions/1/restore", data={"revision": "2"}).status_code == 303

    assert not is_listed(client, page)


def test_what_was_public_before_there_were_lists_is_listed_by_a_command_once(app: Flask, client, sessions, work):
    pages = [share(client, name=f"{number}.py") for number in range(3)]
    closed = share(client, password="correct horse")
    work()
    with sessions.begin() as session:
        session.execute(delete(Listing).where(Listing.snippet_id != pages[1][1:]))
    run = app.test_cli_runner().invoke

    assert [run(args=["snippets", "list"]).output for _ in range(2)] == ["2 listed\n", "0 listed\n"]

    assert [is_listed(client, page) for page in (*pages, closed)] == [True, True, True, False]
    assert client.get("/recent").text.count('<span class="k">if</span>') == 3
