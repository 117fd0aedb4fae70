"""Handing a message to a real SMTP server, and what is known of it whatever the server does."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from snippets.messages import State
from snippets.relay import Relay
from workers import smtp
from workers.smtp import Delivery

from post_office import PASSWORD, USER, PostOffice
from servers import free_port

CONTENT = b"Subject: a test\r\n\r\n.a line that begins with a dot\r\nand one that does not\r\n"
LOGIN = f"{USER}:{quote(PASSWORD)}@"
Opened = Callable[..., PostOffice]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Open post offices that are closed after the test."""
    offices: list[PostOffice] = []

    def open_one(**options) -> PostOffice:
        offices.append(PostOffice(**options))
        return offices[-1]

    yield open_one
    for office in offices:
        office.stop()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certified(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def deliver(url: str, seconds: float = 10):
    return Delivery(Relay.parse(url), "site@example.org", "reader@example.org", CONTENT).run(seconds)


def plain(office: PostOffice, seconds: float = 10):
    return deliver(f"smtp://127.0.0.1:{office.port}", seconds)


def test_what_the_server_accepts_is_sent_as_it_was_written(opened: Opened):
    office = opened()

    assert plain(office) == (State.SENT, None)

    [envelope] = office.accepted
    assert (envelope.mail_from, envelope.rcpt_tos) == ("site@example.org", ["reader@example.org"])
    assert envelope.content == CONTENT


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_over_tls_the_site_says_who_it_is(opened: Opened, certified: ssl.SSLContext, scheme: str):
    office = opened(auth=True, **{{"smtps": "tls", "smtp+starttls": "starttls"}[scheme]: certified})

    assert deliver(f"{scheme}://{LOGIN}localhost:{office.port}") == (State.SENT, None)

    assert len(office.accepted) == len(office.logins) == 1


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_server_whose_certificate_nobody_vouches_for_learns_no_password(opened: Opened, certified, scheme: str):
    office = opened(auth=True, **{{"smtps": "tls", "smtp+starttls": "starttls"}[scheme]: certified})

    state, error = deliver(f"{scheme}://{LOGIN}localhost:{office.port}")

    assert state == State.WAITING
    assert "certificate verify failed" in error
    assert office.logins == office.accepted == []


def test_a_server_that_offers_no_tls_where_it_is_asked_for_gets_nothing(opened: Opened):
    office = opened()

    state, error = deliver(f"smtp+starttls://{LOGIN}localhost:{office.port}")

    assert state == State.WAITING
    assert "STARTTLS" in error
    assert office.logins == office.accepted == []


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_the_sites_fault_and_not_the_messages(opened: Opened, certified: ssl.SSLContext):
    office = opened(auth=True, tls=certified)

    state, error = deliver(f"smtps://{USER}:wrong-password@localhost:{office.port}")

    assert state == State.WAITING
    assert "535" in error
    assert "wrong-password" not in error


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "state"), [("451 try again later", State.WAITING), ("550 no such mailbox", State.FAILED)]
)
def test_a_4xx_is_worth_another_try_and_a_5xx_is_not(opened: Opened, command: str, answer: str, state: State):
    office = opened()
    office.answers[command] = answer

    assert plain(office) == (state, f"the server said {answer}")


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_wants_a_password_first_is_the_sites_fault_and_not_the_messages(opened: Opened, command: str):
    office = opened()
    office.answers[command] = "530 5.7.0 Authentication required"

    assert plain(office) == (State.WAITING, "the server said 530 5.7.0 Authentication required")


@pytest.mark.drill
def test_a_message_of_which_the_server_takes_only_the_beginning_is_tried_again(odd_server):
    def stop_reading(connection: socket.socket) -> None:
        for answer in (b"220 here\r\n", b"250 ehlo\r\n", b"250 mail\r\n", b"250 rcpt\r\n", b"354 go on\r\n"):
            connection.send(answer)
            connection.recv(1000)
        time.sleep(1)

    relay = Relay.parse(odd_server(stop_reading))
    state, error = Delivery(relay, "site@example.org", "reader@example.org", b"x" * 10**8).run(0.5)

    assert (state, error) == (State.WAITING, "not done within 0.5 s")


@pytest.mark.drill
@pytest.mark.parametrize(
    ("command", "state"), [("MAIL", State.WAITING), ("RCPT", State.WAITING), ("DATA", State.UNCERTAIN)]
)
@pytest.mark.parametrize("how", [PostOffice.HANG, PostOffice.CUT])
def test_without_an_answer_it_is_uncertain_only_once_the_server_has_the_whole_message(
    opened: Opened, command: str, state: State, how: str
):
    office = opened()
    office.answers[command] = how

    found, error = plain(office, seconds=0.5)

    assert found == state
    assert ("not done within 0.5 s" in error) == (how == PostOffice.HANG)


def test_an_answer_that_smtp_does_not_know_leaves_it_uncertain(opened: Opened):
    office = opened()
    office.answers["DATA"] = "354 what now"

    assert plain(office)[0] == State.UNCERTAIN


def test_where_nobody_listens_it_is_tried_again():
    state, error = deliver(f"smtp://127.0.0.1:{free_port()}")

    assert state == State.WAITING
    assert "refused" in error


def test_a_host_that_no_name_server_knows_is_tried_again():
    assert deliver("smtp://nowhere.invalid")[0] == State.WAITING
    assert deliver(f"smtp://{'a' * 64}.invalid")[0] == State.WAITING


@pytest.fixture
def odd_server() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Listen, and do with the first who comes what the test says."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads = []

        def serve(act: Callable[[socket.socket], None]) -> str:
            def run() -> None:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    act(connection)

            threads.append(threading.Thread(target=run))
            threads[0].start()
            return f"smtp://127.0.0.1:{listener.getsockname()[1]}"

        yield serve
        for thread in threads:
            thread.join()


@pytest.mark.drill
def test_a_server_that_drips_its_greeting_is_left_at_the_deadline(odd_server):
    def drip(connection: socket.socket) -> None:
        for sign in b"220 " + b"x" * 10_000:
            connection.send(bytes([sign]))
            time.sleep(0.05)

    state, error = deliver(odd_server(drip), seconds=0.5)

    assert (state, error) == (State.WAITING, "not done within 0.5 s")


def test_a_server_that_talks_without_end_is_not_listened_to(odd_server, monkeypatch):
    def talk(connection: socket.socket) -> None:
        while True:
            connection.send(b"220-and another thing\r\n" * 100)

    state, error = deliver(odd_server(talk))

    assert state == State.WAITING
    assert "says too much" in error


def test_a_server_that_serves_nobody_does_not_fail_the_message(odd_server):
    assert deliver(odd_server(lambda connection: connection.send(b"554 go away\r\n"))) == (
        State.WAITING,
        "the server said 554 go away",
    )


def test_the_whole_exchange_takes_less_than_the_job_may():
    from snippets.queue import JOB_TIMEOUT

    assert smtp.DEADLINE < JOB_TIMEOUT
