"""What a deployment makes of whatever answers in the place of a site that is well."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from deploying import health
from deploying.gate import Tag
from deploying.git import Refused

TAG = Tag("staging-20260101120000", "c" * 40)
WELL = f'{{"ok": true, "release": "{TAG.name}", "commit": "{TAG.commit}"}}'
Answering = Callable[[Callable[[socket.socket], object]], str]


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"STARTING": 0.2, "WRONG": 0.2, "PATIENCE": 0.3}.items():
        monkeypatch.setattr(health, name, seconds)


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Serve whatever is written to each connection; give its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    gone = threading.Event()

    def answering(answer: Callable[[socket.socket], object]) -> str:
        def serve() -> None:
            while not gone.is_set():
                connection, _ = listening.accept()
                with connection:
                    connection.recv(4096)
                    try:
                        answer(connection)
                    except OSError:  # whoever asked has had enough
                        continue

        thread.append(threading.Thread(target=serve))
        thread[0].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/up"

    thread: list[threading.Thread] = []
    yield answering
    gone.set()
    with socket.create_connection(listening.getsockname()):
        pass
    thread[0].join()
    listening.close()


def said(body: str) -> Callable[[socket.socket], object]:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return lambda connection: connection.sendall((head + body).encode())


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        threading.Event().wait(0.05)


def test_a_site_that_says_that_it_is_well_and_which_it_is_is_taken_at_its_word(answering: Answering):
    health.wait_until_well(answering(said(WELL)), TAG)


def test_a_proxy_that_the_environment_names_is_not_asked_about_the_site(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    health.wait_until_well(answering(said(WELL)), TAG)


@pytest.mark.drill
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("[]", "/up says nothing of a release"),
        ('"ok"', "/up says nothing of a release"),
        ("{}", "/up is of no release"),
        (WELL.replace("true", "1"), f"/up is of {TAG.name}"),
        (WELL.replace("c" * 40, "d" * 40), f"/up is of {TAG.name}"),
        ("no JSON", "/up does not answer: "),
        (f'"{"x" * 100_000}"', "/up does not answer: "),
    ],
)
def test_whatever_else_is_said_is_not_well(answering: Answering, body: str, says: str):
    with pytest.raises(Refused, match=f"{TAG.name} is not well: http://127.0.0.1:\\d+{says}"):
        health.wait_until_well(answering(said(body)), TAG)


def test_an_answer_without_an_end_is_none(answering: Answering):
    with pytest.raises(Refused, match=r"does not answer: not within 0\.3 s"):
        health.wait_until_well(answering(drip), TAG)
