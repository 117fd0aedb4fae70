"""A message that may have arrived: the operator is asked, and what he decides is done once and recorded."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select, update

from app import create_app
from snippets import mail_state, mail_sweep
from snippets.database import Sessions
from snippets.mail_models import Message
from snippets.mail_sweep import sweep_mail
from snippets.messages import Kind, Letter, Outcome, State, claim, settle, write
from snippets.models import now
from snippets.operator_models import AuditEntry
from snippets.queue import enqueue_message
from snippets.settings import Settings

from filling import run
from post_office import PostOffice, with_mail

PASSWORD = "correct horse battery"
OPERATOR = ("admin", PASSWORD)
TO = "reader@example.org"


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    return with_mail(settings, office, dashboard_password=PASSWORD)


@pytest.fixture
def doubted(sessions: Sessions, redis: Redis, work, office: PostOffice) -> int:
    """A message that a server took and did not answer for."""
    office.answers["DATA"] = PostOffice.CUT
    with sessions.begin() as session:
        message_id = write(session, Kind.SHARE, TO, Letter("What it is about", "What it says.\n")).id
    enqueue_message(redis, message_id)
    work("mail")
    office.answers.clear()
    return message_id


@pytest.fixture
def press(client: FlaskClient) -> Callable[[int, str], str]:
    """Press a button of /ops; return the sentence that comes of it."""

    def press(message_id: int, button: str) -> str:
        answer = client.post(f"/ops/messages/{message_id}/{button}", auth=OPERATOR)
        assert answer.status_code == 303, answer.text
        page = client.get(answer.location, auth=OPERATOR).text
        return re.search(r'<p class="note" role="status">([^<]*)</p>', page)[1]

    return press


@pytest.fixture
def trail(sessions: Sessions) -> Callable[[], list[tuple]]:
    def trail() -> list[tuple]:
        with sessions() as session:
            return [
                tuple(row) for row in session.execute(select(AuditEntry.actor, AuditEntry.action, AuditEntry.subject))
            ]

    return trail


def test_the_operator_finds_both_buttons_beside_an_uncertain_message_alone(client, doubted: int, sessions):
    with sessions.begin() as session:
        failed = write(session, Kind.SHARE, TO, Letter("It", "Text.")).id
    settle(sessions, claim(sessions, failed), Outcome(State.FAILED, "550 no"))

    page = client.get("/ops", auth=OPERATOR).text

    assert re.findall(r'action="/ops/messages/(\d+)/([a-z-]+)"', page) == [
        (str(doubted), "it-was-sent"),
        (str(doubted), "send-again"),
    ]


def test_a_message_that_has_arrived_after_all_counts_as_sent_and_is_forgotten_like_one(
    doubted: int, press, row, work, trail, office: PostOffice
):
    assert "counts as sent" in press(doubted, "it-was-sent")
    work("mail")

    sent = row(doubted)
    assert (sent.state, sent.recipient, sent.subject, sent.body, sent.error) == (State.SENT, None, None, None, None)
    assert len(office.accepted) == 1
    assert trail() == [("admin", "it-was-sent", f"message {doubted}")]


def test_a_message_that_has_not_arrived_is_sent_again_under_the_same_name(
    doubted: int, press, row, work, trail, office: PostOffice
):
    assert "sent again" in press(doubted, "send-again")
    work("mail")

    first, second = office.messages
    assert second.as_bytes() == first.as_bytes()  # a mailbox that has the first may tell by its Message-ID
    assert office.recipients == [TO, TO]
    assert (row(doubted).state, row(doubted).attempts, row(doubted).body) == (State.SENT, 2, None)
    assert trail() == [("admin", "send-again", f"message {doubted}")]


@pytest.mark.parametrize("later", ["it-was-sent", "send-again"])
def test_what_is_decided_is_decided_once(doubted: int, press, work, trail, office: PostOffice, later: str):
    press(doubted, "send-again")
    work("mail")

    assert "not uncertain" in press(doubted, later)
    work("mail")

    assert len(office.accepted) == 2
    assert len(trail()) == 1


def test_a_message_whose_worker_died_is_sent_again_however_old_it_is(
    sessions, redis, press, row, work, office: PostOffice
):
    with sessions.begin() as session:
        message_id = write(session, Kind.REPORT, TO, Letter("It", "Text.")).id
    claim(sessions, message_id)
    with sessions.begin() as session:
        long_ago = now() - mail_sweep.UNSERVED
        session.execute(update(Message).values(claimed_at=long_ago, created_at=long_ago, due_at=long_ago))
    sweep_mail(sessions, redis)
    assert row(message_id).state == State.UNCERTAIN

    press(message_id, "send-again")
    sweep_mail(sessions, redis)
    work("mail")

    assert office.recipients == [TO]
    assert row(message_id).state == State.SENT


def test_the_text_of_an_uncertain_message_is_gone_with_the_message_after_a_week(doubted: int, sessions, redis, row):
    assert row(doubted).body == "What it says.\n"
    with sessions.begin() as session:
        session.execute(update(Message).values(ended_at=now() - mail_sweep.KEPT - timedelta(seconds=1)))

    sweep_mail(sessions, redis)

    with sessions() as session:
        assert session.get(Message, doubted) is None


def test_of_a_message_whose_text_nobody_kept_it_can_only_be_said_that_it_was_sent(
    client, doubted: int, press, row, sessions, trail
):
    with sessions.begin() as session:
        session.execute(update(Message).values(body=None))  # as versions before this one left it

    page = client.get("/ops", auth=OPERATOR).text

    assert f"/ops/messages/{doubted}/it-was-sent" in page
    assert "send-again" not in page
    assert "not uncertain" in press(doubted, "send-again")
    assert row(doubted).state == State.UNCERTAIN
    assert trail() == []


@pytest.mark.parametrize("button", ["it-was-sent", "send-again"])
def test_nobody_decides_without_the_password_or_from_another_site_or_of_what_is_not_there(
    client, doubted: int, row, trail, button: str
):
    path = f"/ops/messages/{doubted}/{button}"

    assert client.post(path).status_code == 401
    assert client.get(path, auth=OPERATOR).status_code == 405
    assert client.post(path, auth=OPERATOR, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(f"/ops/messages/{doubted}/explode", auth=OPERATOR).status_code == 404
    assert client.post(f"/ops/messages/{'9' * 30}/{button}", auth=OPERATOR).status_code == 404
    assert row(doubted).state == State.UNCERTAIN
    assert trail() == []


def test_what_is_to_be_decided_is_listed_before_what_only_failed_however_much_that_is(
    client, doubted: int, sessions, monkeypatch
):
    monkeypatch.setattr(mail_state, "SHOWN", 2)
    for number in range(3):
        with sessions.begin() as session:
            failed = write(session, Kind.SHARE, f"r{number}@example.org", Letter("It", "Text.")).id
        settle(sessions, claim(sessions, failed), Outcome(State.FAILED, "550 no"))

    page = client.get("/ops", auth=OPERATOR).text

    assert f"/ops/messages/{doubted}/send-again" in page
    assert "r2@example.org" in page
    assert "r1@example.org" not in page


def test_a_worker_that_was_given_up_says_nothing_of_the_attempt_that_came_after_its_own(
    sessions, redis, press, row, office: PostOffice
):
    with sessions.begin() as session:
        message_id = write(session, Kind.SHARE, TO, Letter("It", "Text.")).id
    given_up = claim(sessions, message_id)
    with sessions.begin() as session:
        session.execute(update(Message).values(claimed_at=now() - mail_sweep.ABANDONED))
    sweep_mail(sessions, redis)
    press(message_id, "send-again")
    claim(sessions, message_id)

    settle(sessions, given_up, Outcome(State.FAILED, "550 no"))

    assert (row(message_id).state, row(message_id).error) == (State.SENDING, None)


def test_in_a_terminal_a_message_that_has_arrived_after_all_counts_as_sent(app, doubted, row, sessions, work, office):
    said = run(app, "mail", "sent", "--note", "he has it", str(doubted))
    work("mail")

    assert (said.exit_code, said.output) == (0, f"{doubted} counts as sent\n")
    assert (row(doubted).state, row(doubted).body) == (State.SENT, None)
    assert len(office.accepted) == 1
    with sessions() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.subject) == ("command line", "it-was-sent", f"message {doubted}")
    assert entry.note == "he has it"


def test_in_a_terminal_a_message_is_sent_again_at_once_under_the_same_name(app, doubted, row, trail, work, office):
    said = run(app, "mail", "again", str(doubted))
    work("mail")

    assert (said.exit_code, said.output) == (0, f"{doubted} waits to be sent\n")
    first, second = office.messages
    assert second.as_bytes() == first.as_bytes()
    assert row(doubted).state == State.SENT
    assert trail() == [("command line", "send-again", f"message {doubted}")]


@pytest.mark.parametrize(("command", "done"), [("sent", "counts as sent"), ("again", "waits to be sent")])
def test_what_was_decided_in_a_terminal_is_decided_once(app, doubted, trail, work, office, command: str, done: str):
    first, second = (run(app, "mail", command, str(doubted)) for _ in range(2))
    work("mail")

    assert (second.exit_code, second.output) == (0, f"{doubted} {done} already\n")
    assert first.exit_code == 0
    assert len(trail()) == 1
    assert len(office.accepted) == (1 if command == "sent" else 2)


def test_a_list_of_messages_comes_by_standard_input_and_what_is_wrong_in_it_stops_nothing_else(
    app: Flask, doubted: int, sessions, trail
):
    with sessions.begin() as session:
        failed, other = (write(session, Kind.SHARE, TO, Letter("It", "Text.")).id for _ in range(2))
    settle(sessions, claim(sessions, failed), Outcome(State.FAILED, "550 no"))
    settle(sessions, claim(sessions, other), Outcome(State.UNCERTAIN, "cut off"))
    with sessions.begin() as session:
        session.execute(update(Message).where(Message.id == other).values(body=None))

    typed = f"{failed}\n\n{other}\n{'9' * 30}\n-1\n\x1b[2J\n  {doubted}\n"
    said = app.test_cli_runner().invoke(args=["snippets", "mail", "again"], input=typed)

    assert said.exit_code == 1
    assert said.stdout == f"{doubted} waits to be sent\n"
    assert said.stderr.splitlines() == [
        f"{failed}: it is not uncertain, but failed",
        f"{other}: its text was not kept, so that it can only count as sent",
        f"{'9' * 30}: there is no such message",
        "-1: there is no such message",
        "[2J: there is no such message",
    ]
    assert trail() == [("command line", "send-again", f"message {doubted}")]


def test_with_redis_away_a_message_waits_for_the_sweep_which_is_said(
    settings: Settings, doubted, sessions, redis, work
):
    away = create_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))

    said = run(away, "mail", "again", str(doubted))

    assert (said.exit_code, said.stdout) == (0, f"{doubted} waits to be sent\n")
    assert said.stderr == "Redis does not answer: the workers' sweep will enqueue what waits.\n"
    away.extensions["snippets"].sessions.kw["bind"].dispose()
    with sessions.begin() as session:
        session.execute(update(Message).values(due_at=now() - mail_sweep.PATIENCE - timedelta(seconds=1)))
    assert sweep_mail(sessions, redis) == 1


def test_where_nothing_is_sent_a_message_that_is_to_be_sent_again_waits_and_that_is_said(
    settings: Settings, doubted: int
):
    silent = create_app(replace(settings, smtp_url=None))

    said = run(silent, "mail", "again", str(doubted))

    assert (said.exit_code, said.stdout) == (0, f"{doubted} waits to be sent\n")
    assert said.stderr == "SMTP_URL is not set: nothing is sent.\n"
    silent.extensions["snippets"].sessions.kw["bind"].dispose()
    silent.extensions["snippets"].redis.close()


def test_the_help_of_mail_names_what_decides(app: Flask):
    said = run(app, "mail", "--help").output

    assert re.findall(r"^  (again|sent) ", said, re.MULTILINE) == ["again", "sent"]
