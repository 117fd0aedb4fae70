"""Editing and deleting, without an account."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from snippets.models import File, Snippet

CODE = "if x:\n    pass\n"


def share(client: FlaskClient, **fields: str) -> str:
    return client.post("/", data={"code": CODE, "name": "a.py", **fields}).location


def files(sessions) -> list[File]:
    with sessions() as session:
        return list(session.scalars(select(File).order_by(File.revision, File.position)))


def test_only_the_owner_is_offered_and_allowed_to_edit_and_delete(app: Flask, client):
    page, stranger = share(client), app.test_client()

    assert f"{page}/edit" in client.get(page).text
    assert f"{page}/delete" in client.get(page).text
    assert f"{page}/edit" not in stranger.get(page).text
    for path in ("/edit", "/delete"):
        assert stranger.get(page + path).status_code == 403
        assert stranger.post(page + path, data={"code": "mine", "revision": "1"}).status_code == 403
    assert client.get(f"{page}/raw").text == CODE


def test_the_form_of_an_edit_holds_what_the_snippet_holds(client):
    page = share(client, title="A title", tags="web", visibility="public")

    form = client.get(f"{page}/edit").text

    for part in (CODE, 'value="a.py"', 'value="Python"', 'value="A title"', 'value="web"', 'value="public" selected'):
        assert part in form


def test_an_edit_makes_a_revision_and_keeps_the_one_before(client, work, sessions):
    page = share(client)

    answer = client.post(f"{page}/edit", data={"code": "new = 1\n", "name": "b.py", "revision": "1"})
    work()

    assert (answer.status_code, answer.location) == (303, page)
    assert client.get(f"{page}/raw").text == "new = 1\n"
    assert [(file.revision, file.code) for file in files(sessions)] == [(1, CODE), (2, "new = 1\n")]
    assert 'class="n">new' in client.get(page).text


def test_an_edit_of_one_file_leaves_the_colours_of_the_others_as_they_are(client, work, sessions):
    page = client.post("/", data={"code": [CODE, "b = 1\n"], "name": ["a.py", "b.py"]}).location
    work()

    changed = {"code": [CODE, "b = 2\n"], "name": ["a.py", "b.py"], "revision": "1"}
    client.post(f"{page}/edit", data=changed)

    assert [(file.revision, file.position, file.is_pending) for file in files(sessions)] == [
        (1, 1, False),
        (1, 2, False),
        (2, 1, False),
        (2, 2, True),
    ]


def test_other_terms_alone_make_no_revision(client, sessions):
    page = share(client, expires="1d")
    before = client.get(page).text

    client.post(
        f"{page}/edit",
        data={"code": CODE, "name": "a.py", "language": "Python", "revision": "1", "title": "Now", "expires": "never"},
    )

    assert "expires in" in before
    assert "expires in" not in client.get(page).text
    assert "<h1>Now</h1>" in client.get(page).text
    assert len(files(sessions)) == 1


def test_what_the_form_says_nothing_of_stays_as_it_was(client, sessions):
    page = share(client, expires="1d", password="correct horse", visibility="private")
    with sessions() as session:
        before = session.scalars(select(Snippet)).one()

    client.post(f"{page}/edit", data={"code": CODE, "name": "a.py", "revision": "1"})

    with sessions() as session:
        after = session.scalars(select(Snippet)).one()
    assert (after.expires_at, after.password_hash, after.visibility) == (
        before.expires_at,
        before.password_hash,
        "private",
    )


def test_the_password_can_be_taken_away(app: Flask, client):
    page = share(client, password="correct horse")

    client.post(f"{page}/edit", data={"code": CODE, "name": "a.py", "revision": "1", "no_password": "on"})

    assert app.test_client().get(page).status_code == 200


def test_an_edit_on_top_of_anothers_is_asked_about_and_keeps_what_was_typed(client):
    page = share(client)
    client.post(f"{page}/edit", data={"code": "first\n", "revision": "1"})

    late = client.post(f"{page}/edit", data={"code": "second\n", "revision": "1"})

    assert late.status_code == 409
    assert "it is at revision 2" in late.text
    assert "second" in late.text
    assert client.get(f"{page}/raw").text == "first\n"
    assert 'name="revision" value="2"' in late.text
    assert client.post(f"{page}/edit", data={"code": "second\n", "revision": "2"}).status_code == 303


def test_of_two_edits_at_once_one_is_saved_and_the_other_is_asked(app: Flask, client, sessions):
    page = share(client)
    cookie = client.get_cookie("owner").value
    begin, answers = threading.Barrier(4), []

    def edit(number: int) -> None:
        browser = app.test_client()
        browser.set_cookie("owner", cookie)
        begin.wait()
        answers.append(browser.post(f"{page}/edit", data={"code": f"{number}\n", "revision": "1"}).status_code)

    editors = [threading.Thread(target=edit, args=(number,)) for number in range(4)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()

    assert sorted(answers) == [303, 409, 409, 409]
    assert len(files(sessions)) == 2


@pytest.mark.parametrize(
    ("fields", "status"), [({"code": ""}, 422), ({"code": "x" * (2**20 + 1)}, 413), ({"code": "x", "tags": "<"}, 422)]
)
def test_an_edit_that_cannot_be_saved_is_shown_again_with_the_reason(client, fields, status: int):
    page = share(client)

    answer = client.post(f"{page}/edit", data={"revision": "1", "title": "typed", **fields})

    assert answer.status_code == status
    assert 'value="typed"' in answer.text
    assert client.get(f"{page}/raw").text == CODE


def test_editors_can_be_added_without_javascript(client):
    page = share(client)

    answer = client.post(f"{page}/edit", data={"code": CODE, "revision": "1", "add": "1"})

    assert answer.status_code == 200
    assert answer.text.count('name="code"') == 2
    assert f'action="{page}/edit"' in answer.text


def test_deleting_asks_first_and_leaves_nothing_but_its_address(app: Flask, client, sessions):
    page = share(client)
    client.post(f"{page}/edit", data={"code": "second\n", "revision": "1"})

    asked = client.get(f"{page}/delete")
    deleted = client.post(f"{page}/delete")

    assert "Delete “a.py”?" not in asked.text
    assert asked.status_code == 200
    assert deleted.status_code == 303
    assert files(sessions) == []
    gone = app.test_client().get(page)
    assert (gone.status_code, "has deleted it" in gone.text) == (410, True)
    assert client.post(f"{page}/delete").status_code == 410


def test_two_deletes_at_once_are_one(app: Flask, client, sessions):
    page = share(client)
    cookie = client.get_cookie("owner").value
    begin, answers = threading.Barrier(2), []

    def delete() -> None:
        browser = app.test_client()
        browser.set_cookie("owner", cookie)
        begin.wait()
        answers.append(browser.post(f"{page}/delete").status_code)

    both = [threading.Thread(target=delete) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()

    assert set(answers) <= {303, 410}
    assert 303 in answers
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Snippet)) == 0
