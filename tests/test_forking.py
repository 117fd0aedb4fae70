"""Forks: what their origin and its readers are told of each other."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from snippets.models import Listing, now

LINKS = "\n".join(f"https://spam.example/{number}" for number in range(11))


@pytest.fixture
def other(app: Flask) -> FlaskClient:
    return app.test_client()


def share(client: FlaskClient, code: str = "x = 1\n", **fields: str) -> str:
    return client.post("/", data={"code": code, "visibility": "public", **fields}).location


def fork(client: FlaskClient, page: str, code: str = "x = 2\n", **fields: str) -> str:
    return share(client, code, parent=page[1:], **fields)


def test_a_fork_names_its_origin_and_is_listed_and_counted_there(client, other):
    page = share(client, title="An origin")

    forked = fork(other, page, title="A fork")

    assert f'<a href="{page}">An origin</a>' in other.get(forked).text
    assert "1 fork" in client.get(page).text
    assert f'<a href="{forked}">A fork</a>' in client.get(f"{page}/forks").text


@pytest.mark.parametrize(
    "fields",
    [{"visibility": "unlisted"}, {"visibility": "private"}, {"password": "open sesame"}, {"burn": "on"}],
    ids=lambda fields: next(iter(fields.values())),
)
def test_nobody_learns_of_a_fork_or_an_origin_that_no_list_shows(client, other, fields):
    page = share(client)
    forked = fork(other, page, title="A fork", **fields)

    assert "1 fork" not in client.get(page).text
    assert forked not in client.get(f"{page}/forks").text
    client.post(f"{page}/edit", data={"code": "x = 1\n", "title": "An origin", "revision": "1", **fields})
    assert "An origin" not in other.get(forked).text


def test_a_fork_that_is_full_of_links_is_told_of_when_lists_show_it(client, other, sessions):
    page = share(client)
    forked = fork(other, page, LINKS)

    assert forked not in client.get("/recent").text
    assert forked not in client.get(f"{page}/forks").text
    assert "1 fork" not in client.get(page).text
    with sessions.begin() as session:
        session.execute(update(Listing).values(listed_at=now()))
    assert forked in client.get(f"{page}/forks").text
    assert "1 fork" in client.get(page).text
