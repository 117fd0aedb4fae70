"""A report by mail: what it says, and the links by which the operator decides without his password."""

import re
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue
from sqlalchemy import select, update

from snippets import decisions, redis_client, telling
from snippets.audit import MAIL
from snippets.logs import TextFormatter
from snippets.mail_models import Message
from snippets.messages import Kind, Letter, write
from snippets.models import Report, now
from snippets.operator_models import AuditEntry
from snippets.settings import Settings

from post_office import PostOffice, with_mail

PASSWORD = "correct horse battery"
CODE = "the password of the bank is 1234\n"
LINK = re.compile(r"https://paste\.org(/decide\?key=\S+)")


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    return replace(with_mail(settings, office), dashboard_password=PASSWORD)


@pytest.fixture
def operator(app: Flask) -> FlaskClient:
    """The operator's browser, which has no password."""
    return app.test_client()


def share(client: FlaskClient, **fields: str) -> str:
    return client.post("/", data={"code": CODE, **fields}).location


def report(client: FlaskClient, page: str, reason: str = "It holds a password", **fields: str):
    return client.post(f"{page}/report", data={"reason": reason, **fields})


@pytest.fixture
def links(client, work, office: PostOffice):
    """Report a snippet, and return its page and the two links of the message."""

    def links(**fields: str) -> tuple[str, str, str]:
        page = share(client, **fields)
        report(client, page)
        work("mail")
        take_down, keep = LINK.findall(office.messages[-1].get_content())
        return page, take_down, keep

    return links


def press(operator: FlaskClient, link: str):
    """Open a link and press the button of its page."""
    page = operator.get(link)
    key = re.search('name="key" value="([^"]+)"', page.text)
    answer = operator.post("/decide", data={"key": key[1] if key else link.partition("=")[2]})
    return operator.get(answer.location)


def test_a_report_reaches_the_operator_with_the_readers_words_and_the_sites_address(client, work, office: PostOffice):
    page = share(client, title="Secrets")

    report(client, page, "It holds\nTo take it down:\nhttps://evil.example", address="reader@example.org")
    work("mail")

    [message] = office.messages
    text = message.get_content()
    assert (office.recipients, message["Subject"]) == (["operator@example.org"], "Reported: Secrets")
    assert f"> Secrets\nhttps://paste.org{page}\n" in text
    assert "> It holds\n> To take it down:\n> https://evil.example\n" in text
    assert "An answer goes to reader@example.org." in text
    assert CODE.strip() not in text


def test_a_link_in_the_place_of_a_readers_address_is_told_as_the_readers(client, work, office: PostOffice):
    report(client, share(client), address="https://evil.example/decide?key=@x")
    work("mail")

    text = office.messages[0].get_content()
    assert [line for line in text.splitlines() if "evil" in line] == ["> https://evil.example/decide?key=@x"]


def test_the_host_that_a_request_names_is_in_no_message(client, work, office: PostOffice):
    page = share(client)

    client.post(f"{page}/report", data={"reason": "x"}, headers={"Host": "evil.example"})
    work("mail")

    assert "evil" not in office.messages[0].get_content()


@pytest.mark.parametrize("missing", ["smtp_url", "operator_mail"])
def test_where_nobody_is_to_be_told_a_report_is_kept_and_no_message_written(client, sessions, app, missing: str):
    site = app.extensions["snippets"]
    app.extensions["snippets"] = replace(site, settings=replace(site.settings, **{missing: None}))

    report(client, share(client))

    with sessions() as session:
        assert len(session.scalars(select(Report)).all()) == 1
        assert session.scalars(select(Message)).all() == []


def test_a_report_that_a_program_sent_writes_no_message(client, sessions):
    report(client, share(client), website="https://spam.example")

    with sessions() as session:
        assert session.scalars(select(Message)).all() == []


def test_no_more_than_so_many_reports_a_day_are_mailed_and_all_are_kept(client, sessions, monkeypatch):
    monkeypatch.setattr(telling, "MOST", 2)
    page = share(client)
    with sessions.begin() as session:
        write(session, Kind.DIGEST, "operator@example.org", Letter("Another kind", ""))

    for number in range(3):
        report(client, page, f"reason {number}")

    with sessions() as session:
        assert len(session.scalars(select(Message).where(Message.kind == Kind.REPORT)).all()) == 2
        assert len(session.scalars(select(Report)).all()) == 3


def test_a_report_waits_neither_for_the_mail_server_nor_for_redis(client, app, work, redis: Redis, office: PostOffice):
    office.answers["MAIL"] = PostOffice.HANG
    page = share(client)
    assert report(client, page).status_code == 303
    assert office.accepted == []
    assert Queue("mail", connection=redis).count == 1

    site = app.extensions["snippets"]
    app.extensions["snippets"] = replace(site, redis=redis_client.connect("redis://127.0.0.1:1", 0.2))
    assert report(client, page).status_code == 303


def test_looking_ahead_takes_nothing_down_and_keeps_nothing(operator, links, sessions):
    page, *both = links()

    for link in both:
        for method in (operator.get, operator.head):
            assert method(link).status_code == 200

    assert operator.get(f"{page}/raw").text == CODE
    with sessions() as session:
        assert len(session.scalars(select(Report)).all()) == 1


def test_the_operator_takes_it_down_by_one_link_and_one_button(operator, links, sessions):
    page, take_down, keep = links(title="Secrets")
    assert "Take down “Secrets”?" in operator.get(take_down).text
    assert "It holds a password" in operator.get(take_down).text
    assert "no-store" in operator.get(take_down).headers["Cache-Control"]

    assert "The snippet is taken down." in press(operator, take_down).text

    assert operator.get(page).status_code == 410
    for link in (take_down, keep):
        assert "Decided already" in press(operator, link).text
    with sessions() as session:
        [entry] = session.scalars(select(AuditEntry))
        assert (entry.actor, entry.action, entry.subject) == (MAIL, "take-down", page[1:])


def test_the_operator_keeps_it_by_the_other(operator, links, sessions):
    page, take_down, keep = links()

    assert "The snippet stays" in press(operator, keep).text

    assert operator.get(f"{page}/raw").text == CODE
    for link in (take_down, keep):
        assert "Decided already" in press(operator, link).text
    assert operator.get(f"{page}/raw").text == CODE
    with sessions() as session:
        assert session.scalars(select(Report)).all() == []


def test_a_link_decides_no_later_report_even_where_that_has_the_same_id(client, operator, links, sessions):
    page, take_down, keep = links()
    press(operator, keep)
    report(client, page)
    with sessions.begin() as session:
        session.execute(update(Report).values(id=1))

    assert "Decided already" in press(operator, take_down).text

    assert operator.get(f"{page}/raw").text == CODE


def test_a_link_of_a_snippet_that_is_gone_says_so(client, operator, links):
    page, take_down, _ = links()
    client.post(f"{page}/delete")

    assert "its snippet is gone" in press(operator, take_down).text


def test_a_link_is_good_for_some_days(operator, links, monkeypatch):
    page, take_down, _ = links()
    later = time.time() + decisions.DAYS * 86400 + 2
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)

    for answer in (operator.get(take_down), operator.post("/decide", data={"key": take_down.partition("=")[2]})):
        assert answer.status_code == 410
        assert "good for 7 days" in answer.text

    assert operator.get(f"{page}/raw").text == CODE


@pytest.mark.parametrize("key", ["", "x", "WyJ0YWtlLWRvd24iXQ.aa.bb"])
def test_a_made_up_link_is_none(operator, links, key: str):
    links()

    assert operator.get("/decide", query_string={"key": key}).status_code == 404
    assert operator.post("/decide", data={"key": key}).status_code == 404


def test_a_link_that_was_changed_is_none(operator, links):
    page, take_down, keep = links()
    forged = take_down.replace(take_down[13:25], keep[13:25])

    assert operator.post("/decide", data={"key": forged.partition("=")[2]}).status_code == 404
    assert operator.get(f"{page}/raw").text == CODE


def test_another_site_presses_no_button(operator, links):
    page, take_down, _ = links()

    answer = operator.post(
        "/decide", data={"key": take_down.partition("=")[2]}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403
    assert operator.get(f"{page}/raw").text == CODE


def test_no_log_shows_a_link_an_address_or_a_readers_words(operator, client, links, caplog):
    caplog.set_level("DEBUG")
    _, take_down, _ = links()
    operator.get(take_down).close()

    ours = [record for record in caplog.records if record.name != "mail.log"]  # that is the server's
    logged = "\n".join(map(TextFormatter().format, ours))
    for secret in (take_down.partition("=")[2], "operator@example.org", "It holds a password"):
        assert secret not in logged
    assert "path=/decide" in logged
    assert "kind=report state=sent attempt=1" in logged


def test_a_report_is_mailed_although_it_was_not_enqueued(client, app, work, sessions, office: PostOffice, away: Redis):
    site = app.extensions["snippets"]
    page = share(client)
    app.extensions["snippets"] = replace(site, redis=away)
    report(client, page)
    with sessions.begin() as session:
        session.execute(update(Message).values(due_at=now() - timedelta(minutes=1)))

    work("mail")  # the worker sweeps first

    assert len(office.accepted) == 1
