"""Who only holds on to the web: a thousand connections that say nothing, headers that never end, or without measure."""

import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
import requests
from conftest import migrate

from snippets.settings import ROOT

from processes import HTML, answers, environment, wait_until
from servers import free_port

pytestmark = pytest.mark.drill

CROWD = 3000  # connections, of three kinds
SILENCE = 3.0  # seconds, for the tests alone
WEB = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from app import serve
from snippets import serving
serving.SILENCE = {SILENCE}
serving.main(serve)
"""
# Silent, slow, kept alive.
KINDS = (
    b"",
    b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n",
)  # silent, slow, kept alive


class Web(NamedTuple):
    url: str
    keep: subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One web process, as bin/web is, but for the time that it gives to who says nothing."""
    folder: Path = tmp_path_factory.mktemp("crowds")
    database = f"sqlite:///{folder}/snippets.db"
    migrate(database)
    (folder / "web.py").write_text(WEB)
    address = f"127.0.0.1:{free_port()}"
    env = environment(
        ENV_FILE="/dev/null",
        DATABASE_URL=database,
        REDIS_URL="redis://127.0.0.1:1",
        SECRET_KEY="a key for the tests alone",
        RUN_FOLDER=str(folder / "run"),
    )
    # The usual limit of a shell: raising it is the web's own business.
    command = f"ulimit -Sn 1024; exec {ROOT}/bin/keep --listen {address} --notices {sys.executable} web.py"
    with (folder / "log").open("w") as log:
        keep = subprocess.Popen(["sh", "-c", command], cwd=folder, env=env, stdout=log, stderr=log)
    wait_until(lambda: answers(f"http://{address}/about"), 30)
    yield Web(f"http://{address}", keep)
    keep.terminate()
    keep.wait(20)


@pytest.fixture
def connect(web: Web) -> Iterator[Callable[[], socket.socket]]:
    host, _, port = web.url.removeprefix("http://").partition(":")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < CROWD + 500:
        resource.setrlimit(resource.RLIMIT_NOFILE, (CROWD + 500, hard))
    with ExitStack() as held:
        yield lambda: held.enter_context(socket.create_connection((host, int(port)), timeout=10))


def is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        while connection.recv(2**16):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def answered(connection: socket.socket, request: bytes) -> bytes:
    try:
        connection.sendall(request)
    except OSError:  # closed before all was sent
        return b""
    return connection.recv(2**16)


def test_thousands_of_idle_connections_keep_nobody_out_and_are_closed_in_time(web: Web, connect):
    crowd = [connect() for _ in range(CROWD)]
    for number, connection in enumerate(crowd):
        connection.sendall(KINDS[number % len(KINDS)])

    for _ in range(10):
        shared = requests.post(web.url, data=b"x = 1\n", headers={"Content-Type": "text/plain"}, timeout=10)
        assert shared.status_code == 201
        assert requests.get(shared.text.strip(), headers=HTML, timeout=10).status_code == 200

    wait_until(lambda: all(map(is_closed, crowd)), SILENCE + 20)


def test_headers_that_drip_for_ever_are_ended(connect):
    connection = connect()
    connection.sendall(b"GET /about HTTP/1.1\r\nHost: x\r\nX-Slow: ")

    def drip() -> bool:
        with suppress(OSError):
            connection.sendall(b"a")
            return False
        return True

    wait_until(drip, SILENCE + 20)


@pytest.mark.parametrize(
    "headers",
    [b"X-Large: " + b"a" * 2**20, b"\r\n".join(b"X-Many-%d: a" % n for n in range(2000)), b"Cookie: " + b"a" * 2**19],
    ids=["one large", "many", "a cookie"],
)
def test_headers_without_measure_are_refused_and_cost_no_memory(web: Web, connect, headers: bytes):
    [process] = psutil.Process(web.keep.pid).children()
    before = process.memory_info().rss

    answers = [answered(connect(), b"GET /about HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n") for _ in range(20)]

    assert all(answer == b"" or answer.startswith(b"HTTP/1.1 431 ") for answer in answers)
    assert process.memory_info().rss - before < 40 * 2**20
    assert requests.get(f"{web.url}/about", timeout=10).status_code == 200


@pytest.mark.parametrize(
    "line",
    [
        b"GET /about\r\nX: y HTTP/1.1",
        b"GET /about HTTP/9.9",
        b"GET http://[::1 HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # the beginning of TLS
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1",
    ],
    ids=["two lines", "version", "address", "TLS", "long"],
)
def test_what_is_no_http_is_refused_and_the_next_is_served(web: Web, connect, line: bytes):
    answer = answered(connect(), line + b"\r\nHost: x\r\n\r\n")

    assert answer == b"" or answer.split(b" ", 2)[1] in (b"400", b"404", b"414", b"505")
    assert requests.get(f"{web.url}/about", timeout=10).status_code == 200


def test_who_wants_a_web_socket_is_told_that_there_is_none(connect):
    """Else the site makes its answer, breaks over how to send it, and says so at length in the log, for each."""
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "

    answer = answered(connect(), b"GET /about HTTP/1.1\r\nHost: x\r\n" + upgrade + b"c2l4dGVlbiBieXRlcyEhIQ==\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"does not take that kind of request" in answer
