"""A load runs through ten restarts of everything: no request fails, and no colour is lost."""

import http.client
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
import requests
from drills import Site, drill

from snippets.settings import ROOT

from processes import environment, migrate, wait_until
from servers import free_port

pytestmark = pytest.mark.drill
TIMES = 10


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, WEB_CONCURRENCY="2")
    site.open()
    yield site
    site.close()


class Reader:
    """Reads on one connection for as long as the server leaves it open, then on another; counts what goes wrong."""

    def __init__(self, site: Site, pause: float) -> None:
        self._site, self._pause = site, pause
        self.wrong: list[str] = []
        self.read = self.closed = 0

    def run(self, gone: threading.Event) -> None:
        while not gone.is_set():
            with closing(http.client.HTTPConnection("127.0.0.1", self._site.port, timeout=30)) as connection:
                try:
                    self._read(connection, gone)
                except (OSError, http.client.HTTPException) as error:
                    self.wrong.append(repr(error))

    def _read(self, connection: http.client.HTTPConnection, gone: threading.Event) -> None:
        while not gone.wait(self._pause):
            connection.request("GET", "/about", headers={"Accept": "text/html"})
            answer = connection.getresponse()
            answer.read()
            self.read += 1
            if answer.status != 200:
                self.wrong.append(f"status {answer.status}")
            if answer.getheader("connection") == "close":
                self.closed += 1
                return


class Hesitant(Reader):
    """Connects, and thinks before it asks."""

    def _read(self, connection: http.client.HTTPConnection, gone: threading.Event) -> None:
        connection.connect()
        gone.wait(self._pause)
        connection.request("GET", "/about", headers={"Accept": "text/html", "Connection": "close"})
        if (status := connection.getresponse().status) != 200:
            self.wrong.append(f"status {status}")
        self.read += 1


@contextmanager
def reading(*readers: Reader) -> Iterator[None]:
    gone = threading.Event()
    threads = [threading.Thread(target=reader.run, args=(gone,)) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        gone.set()
        for thread in threads:
            thread.join()


def restart_again_and_again(site: Site) -> None:
    for _ in range(TIMES):
        subprocess.run([site.folder / "bin/restart"], env=environment(), check=True, stdout=subprocess.PIPE)


def test_no_request_fails_and_no_colour_is_lost_in_ten_restarts(site: Site):
    keeping = [Reader(site, 0.05), Reader(site, 0.4)]
    hesitant = [Hesitant(site, 0.03), Hesitant(site, 0.2)]
    before = {name: site.kept(name).pid for name in ("web", "worker", "bulk", "highlighter")}
    redis = site.kept("redis").pid

    with reading(*keeping, *hesitant):
        drill(site, restart_again_and_again)

    assert [reader.wrong for reader in (*keeping, *hesitant)] == [[]] * 4
    assert all(reader.closed >= TIMES for reader in keeping)  # told so, each time
    assert sum(reader.read for reader in hesitant) > 100
    assert all(site.kept(name).pid != pid for name, pid in before.items())
    assert site.kept("redis").pid == redis
    assert site.output.count("is restarted") == 4 * TIMES
    assert "it is started again" not in site.output


def settings(folder: Path) -> dict[str, str]:
    env = environment(
        ENV_FILE="/dev/null",
        DATABASE_URL=f"sqlite:///{folder}/snippets.db",
        SECRET_KEY="a key for the tests alone",
        RUN_FOLDER=str(folder / "run"),
        REDIS_URL="redis://127.0.0.1:1/0",
    )
    env["PATH"] = f"{ROOT}/.venv/bin:{env['PATH']}"
    migrate(env["DATABASE_URL"])
    return env


def test_a_web_process_that_is_told_to_go_while_it_starts_goes(tmp_path: Path):
    keep = [ROOT / "bin/keep", "--listen", f"127.0.0.1:{free_port()}", "--notices", "bin/web"]
    with subprocess.Popen(keep, cwd=ROOT, env=settings(tmp_path), stdout=subprocess.PIPE, text=True) as keeper:
        wait_until(lambda: "Listening at" in keeper.stdout.readline())  # the site is loaded from here on

        keeper.terminate()

        try:
            assert keeper.wait(15) == 0
        finally:
            for process in (*psutil.Process(keeper.pid).children(), keeper) if keeper.poll() is None else ():
                process.kill()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """One web process under its keeper, without Redis or workers; with its port."""
    port = free_port()
    keep = [ROOT / "bin/keep", "--listen", f"127.0.0.1:{port}", "--notices", "--watchdog", "3", "bin/web"]
    process = subprocess.Popen(
        keep, cwd=ROOT, env=settings(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: _status(port) == 200)
    yield process, port
    process.terminate()
    process.wait(20)


def _status(port: int) -> int:
    try:
        return requests.get(f"http://127.0.0.1:{port}/about", timeout=30).status_code
    except requests.RequestException:
        return 0


def test_an_upload_under_way_is_taken_to_its_end(web: tuple[subprocess.Popen[bytes], int]):
    keeper, port = web
    (old,) = psutil.Process(keeper.pid).children()
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as upload:
        upload.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nx = ")
        time.sleep(0.1)
        old.send_signal(signal.SIGTERM)
        time.sleep(3)  # longer than connections without a request are kept

        upload.sendall(b"1 + 1\n")
        answer = upload.recv(1000)

    assert answer.startswith(b"HTTP/1.1 201 ")
    old.wait(10)


def test_a_connection_without_a_request_is_closed_after_a_while(web: tuple[subprocess.Popen[bytes], int]):
    keeper, port = web
    (old,) = psutil.Process(keeper.pid).children()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", "/about")
        connection.getresponse().read()

        old.send_signal(signal.SIGTERM)

        assert connection.sock.recv(1) == b""
    old.wait(10)


def test_with_nobody_connected_a_process_goes_at_once(web: tuple[subprocess.Popen[bytes], int]):
    keeper, _ = web
    (old,) = psutil.Process(keeper.pid).children()

    old.send_signal(signal.SIGTERM)

    old.wait(1.5)


def test_a_web_process_that_is_stuck_is_replaced_and_who_came_meanwhile_is_served(
    web: tuple[subprocess.Popen[bytes], int],
):
    keeper, port = web
    (stuck,) = psutil.Process(keeper.pid).children()

    stuck.suspend()
    wait_until(lambda: stuck.status() == psutil.STATUS_STOPPED)

    assert _status(port) == 200  # by its successor
    assert not stuck.is_running()
