"""Forks: what their origin and its readers are told of each other."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert, text, update

from snippets.models import Listing, Snippet, now

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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL plans by the number of rows
def test_a_page_reads_no_table_through_for_its_forks_once_statistics_say_that_there_are_none(client, sessions):
    page = share(client)
    with sessions.begin() as session:
        session.execute(insert(Snippet), [{"title": f"A title {number}"} for number in range(1000)])
        session.execute(text("ANALYZE"))
    plans = []

    def explain(connection, cursor, statement, parameters, *_):
        if "parent_id =" in statement and not statement.startswith("EXPLAIN"):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append("\n".join(row[-1] for row in cursor.fetchall()))

    engine = sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", explain)
    try:
        client.get(page)
    finally:
        event.remove(engine, "before_cursor_execute", explain)

    assert len(plans) == 1
    assert "USING INDEX ix_snippets_parent_id (parent_id=?)" in plans[0]
