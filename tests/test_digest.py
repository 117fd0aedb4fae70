"""The digest of failures: what it tells, and that it does so once a day."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import select

from snippets import digest
from snippets.database import Sessions
from snippets.digest import tell_failures
from snippets.mail_models import Digest, Message
from snippets.messages import Kind, Letter, Outcome, State, claim, settle, write
from snippets.models import now
from snippets.settings import Settings

from post_office import PostOffice, with_mail


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    return with_mail(settings, office)


@pytest.fixture
def dawn(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """It is too early for a digest, also for the workers of a test, until the test says that it has dawned."""

    def dawn(days: int = 0) -> None:
        monkeypatch.setattr(digest, "HOUR", 0)
        monkeypatch.setattr(digest, "now", lambda: now() + timedelta(days=days))

    monkeypatch.setattr(digest, "HOUR", 24)
    return dawn


def fail_jobs(redis: Redis, work, queue: str = "bulk", times: int = 1) -> None:
    for _ in range(times):
        Queue(queue, connection=redis).enqueue("operator.truediv", 1, 0)
    work(queue)


def end_badly(sessions: Sessions, state: State) -> None:
    with sessions.begin() as session:
        message_id = write(session, Kind.SHARE, "reader@example.org", Letter("It", "Text.")).id
    settle(sessions, claim(sessions, message_id), Outcome(state, "the reason"))


def digests(sessions: Sessions) -> list[Message]:
    with sessions() as session:
        return list(session.scalars(select(Message).where(Message.kind == Kind.DIGEST)))


def test_failed_jobs_and_messages_that_ended_badly_are_told_to_the_operator(
    sessions, redis, work, settings, dawn, office: PostOffice
):
    fail_jobs(redis, work, times=2)
    for state in (State.FAILED, State.UNCERTAIN, State.UNCERTAIN):
        end_badly(sessions, state)
    dawn()

    assert tell_failures(sessions, redis, settings)
    work("mail")

    [message] = office.messages
    text = message.get_content()
    assert (office.recipients, message["Subject"]) == (
        ["operator@example.org"],
        "Failures: 1 kinds of failed jobs, 2 of messages",
    )
    assert "  2 × ZeroDivisionError on bulk\n" in text
    assert "  1 × share failed\n  2 × share uncertain\n" in text
    assert "https://paste.org/ops" in text
    assert "reader@example.org" not in text


def test_where_nothing_failed_nothing_is_sent_and_the_day_is_done(sessions, redis, work, settings, dawn):
    dawn()
    assert tell_failures(sessions, redis, settings)
    fail_jobs(redis, work)
    assert not tell_failures(sessions, redis, settings)

    assert digests(sessions) == []


def test_what_has_been_told_is_not_told_again_the_next_day(sessions, redis, work, settings, dawn):
    fail_jobs(redis, work)
    end_badly(sessions, State.UNCERTAIN)
    dawn()
    tell_failures(sessions, redis, settings)
    dawn(days=1)

    assert tell_failures(sessions, redis, settings)

    assert len(digests(sessions)) == 1


def test_what_fails_after_one_digest_is_in_the_next(sessions, redis, work, settings, dawn):
    with sessions.begin() as session:
        session.add(Digest(day=now().date() - timedelta(days=1), at=now() - timedelta(seconds=1)))
    fail_jobs(redis, work)
    dawn()

    tell_failures(sessions, redis, settings)

    assert len(digests(sessions)) == 1


@pytest.mark.parametrize(("hour", "told"), [(5, False), (6, True)])
def test_a_day_is_told_of_after_six_in_the_morning(sessions, redis, settings, monkeypatch, hour: int, told: bool):
    monkeypatch.setattr(digest, "now", lambda: now().replace(hour=hour, minute=0))

    assert tell_failures(sessions, redis, settings) is told


def test_of_many_workers_at_once_one_tells(sessions, redis, work, settings, dawn):
    fail_jobs(redis, work)
    dawn()
    together, told = threading.Barrier(4), []

    def run() -> None:
        together.wait()
        told.append(tell_failures(sessions, redis, settings))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == [False, False, False, True]
    assert len(digests(sessions)) == 1


@pytest.mark.parametrize("missing", ["smtp_url", "operator_mail"])
def test_without_a_server_or_an_operator_nothing_is_told(sessions, redis, work, settings, dawn, missing: str):
    from dataclasses import replace

    fail_jobs(redis, work)
    dawn()

    assert not tell_failures(sessions, redis, replace(settings, **{missing: None}))
    assert digests(sessions) == []


def test_many_kinds_of_failures_are_counted_and_not_all_listed(settings):
    from snippets.letters import MOST
    from snippets.letters import digest as letter

    text = letter("https://paste.org/ops", now(), [f"1 × Error{number}" for number in range(MOST + 5)], []).body

    assert "Error19" in text
    assert "Error20" not in text
    assert "  and 5 kinds more\n" in text


def test_a_worker_tells_the_failures_while_it_sweeps(sessions, redis, work, dawn, office: PostOffice):
    fail_jobs(redis, work)
    dawn()
    redis.delete("snippets:sweep")
    work("mail")  # it sweeps before it looks for jobs

    assert len(office.accepted) == 1
