"""The site behind granian, over real sockets: slow bodies hold nobody up, and a request arrives as it was sent."""

import socket
import subprocess
import time
from collections.abc import Iterator
from textwrap import dedent

import pytest
import requests

from snippets.settings import ROOT

from processes import environment, wait_until
from servers import free_port

pytestmark = pytest.mark.drill
ECHO = dedent(
    """
    import json, time
    from snippets import front

    front.STALLED, front.LONGEST = 1.0, 3.0

    def echo(environ, start_response):
        if environ["PATH_INFO"] == "/broken":
            raise RuntimeError("broken")
        if environ["PATH_INFO"] == "/parts":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return parts()
        told = {name: value for name, value in environ.items() if isinstance(value, str)}
        told["body"] = environ["wsgi.input"].read().decode("latin-1")
        start_response("200 OK", [("Content-Type", "application/json"), ("X-One", "1"), ("X-One", "2")])
        return [json.dumps(told).encode()]

    def parts():
        for number in range(20):
            time.sleep(0.05)
            yield b"x" * 1000

    def serve():
        return front.Front(echo, 1000)
    """
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a granian that tells what its application was asked."""
    folder = tmp_path_factory.mktemp("echo")
    (folder / "echo.py").write_text(ECHO)
    port = free_port()
    granian = [
        ROOT / ".venv/bin/granian",
        "--interface",
        "rsgi",
        "--loop",
        "uvloop",
        "--factory",
        "--port",
        str(port),
        "echo:serve",
    ]
    env = environment(PYTHONPATH=f"{ROOT}:{folder}")
    process = subprocess.Popen(granian, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: _listens(port))
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def said(server: str, request: bytes) -> bytes:
    """Send bytes, and return all that is answered until the connection is idle or closed."""
    with socket.create_connection(server.removeprefix("http://").split(":"), timeout=5) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
            if b"}" in piece or b"in time" in piece:
                break
        return answer


def test_a_request_arrives_as_it_was_sent(server: str):
    answer = requests.post(
        f"{server}/a%20b/%C3%A9?x=%20y&z",
        data=b"caf\xc3\xa9",
        headers={"Content-Type": "text/plain", "X-Word": "some", "Cookie": "a=1; b=2"},
        timeout=5,
    )

    told = answer.json()
    assert answer.headers["X-One"] == "1, 2"
    assert told["PATH_INFO"].encode("latin-1").decode() == "/a b/é"
    assert told["QUERY_STRING"] == "x=%20y&z"
    assert (told["REQUEST_METHOD"], told["wsgi.url_scheme"], told["SERVER_PROTOCOL"]) == ("POST", "http", "HTTP/1.1")
    assert told["HTTP_HOST"] == server.removeprefix("http://")
    assert (told["CONTENT_TYPE"], told["CONTENT_LENGTH"], told["HTTP_X_WORD"]) == ("text/plain", "5", "some")
    assert told["HTTP_COOKIE"] == "a=1; b=2"
    assert told["REMOTE_ADDR"] == "127.0.0.1"
    assert told["body"].encode("latin-1") == "café".encode()
    assert "HTTP_CONTENT_TYPE" not in told


@pytest.mark.parametrize(
    ("sent", "meant"), [("/100%25.py", "/100%.py"), ("/%2541", "/%41"), ("/%25C3%25A9", "/%C3%A9")]
)
def test_a_path_is_decoded_once(server: str, sent: str, meant: str):
    assert f'"PATH_INFO": "{meant}"'.encode() in said(server, f"GET {sent} HTTP/1.1\r\nHost: h\r\n\r\n".encode())


def test_headers_that_come_twice_arrive_joined(server: str):
    answer = said(server, b"GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-A: 2\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n")

    assert b'"HTTP_X_A": "1,2"' in answer
    assert b'"HTTP_COOKIE": "a=1; b=2"' in answer


@pytest.mark.parametrize("forged", ["X_Forwarded_For", "x-forwarded_for"])
def test_no_header_passes_for_that_of_a_proxy(server: str, forged: str):
    real, false = "X-Forwarded-For: 192.0.2.1\r\n", f"{forged}: 192.0.2.66\r\n"

    for headers in (real + false, false + real):
        answer = said(server, f"GET / HTTP/1.1\r\nHost: h\r\n{headers}\r\n".encode())
        assert b'"HTTP_X_FORWARDED_FOR": "192.0.2.1"' in answer
    assert b"192.0.2.66" not in said(server, f"GET / HTTP/1.1\r\nHost: h\r\n{false}\r\n".encode())


def test_a_body_in_chunks_arrives_whole(server: str):
    answer = requests.post(server, data=iter([b"ab", b"cd", b"e" * 900]), timeout=5)

    assert answer.json()["body"] == "abcd" + "e" * 900


def test_a_body_in_chunks_over_the_limit_is_cut_one_byte_over(server: str):
    answer = requests.post(server, data=iter([b"x" * 600] * 3), timeout=5)

    assert len(answer.json()["body"]) == 1001


def test_a_body_that_says_that_it_is_over_the_limit_is_not_waited_for(server: str):
    answer = said(server, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n")

    assert b'"CONTENT_LENGTH": "1001"' in answer
    assert b'"body": ""' in answer


@pytest.fixture
def slow(server: str) -> Iterator[list[socket.socket]]:
    """Many uploads that have begun and do not go on."""
    uploads = [socket.create_connection(server.removeprefix("http://").split(":")) for _ in range(40)]
    for upload in uploads:
        upload.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nabc")
    yield uploads
    for upload in uploads:
        upload.close()


def test_slow_uploads_hold_nobody_up(server: str, slow: list[socket.socket]):
    began = time.monotonic()

    for _ in range(5):
        assert requests.get(server, timeout=5).status_code == 200

    assert time.monotonic() - began < 0.5


def test_an_upload_that_stalls_is_ended_with_a_sentence(server: str, slow: list[socket.socket]):
    slow[0].settimeout(5)

    answer = slow[0].recv(65536)

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"did not come in time" in answer


def test_an_upload_that_drips_for_ever_is_ended_too(server: str):
    with socket.create_connection(server.removeprefix("http://").split(":"), timeout=0.3) as upload:
        upload.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
        began, answer = time.monotonic(), b""
        while not answer and time.monotonic() - began < 8:
            upload.sendall(b"x")
            try:
                answer = upload.recv(65536)
            except TimeoutError:
                continue

    assert answer.startswith(b"HTTP/1.1 408")
    assert 2 < time.monotonic() - began < 5


def test_a_client_that_leaves_during_its_upload_does_no_harm(server: str, slow: list[socket.socket]):
    for upload in slow:
        upload.close()

    assert requests.get(server, timeout=5).status_code == 200


def test_an_application_that_fails_is_a_500_and_the_next_request_is_served(server: str):
    assert requests.get(f"{server}/broken", timeout=5).status_code == 500
    assert requests.get(server, timeout=5).status_code == 200


def test_an_answer_in_parts_is_sent_while_it_is_made_and_others_are_served_between(server: str):
    began = time.monotonic()
    with requests.get(f"{server}/parts", stream=True, timeout=5) as answer:
        parts = answer.iter_content(1000)
        assert next(parts) == b"x" * 1000
        begun = time.monotonic()
        assert requests.get(server, timeout=5).ok
        served = time.monotonic()
        assert len(b"".join(parts)) == 19_000
    ended = time.monotonic()

    assert begun - began < 0.5 < ended - began
    assert served < ended - 0.3


def test_a_client_that_leaves_half_way_leaves_the_rest_unmade(server: str):
    for _ in range(5):
        with requests.get(f"{server}/parts", stream=True, timeout=5) as answer:
            next(answer.iter_content(1000))
    began = time.monotonic()

    assert requests.get(server, timeout=5).ok

    assert time.monotonic() - began < 1
