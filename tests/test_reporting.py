"""Reports of snippets, and what an operator does about them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from snippets import moderation_lists, saving, wrong_language
from snippets.models import Report, Snippet, Unwelcome, now
from snippets.purge import KEPT, purge
from snippets.settings import Settings

PASSWORD = "correct horse battery"
OPERATOR = ("admin", PASSWORD)
CODE = "the password of the bank is 1234\n"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, dashboard_password=PASSWORD)


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    return app.test_client()


def share(client: FlaskClient, code: str = CODE, **fields: str) -> str:
    answer = client.post("/", data={"code": code, **fields})
    assert answer.status_code == 303, answer.text
    return answer.location


def operate(client: FlaskClient, page: str, action: str):
    return client.post(f"/ops/snippets{page}/{action}", auth=OPERATOR)


def test_what_a_reader_reports_is_listed_for_the_operator_as_it_was_written(client, reader):
    page = share(client, title="Secrets")

    answer = reader.post(f"{page}/report", data={"reason": "<b>It</b> holds a password", "address": "a@example.org"})

    assert answer.status_code == 303
    assert "the operator of this site will see it" in reader.get(answer.location).text
    listed = client.get("/ops/moderation", auth=OPERATOR).text
    for part in ("Secrets", "&lt;b&gt;It&lt;/b&gt; holds a password", "a@example.org"):
        assert part in listed
    assert reader.get(page).status_code == 200


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": " "}, "Say in a few words"),
        ({"reason": "x" * 1001}, "at most 1,000"),
        ({"reason": "typed", "address": "not an address"}, "no mail address"),
        ({"reason": "typed", "address": f"{'a' * 250}@b.org"}, "no mail address"),
    ],
)
def test_a_report_that_cannot_be_kept_is_shown_again_with_the_reason(client, sessions, fields, sentence: str):
    page = share(client)

    answer = client.post(f"{page}/report", data=fields)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert fields["reason"].strip() in answer.text
    with sessions() as session:
        assert session.scalars(select(Report)).all() == []


def test_reports_are_taken_only_so_often_from_one_address(client):
    page = share(client)

    answers = [client.post(f"{page}/report", data={"reason": "again"}).status_code for _ in range(11)]

    assert answers == [303] * 10 + [429]


def test_what_is_taken_down_is_gone_for_all_but_the_operator(client, reader):
    page = share(client, visibility="public")
    assert page in reader.get("/recent").text
    reader.post(f"{page}/report", data={"reason": "a password"})

    answer = operate(client, page, "take-down")

    assert answer.status_code == 303
    assert "you can still look at it" in client.get(answer.location, auth=OPERATOR).text
    assert page not in reader.get("/recent").text
    for browser in (client, reader):
        for path in ("", "/raw", "/raw/1", "/files/1", "/edit", "/report"):
            gone = browser.get(page + path)
            assert (gone.status_code, "has taken this snippet down" in gone.text) == (410, True), path
    assert client.get(f"/ops/snippets{page}", auth=OPERATOR).text == CODE
    assert client.get(f"/ops/snippets{page}").status_code == 401


def test_the_same_content_is_refused_for_a_week_and_stays_in_the_editor(client, sessions):
    page = share(client)
    operate(client, page, "take-down")

    again = client.post("/", data={"code": f"{CODE}\n\n", "title": "Another title"})
    edited = client.post(f"{share(client, 'x')}/edit", data={"code": CODE, "revision": "1"})

    for answer in (again, edited):
        assert answer.status_code == 403
        assert "is not accepted again before" in answer.text
        assert "the password of the bank" in answer.text
    assert client.post("/", data={"code": CODE + "something else"}).status_code == 303
    with sessions.begin() as session:
        session.execute(update(Unwelcome).values(until=now()))
    share(client)


def test_what_was_taken_down_takes_no_place_among_the_reports_to_be_seen_to(client, sessions, monkeypatch):
    monkeypatch.setattr(moderation_lists, "SHOWN", 2)
    pages = [share(client, f"text {number}") for number in range(3)]
    with sessions.begin() as session:
        session.add_all([Report(snippet_id=page[1:], reason=f"reason {page}") for page in pages])

    for page in pages[1:]:
        operate(client, page, "take-down")

    assert f"reason {pages[0]}" in client.get("/ops/moderation", auth=OPERATOR).text


def test_listing_again_what_is_missing_leaves_out_what_was_taken_down(app: Flask, client, reader):
    page = share(client, visibility="public")
    operate(client, page, "take-down")

    told = app.test_cli_runner().invoke(args=["snippets", "list"])

    assert told.output == "0 listed\n"
    for path in ("/recent", "/recent.atom", "/search?q=password"):
        assert page not in reader.get(path).text, path


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/edit", {"code": "other", "revision": "1", "visibility": "public"}),
        ("/files/1/language", {"language": "rust", "revision": "1"}),
    ],
    ids=["edit", "language"],
)
def test_what_is_taken_down_while_it_is_changed_stays_down(client, reader, monkeypatch, path: str, fields):
    page = share(client, visibility="public")

    def before(original):
        def call(*given):
            operate(reader, page, "take-down")
            return original(*given)

        return call

    monkeypatch.setattr(saving, "is_same", before(saving.is_same))
    monkeypatch.setattr(wrong_language, "store_language", before(wrong_language.store_language))
    answer = client.post(page + path, data=fields)

    assert answer.status_code in {409, 410}
    assert page not in reader.get("/recent").text
    assert client.get(f"/ops/snippets{page}", auth=OPERATOR).text == CODE


def test_a_blank_text_that_was_taken_down_keeps_nobody_from_changing_his_terms(client):
    page = share(client)
    operate(client, share(client, " \n"), "take-down")

    answer = client.post(f"{page}/edit", data={"code": CODE, "revision": "1", "title": "Another title"})

    assert answer.status_code == 303
    assert "Another title" in client.get(page).text


def test_what_was_restored_can_be_read_and_shared_again(client, reader):
    page = share(client, visibility="public")
    reader.post(f"{page}/report", data={"reason": "a password"})
    operate(client, page, "take-down")

    operate(client, page, "restore")

    assert reader.get(f"{page}/raw").text == CODE
    assert page in reader.get("/recent").text
    share(client)
    assert "a password" not in client.get("/ops/moderation", auth=OPERATOR).text


def test_a_report_that_was_seen_to_is_listed_no_more_and_pressing_twice_says_so(client):
    page = share(client)
    client.post(f"{page}/report", data={"reason": "a password"})

    first, second = operate(client, page, "keep"), operate(client, page, "keep")

    assert "said=kept" in first.location
    assert "said=nothing" in second.location
    assert "a password" not in client.get("/ops/moderation", auth=OPERATOR).text
    assert client.get(page).status_code == 200


def test_nobody_moderates_without_the_password_or_from_another_site(client):
    page = share(client)

    assert client.post(f"/ops/snippets{page}/take-down").status_code == 401
    evil = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/ops/snippets{page}/take-down", auth=OPERATOR, headers=evil).status_code == 403
    assert client.get(page).status_code == 200
    assert client.post(f"/ops/snippets{page}/explode", auth=OPERATOR).status_code == 404


def test_what_was_taken_down_is_deleted_after_a_month(client, sessions):
    page = share(client)
    operate(client, page, "take-down")
    assert purge(sessions) == 0
    with sessions.begin() as session:
        session.execute(update(Snippet).values(taken_down_at=now() - KEPT - timedelta(seconds=1)))

    assert purge(sessions) == 1

    assert "has taken this snippet down" in client.get(page).text
    assert client.get(f"/ops/snippets{page}", auth=OPERATOR).status_code == 404


def test_a_snippet_to_be_read_once_can_be_reported_without_burning_it(client, reader):
    page = share(client, burn="on")

    assert reader.post(f"{page}/report", data={"reason": "spam"}).status_code == 303

    assert CODE.strip() not in reader.get(f"{page}/report").text
    assert "Open and delete it" in reader.get(page).text


def test_a_form_whose_unseen_field_is_filled_in_is_not_saved_and_loses_nothing(client, sessions):
    answer = client.post("/", data={"code": CODE, "website": "https://spam.example"})

    assert answer.status_code == 422
    assert "the password of the bank" in answer.text
    with sessions() as session:
        assert session.scalars(select(Snippet)).all() == []
