"""Messages as rows: each is sent once, whatever runs twice, dies or is away; what becomes of it is kept for a while."""

import signal
import subprocess
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from redis import Redis
from rq import Queue, Worker
from sqlalchemy import select, update

from snippets import mail_sweep
from snippets.database import Sessions
from snippets.lanes import SEND
from snippets.mail_models import Message
from snippets.mail_state import mail_state
from snippets.mail_sweep import sweep_mail
from snippets.messages import PAUSES, Kind, Letter, Outcome, State, claim, settle, write
from snippets.models import now
from snippets.queue import enqueue_message
from snippets.settings import ROOT, Settings
from workers.sending import send_message

from post_office import PostOffice, with_mail
from processes import environment, wait_until

LETTER = Letter("What it is about", "What it says.\n")
TO = "reader@example.org"


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    return with_mail(settings, office)


@pytest.fixture
def written(sessions: Sessions, redis: Redis) -> Callable[..., int]:
    """Write a message as the web does, and enqueue it."""

    def written(kind: Kind = Kind.SHARE, recipient: str = TO) -> int:
        with sessions.begin() as session:
            message_id = write(session, kind, recipient, LETTER).id
        enqueue_message(redis, message_id)
        return message_id

    return written


def age(sessions: Sessions, by: timedelta) -> None:
    """Let everything about the messages have happened earlier."""
    columns = Message.created_at, Message.due_at, Message.claimed_at, Message.ended_at
    with sessions.begin() as session:
        for message in session.scalars(select(Message)):
            for name in (column.key for column in columns):
                if at := getattr(message, name):
                    setattr(message, name, at - by)


def test_a_message_is_sent_and_neither_its_text_nor_its_address_is_kept(written, work, row, office: PostOffice):
    message_id = written()
    assert row(message_id).state == State.WAITING

    work("mail")

    [message] = office.messages
    assert office.recipients == [TO]
    assert message["Subject"] == "What it is about"
    assert message.get_content() == "What it says.\n"
    sent = row(message_id)
    assert (sent.state, sent.attempts) == (State.SENT, 1)
    assert (sent.recipient, sent.subject, sent.body) == (None, None, None)


@pytest.mark.usefixtures("work")
def test_a_job_that_runs_twice_sends_once(written, office: PostOffice):
    message_id = written()

    send_message(message_id)
    send_message(message_id)

    assert len(office.accepted) == 1


@pytest.mark.drill
@pytest.mark.usefixtures("work")
def test_of_two_workers_at_once_one_sends(written, sessions: Sessions, office: PostOffice):
    ids = [written() for _ in range(10)]
    together = threading.Barrier(2)

    def run() -> None:
        for message_id in ids:
            together.wait()
            send_message(message_id)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(office.accepted) == 10
    assert mail_state(sessions).counts[State.SENT] == 10


def test_what_the_server_cannot_take_now_is_sent_later_and_not_sooner(
    written, work, row, sessions, redis, office: PostOffice
):
    office.answers["RCPT"] = "451 later"
    message_id = written()
    work("mail")
    assert (row(message_id).state, row(message_id).error) == (State.WAITING, "the server said 451 later")
    office.answers.clear()

    send_message(message_id)
    assert office.accepted == []
    age(sessions, PAUSES[0] + mail_sweep.PATIENCE)
    assert sweep_mail(sessions, redis) == 1
    work("mail")

    assert len(office.accepted) == 1
    assert (row(message_id).state, row(message_id).attempts, row(message_id).error) == (State.SENT, 2, None)


def test_what_the_server_could_not_take_for_two_days_has_failed(written, work, row, sessions, office: PostOffice):
    office.answers["MAIL"] = "451 later"
    message_id = written()
    work("mail")
    with sessions.begin() as session:
        session.execute(update(Message).values(attempts=len(PAUSES), due_at=now()))

    send_message(message_id)

    failed = row(message_id)
    assert (failed.state, failed.error) == (State.FAILED, "the server said 451 later")
    assert (failed.body, failed.recipient) == (None, TO)
    assert sum(PAUSES, timedelta()) > timedelta(days=1)


def test_what_the_server_refuses_for_good_has_failed_at_once(written, work, row, sessions, redis, office: PostOffice):
    office.answers["RCPT"] = "550 no such mailbox"
    message_id = written()
    work("mail")
    office.answers.clear()
    age(sessions, timedelta(days=1))
    sweep_mail(sessions, redis)
    work("mail")

    assert office.accepted == []
    assert (row(message_id).state, row(message_id).error) == (State.FAILED, "the server said 550 no such mailbox")


def test_what_the_server_may_have_accepted_is_uncertain_and_never_sent_again(
    written, work, row, sessions, redis, office: PostOffice
):
    office.answers["DATA"] = PostOffice.CUT
    message_id = written()
    work("mail")
    office.answers.clear()
    age(sessions, timedelta(days=1))
    sweep_mail(sessions, redis)
    send_message(message_id)

    assert len(office.accepted) == 1
    assert row(message_id).state == State.UNCERTAIN
    assert [each.id for each in mail_state(sessions).troubled] == [message_id]


@pytest.mark.usefixtures("work")
def test_a_worker_without_a_server_leaves_the_message_to_others(written, row, settings, monkeypatch):
    from dataclasses import replace

    from workers import jobs

    monkeypatch.setattr(jobs, "settings", replace(settings, smtp_url=None))
    message_id = written()

    send_message(message_id)

    assert (row(message_id).state, row(message_id).error) == (State.WAITING, "this worker has no SMTP_URL")


def test_what_could_not_be_enqueued_is_sent_by_the_sweep(work, sessions, redis, away: Redis, office: PostOffice):
    with sessions.begin() as session:
        message_id = write(session, Kind.REPORT, TO, LETTER).id
    assert not enqueue_message(away, message_id)
    assert sweep_mail(sessions, redis) == 0
    age(sessions, mail_sweep.PATIENCE)

    assert sweep_mail(sessions, redis) == 1
    assert sweep_mail(sessions, redis) == 0  # its job lives
    work("mail")

    assert len(office.accepted) == 1


def test_a_message_whose_worker_died_over_it_is_uncertain(written, row, sessions, redis):
    message_id = written()
    claim(sessions, message_id)
    sweep_mail(sessions, redis)
    assert row(message_id).state == State.SENDING
    age(sessions, mail_sweep.ABANDONED)

    sweep_mail(sessions, redis)

    assert (row(message_id).state, row(message_id).error) == (State.UNCERTAIN, mail_sweep.LOST)
    assert row(message_id).body == LETTER.body  # the operator may have it sent again


@pytest.mark.parametrize(
    ("outcome", "state"), [(State.SENT, State.SENT), (State.FAILED, State.FAILED), (State.WAITING, State.UNCERTAIN)]
)
def test_a_worker_that_lives_after_all_puts_it_right_but_sends_nothing_again(
    written, row, sessions, redis, outcome: State, state: State
):
    message = claim(sessions, written())
    age(sessions, mail_sweep.ABANDONED)
    sweep_mail(sessions, redis)

    settle(sessions, message, Outcome(outcome))

    assert row(message.id).state == state


def test_what_became_of_a_message_is_forgotten_after_a_week(written, work, sessions, redis):
    written()
    work("mail")
    age(sessions, mail_sweep.KEPT - timedelta(minutes=1))
    sweep_mail(sessions, redis)
    assert mail_state(sessions).counts[State.SENT] == 1
    age(sessions, timedelta(minutes=1))

    sweep_mail(sessions, redis)

    assert sum(mail_state(sessions).counts.values()) == 0


def test_a_message_that_nobody_sends_for_a_week_has_failed(written, row, sessions, redis):
    message_id = written()
    age(sessions, mail_sweep.UNSERVED)

    sweep_mail(sessions, redis)

    assert (row(message_id).state, row(message_id).error) == (State.FAILED, mail_sweep.NOBODY)


def test_a_recipient_that_is_no_address_is_not_written_down(sessions):
    with sessions.begin() as session, pytest.raises(ValueError, match="no mail address"):
        write(session, Kind.SHARE, f"{TO}\r\nBcc: all@example.org", LETTER)


def test_the_job_of_a_message_is_told_by_its_name(written, redis: Redis):
    message_id = written()

    [job] = Queue("mail", connection=redis).jobs

    assert (job.id, job.description) == (SEND.job_id(message_id), f"send message {message_id}")


@pytest.mark.drill
def test_a_message_whose_horse_is_killed_after_it_was_handed_over_is_reported_and_not_sent_again(
    written, row, sessions, redis, redis_url: str, settings: Settings, office: PostOffice, tmp_path: Path
):
    office.answers["DATA"] = PostOffice.HANG
    message_id = written()
    env = environment(
        ENV_FILE="/dev/null",
        DATABASE_URL=settings.database_url,
        REDIS_URL=redis_url,
        RQ_CONFIG="workers.settings",
        RQ_WORKER_CLASS="workers.worker.SnippetWorker",
        SMTP_URL=settings.smtp_url or "",
        MAIL_FROM=settings.mail_from or "",
        SITE_URL=settings.site_url or "",
    )
    with (tmp_path / "worker.log").open("w") as log:
        command = [str(ROOT / ".venv/bin/rq"), "worker", "mail"]
        worker = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    queue = Queue("mail", connection=redis)
    try:
        wait_until(lambda: office.accepted, patience=30)
        [horse] = psutil.Process(worker.pid).children()
        horse.send_signal(signal.SIGKILL)
        office.answers.clear()
        wait_until(lambda: queue.finished_job_registry.count, patience=30)  # the retry, which found nothing to do
        assert row(message_id).state == State.SENDING
        age(sessions, mail_sweep.ABANDONED)
        wait_until(lambda: row(message_id).state == State.UNCERTAIN, patience=30)  # by the worker's own sweep
        assert Worker.count(queue=queue) == 1
    finally:
        worker.kill()
        worker.wait()

    assert len(office.accepted) == 1
