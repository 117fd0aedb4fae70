"""The revisions of a snippet: listed, read, restored, and as closed as the snippet itself."""

import re
import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from snippets import past
from snippets.models import File

FIRST, SECOND = "one = 1\ntwo = 2\n", "one = 1\ntwo = 3\nthree = 3\n"
PATHS = ("/history", "/revisions/1", "/revisions/1/raw/1", "/compare/1..2", "/compare/1..2.diff", "/compare")
SECRET = "correct horse"
ONE_ENGINE = pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # the other tests run every query on both


def share(client: FlaskClient, **fields: str) -> str:
    return client.post("/", data={"code": FIRST, "name": "a.py", **fields}).location


def edit(client: FlaskClient, page: str, revision: int, code: str = SECOND, **fields: str) -> None:
    data = {"code": code, "name": "a.py", "revision": str(revision), **fields}
    assert client.post(f"{page}/edit", data=data).status_code == 303


def shared_twice(client: FlaskClient, **fields: str) -> str:
    page = share(client, **fields)
    edit(client, page, 1, **fields)
    return page


def restore(client: FlaskClient, page: str, revision: int, head: int):
    return client.post(f"{page}/revisions/{revision}/restore", data={"revision": str(head)})


def files(sessions) -> list[File]:
    with sessions() as session:
        return list(session.scalars(select(File).order_by(File.revision, File.position)))


@ONE_ENGINE
def test_the_snippet_leads_to_its_history_once_it_has_one(client):
    page = share(client)
    before = client.get(page).text
    edit(client, page, 1)

    assert f"{page}/history" not in before
    assert f'<a href="{page}/history">History</a>' in client.get(page).text


def test_the_history_lists_the_newest_first_with_what_was_changed(client):
    page = shared_twice(client)

    text = re.sub(r"<[^>]*>|\s+", " ", client.get(f"{page}/history").text)

    assert re.search(r"Revision 2 .*1 file changed \s*\+2 \s*−1 .*Revision 1 .*1 file \s*\+2 \s*−0", text)
    assert f'href="{page}/compare/1..2"' in client.get(f"{page}/history").text


def test_a_long_history_is_paged_and_any_two_can_still_be_compared(client, monkeypatch):
    monkeypatch.setattr(past, "MOST", 2)
    page = share(client)
    for number in range(1, 5):
        edit(client, page, number, f"{number}\n")

    newest = client.get(f"{page}/history").text
    older = client.get(f"{page}/history?before=4").text
    oldest = client.get(f"{page}/history?before=2").text

    assert [re.findall(r">Revision (\d)<", text) for text in (newest, older, oldest)] == [["5", "4"], ["3", "2"], ["1"]]
    assert f"{page}/history?before=4" in newest
    assert "before=" not in oldest
    assert 'type="number" name="from" min="1" max="5"' in older
    assert "There are no older revisions" in client.get(f"{page}/history?before=1").text


@ONE_ENGINE
def test_a_page_of_the_history_compares_only_so_much_text(client, monkeypatch):
    monkeypatch.setattr(past, "MOST_CODE", 45)
    page = share(client)
    for number in range(1, 4):
        edit(client, page, number, f"{number}" * 20)

    assert re.findall(r">Revision (\d)<", client.get(f"{page}/history").text) == ["4", "3"]


@ONE_ENGINE
def test_an_old_revision_is_read_with_its_colours_and_its_own_raw_text(client, work):
    page = share(client)
    work()
    edit(client, page, 1)

    old = client.get(f"{page}/revisions/1").text

    assert '<span class="mi">2</span>' in old
    assert "three" not in old
    assert f'href="{page}/revisions/1/raw/1"' in old
    assert client.get(f"{page}/revisions/1/raw/1").text == FIRST
    assert client.get(f"{page}/revisions/2/raw/1").text == SECOND
    assert "data-poll" not in client.get(f"{page}/revisions/2").text


def test_what_is_not_there_is_not_found(client):
    page = shared_twice(client)

    for path in ("revisions/3", "revisions/0", "revisions/1/raw/2", "compare/1..3", "compare/0..1", "compare?to=3"):
        assert client.get(f"{page}/{path}").status_code == 404, path
    assert client.get(f"{page}/revisions/99999999999999999999").status_code == 404
    for far in ("99999999999999999999", "-99999999999999999999"):
        assert client.get(f"{page}/history?before={far}").status_code == 200


def test_restoring_puts_the_old_files_on_top_with_their_colours(client, work, sessions):
    page = client.post("/", data={"code": [FIRST, "b = 1\n"], "name": ["a.py", "b.py"]}).location
    work()
    edit(client, page, 1)

    answer = restore(client, page, 1, 2)

    assert (answer.status_code, answer.location) == (303, page)
    kept = files(sessions)
    assert [(file.revision, file.name, file.code) for file in kept if file.revision != 2] == [
        (1, "a.py", FIRST),
        (1, "b.py", "b = 1\n"),
        (3, "a.py", FIRST),
        (3, "b.py", "b = 1\n"),
    ]
    assert [file.html for file in kept if file.revision == 3] == [file.html for file in kept if file.revision == 1]
    assert client.get(f"{page}/raw").text == FIRST + "b = 1\n"


@ONE_ENGINE
def test_what_was_restored_before_its_colours_came_gets_them(client, work, sessions):
    page = shared_twice(client)

    restore(client, page, 1, 2)
    work()

    assert not any(file.is_pending for file in files(sessions))


@ONE_ENGINE
def test_restoring_what_is_there_already_makes_no_revision(client, sessions):
    page = shared_twice(client)

    assert restore(client, page, 2, 2).status_code == 303
    assert len(files(sessions)) == 2


@ONE_ENGINE
def test_only_the_owner_restores(app: Flask, client, sessions):
    page, stranger = shared_twice(client), app.test_client()

    assert "Restore" in client.get(f"{page}/revisions/1").text
    assert "Restore" not in client.get(f"{page}/revisions/2").text
    assert "Restore" not in stranger.get(f"{page}/revisions/1").text
    assert restore(stranger, page, 1, 2).status_code == 403
    assert client.get(f"{page}/revisions/1/restore").status_code == 405
    assert len(files(sessions)) == 2


@ONE_ENGINE
def test_restoring_over_what_was_edited_meanwhile_is_asked_about(client):
    page = shared_twice(client)
    edit(client, page, 2, "third\n")

    late = restore(client, page, 1, 2)

    assert late.status_code == 409
    assert "it is at revision 3" in late.text
    assert client.get(f"{page}/raw").text == "third\n"
    assert 'name="revision" value="3"' in late.text
    assert client.post(f"{page}/revisions/1/restore").status_code == 409
    assert restore(client, page, 1, 3).status_code == 303


def test_of_an_edit_and_restores_at_once_one_is_saved(app: Flask, client, sessions):
    page = shared_twice(client)
    cookie = client.get_cookie("owner").value
    begin, answers = threading.Barrier(4), []

    def change(number: int) -> None:
        browser = app.test_client()
        browser.set_cookie("owner", cookie)
        begin.wait()
        data = {"code": "edited\n", "revision": "2"}
        path = "edit" if number == 0 else "revisions/1/restore"
        answers.append(browser.post(f"{page}/{path}", data=data).status_code)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [303, 409, 409, 409]
    assert len(files(sessions)) == 3


@ONE_ENGINE
def test_a_private_snippets_past_is_there_for_its_owner_alone(app: Flask, client):
    page, stranger = shared_twice(client, visibility="private"), app.test_client()

    for path in PATHS:
        assert client.get(page + path).status_code in (200, 303)
        assert client.get(page + path).headers["Cache-Control"] == "no-store"
        assert stranger.get(page + path).status_code == 404
    assert restore(stranger, page, 1, 2).status_code == 404


@ONE_ENGINE
def test_a_password_stands_before_every_revision_and_hides_how_many_there_are(app: Flask, client):
    page, stranger = shared_twice(client, password=SECRET), app.test_client()

    for path in (*PATHS, "/revisions/7", "/compare/1..7"):
        answer = stranger.get(page + path)
        assert answer.status_code == 403
        assert "one = 1" not in answer.text
    stranger.post(f"{page}/unlock", data={"password": SECRET})
    assert stranger.get(f"{page}/revisions/1/raw/1").text == FIRST


@ONE_ENGINE
def test_what_is_to_be_read_once_has_no_history_pages_not_even_for_its_owner(app: Flask, client):
    page = shared_twice(client, burn="on")

    for browser in (client, app.test_client()):
        for path in PATHS:
            answer = browser.get(page + path)
            assert answer.status_code == 403
            assert "one = 1" not in answer.text
    assert restore(client, page, 1, 2).status_code == 403
    opened = app.test_client().post(f"{page}/open").text
    assert "three" in opened
    assert "/history" not in opened
    assert client.get(f"{page}/history").status_code == 410


@ONE_ENGINE
def test_what_is_deleted_takes_its_past_along(client):
    page = shared_twice(client)
    client.post(f"{page}/delete")

    assert [client.get(page + path).status_code for path in PATHS] == [410] * len(PATHS)


@ONE_ENGINE
def test_no_search_engine_shows_what_was(client):
    page = shared_twice(client, visibility="public")

    for path in PATHS:
        assert client.get(page + path).headers["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in client.get(page).headers
