"""What an operator sees of the mail, at /ops and in a terminal."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from snippets.database import Sessions
from snippets.mail_models import Message
from snippets.messages import Kind, Letter, Outcome, State, claim, settle, write
from snippets.models import now
from snippets.settings import Settings

from post_office import PostOffice, with_mail

PASSWORD = "correct horse battery"


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    return with_mail(settings, office, dashboard_password=PASSWORD)


@pytest.fixture
def ended(sessions: Sessions) -> Callable[..., int]:
    """Have an attempt at a message come to an end."""

    def ended(state: State, error: str | None = None) -> int:
        with sessions.begin() as session:
            message_id = write(session, Kind.SHARE, f"{state}@example.org", Letter("It", "The text.")).id
        settle(sessions, claim(sessions, message_id), Outcome(state, error))
        return message_id

    return ended


@pytest.fixture
def told(app: Flask) -> Callable[[], list[str]]:
    def told() -> list[str]:
        result = app.test_cli_runner().invoke(args=["snippets", "mail"])
        assert result.exit_code == 0, result.output
        return result.output.splitlines()

    return told


@pytest.fixture
def show(client: FlaskClient) -> Callable[[], str]:
    """The section of /ops as a reader sees it."""

    def show() -> str:
        page = client.get("/ops", auth=("admin", PASSWORD)).text
        section = page.partition('<section aria-labelledby="mail">')[2].partition("</section>")[0]
        return " ".join(re.sub("<[^>]+>", " ", section).split())

    return show


def test_where_all_is_well_there_are_only_counts(told, show, ended):
    ended(State.SENT)

    assert told() == ["waiting   0", "sending   0", "sent      1", "failed    0", "uncertain 0"]
    assert show() == "Mail 0 waiting; 0 being sent. In the last week: 1 sent, 0 failed , 0 uncertain ."


def test_what_is_the_matter_with_a_message_is_told(sessions, told, show, ended):
    for state, error in ((State.WAITING, "451 later"), (State.FAILED, "550 <b>no</b>"), (State.UNCERTAIN, "cut off")):
        ended(state, error)
    with sessions.begin() as session:
        session.execute(update(Message).values(created_at=now() - timedelta(minutes=5)))

    lines = told()
    assert lines[0] == "waiting   1, the oldest for 5 min"
    assert re.fullmatch(r"MESSAGE +KIND +STATE +TO +WRITTEN +ATTEMPTS +WHY", lines[6])
    assert re.fullmatch(r"\d+ +share +uncertain +uncertain@example.org +5 min ago +1 +cut off", lines[7])
    assert re.fullmatch(r"\d+ +share +failed +failed@example.org +5 min ago +1 +550 <b>no</b>", lines[8])
    assert re.fullmatch(r"\d+ +share +waiting +waiting@example.org +5 min ago +1 +451 later", lines[9])
    section = show()
    for part in ("1 uncertain", "uncertain@example.org cut off 1 5 min ago", "550 &lt;b&gt;no&lt;/b&gt;", "451 later"):
        assert part in section
    assert "The text." not in section


def test_a_program_may_watch_for_uncertain_messages(client, ended):
    for state in (State.UNCERTAIN, State.UNCERTAIN, State.SENT):
        ended(state)

    told = client.get("/metrics", auth=("admin", PASSWORD)).text

    assert 'snippets_messages{state="uncertain"} 2\n' in told
    assert 'snippets_messages{state="sent"} 1\n' in told
    assert 'snippets_messages{state="failed"} 0\n' in told


def test_a_site_that_sends_no_mail_says_so(app: Flask, client, monkeypatch):
    from dataclasses import replace

    site = app.extensions["snippets"]
    app.extensions["snippets"] = replace(site, settings=replace(site.settings, smtp_url=None))

    result = app.test_cli_runner().invoke(args=["snippets", "mail"])

    assert "nothing is sent" in result.output
    assert 'id="mail"' not in client.get("/ops", auth=("admin", PASSWORD)).text


def test_the_sweep_by_hand_enqueues_messages_as_well(app: Flask, sessions):
    with sessions.begin() as session:
        write(session, Kind.SHARE, "reader@example.org", Letter("It", "Text.")).due_at = now() - timedelta(minutes=1)

    result = app.test_cli_runner().invoke(args=["snippets", "sweep"])

    assert result.output == "0 pending\n1 messages enqueued\n"
