"""Private, with a password, to be read once: who gets to see what, and how often."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from snippets import saving
from snippets.models import File, Snippet, Tombstone

TEXT = {"Accept": "text/plain"}
SECRET = "correct horse"
PATHS = ("", "/raw", "/raw/1", "/files/1")


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


def share(client: FlaskClient, **fields: str) -> str:
    return client.post("/", data={"code": "the treasure\n", **fields}).location


def count(sessions, table) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_private_snippet_is_there_for_its_owner_alone(client, stranger):
    page = share(client, visibility="private")

    assert [client.get(page + path).status_code for path in PATHS] == [200, 200, 200, 202]
    assert [stranger.get(page + path).status_code for path in PATHS] == [404] * 4
    assert client.get(page).headers["Cache-Control"] == "no-store"
    assert client.get(page).headers["X-Robots-Tag"] == "noindex"


def test_no_cache_shows_a_snippet_for_more_than_ten_seconds_without_asking_whether_it_is_there(client, stranger):
    page = share(client, visibility="public")
    paths = "", "/raw", "/raw/1", "/download/1", "/history", "/revisions/1", "/compare/1..1.diff", "/fork", "/share"

    told = {stranger.get(page + path).headers["Cache-Control"] for path in paths}
    told |= {stranger.get(path).headers["Cache-Control"] for path in ("/recent", "/search?q=text", "/tags")}
    client.post(f"{page}/delete")
    told |= {stranger.get(page + path).headers["Cache-Control"] for path in paths}

    assert told == {"no-cache", "public, max-age=0, s-maxage=10"}
    assert stranger.get(page).headers["Cache-Control"] == "no-cache", "once it is deleted"


def test_a_public_snippet_may_be_found_and_an_unlisted_one_may_not(client, stranger):
    assert "X-Robots-Tag" not in stranger.get(share(client, visibility="public")).headers
    assert stranger.get(share(client)).headers["X-Robots-Tag"] == "noindex"


def test_a_password_stands_before_everything_but_its_owner(client, stranger):
    page = share(client, password=SECRET)

    assert "the treasure" in client.get(page).text
    for path in PATHS:
        answer = stranger.get(page + path)
        assert answer.status_code == 403
        assert "the treasure" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    assert 'type="password"' in stranger.get(page).text
    assert stranger.get(f"{page}/raw", headers=TEXT).text == "A password protects this snippet.\n"


def test_the_right_password_opens_all_of_a_snippet_to_this_browser_and_no_other_snippet(client, stranger):
    page, other = share(client, password=SECRET), share(client, password=SECRET)

    wrong = stranger.post(f"{page}/unlock", data={"password": "wrong"})
    right = stranger.post(f"{page}/unlock", data={"password": SECRET})

    assert (wrong.status_code, "That is not the password." in wrong.text) == (403, True)
    assert (right.status_code, right.location) == (303, page)
    assert SECRET not in right.headers["Set-Cookie"]
    assert f"Path={page}" in right.headers["Set-Cookie"]
    assert "the treasure" in stranger.get(page).text
    assert stranger.get(f"{page}/raw").text == "the treasure\n"
    assert stranger.get(other).status_code == 403


def test_a_password_is_kept_as_its_argon2id_hash_and_the_old_key_does_not_fit_a_new_one(client, stranger, sessions):
    page = share(client, password=SECRET)
    stranger.post(f"{page}/unlock", data={"password": SECRET})
    with sessions.begin() as session:
        snippet = session.scalars(select(Snippet)).one()
        assert snippet.password_hash.startswith("$argon2id$")

    client.post(f"{page}/edit", data={"code": "the treasure\n", "revision": "1", "password": "another one"})

    assert stranger.get(page).status_code == 403


def test_passwords_are_tried_only_so_often(client, stranger):
    page = share(client, password=SECRET)

    answers = [stranger.post(f"{page}/unlock", data={"password": str(number)}).status_code for number in range(11)]

    assert answers == [403] * 10 + [429]
    late = stranger.post(f"{page}/unlock", data={"password": SECRET})
    assert late.status_code == 429
    assert 0 < int(late.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_a_snippet_to_be_read_once_burns_nothing(client, stranger, sessions, method: str):
    page = share(client, burn="on")

    for browser in (client, stranger):
        for path in PATHS:
            answer = browser.open(page + path, method=method.upper())
            assert answer.status_code == (200 if path == "" else 403)
            assert "the treasure" not in answer.text
            assert answer.headers["Cache-Control"] == "no-store"
    assert count(sessions, File) == 1


def test_opening_shows_it_once_and_deletes_it(client, stranger, work, sessions):
    page = share(client, burn="on")
    work()

    opened = stranger.post(f"{page}/open")

    assert opened.status_code == 200
    assert "the treasure" in opened.text
    assert "This was the only reading" in opened.text
    assert "/raw" not in opened.text
    assert opened.headers["Cache-Control"] == "no-store"
    assert count(sessions, File) == count(sessions, Snippet) == 0
    for browser in (client, stranger):
        assert [browser.get(page + path).status_code for path in PATHS] == [410] * 4
        again = browser.post(f"{page}/open")
        assert (again.status_code, "it has been read" in again.text) == (410, True)


def test_a_program_that_opens_it_gets_the_bare_text(client, stranger):
    page = share(client, burn="on")

    assert stranger.post(f"{page}/open", headers=TEXT).text == "the treasure\n"


def test_what_has_a_password_and_is_to_be_read_once_needs_both(client, stranger):
    page = share(client, burn="on", password=SECRET)

    assert stranger.post(f"{page}/open").status_code == 403
    stranger.post(f"{page}/unlock", data={"password": SECRET})
    assert "Open and delete it" in stranger.get(page).text
    assert "the treasure" in stranger.post(f"{page}/open").text


def test_of_many_readers_at_once_exactly_one_reads(app: Flask, client, sessions):
    page = share(client, burn="on")
    begin, answers = threading.Barrier(8), []

    def read() -> None:
        browser = app.test_client()
        begin.wait()
        answers.append(browser.post(f"{page}/open"))

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 7
    assert sum("the treasure" in answer.text for answer in answers) == 1
    assert count(sessions, Tombstone) == 1


def test_who_edits_what_is_read_meanwhile_is_told_that_it_was_read(client, stranger, monkeypatch):
    page = share(client, burn="on")
    is_same = saving.is_same

    def read(*given):
        assert stranger.post(f"{page}/open").status_code == 200
        return is_same(*given)

    monkeypatch.setattr(saving, "is_same", read)
    answer = client.post(f"{page}/edit", data={"code": "x", "burn": "on", "revision": "1"})

    assert answer.status_code == 410
    assert "it has been read" in answer.text


def test_another_site_cannot_make_a_browser_open_it(client, stranger, sessions):
    page = share(client, burn="on")

    assert stranger.post(f"{page}/open", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert count(sessions, File) == 1
