"""Processes of the site under honcho, in a checkout of their own, on ports of their own."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import requests
from redis import RedisError

from snippets.settings import ROOT

BOOT = 60  # seconds
LOGGED = 5  # seconds until what was served is in the log
BIN = Path(sys.executable).parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".env", "var", "__pycache__", ".*_cache", ".hypothesis")


class Stack:
    """Processes under honcho, in a copy of this checkout."""

    def __init__(self, folder: Path) -> None:
        """Copy the checkout into `folder`; nothing is started yet."""
        shutil.copytree(ROOT, folder, ignore=LEFT_OUT, dirs_exist_ok=True)
        port, redis_port, highlighter_port = free_ports(3)
        self.folder, self._log = folder, folder / "bench.log"
        self.url = f"http://127.0.0.1:{port}"
        self.redis_url = f"redis://127.0.0.1:{redis_port}/0"
        self.database_url = f"sqlite:///{folder}/var/snippets.db"
        self.highlighter_url = f"http://127.0.0.1:{highlighter_port}"
        self.env = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ} | {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "NO_COLOR": "1",
            "PORT": str(port),
            "EMBEDDED_REDIS_PORT": str(redis_port),
            "HIGHLIGHTER_PORT": str(highlighter_port),
            "HIGHLIGHTER_URL": self.highlighter_url,
            "HIGHLIGHTER_DIALECT": "tokens",
            "CREATE_LIMIT": "off",
        }
        self._honcho: subprocess.Popen[bytes] | None = None

    def start(self, command: list[str], is_up: Callable[[], bool]) -> None:
        """Run `command`, which becomes honcho; return once `is_up`. Raises TimeoutError with what was logged."""
        with self._log.open("wb") as log:
            self._honcho = subprocess.Popen(
                command, cwd=self.folder, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + BOOT
        while time.monotonic() < deadline and self._honcho.poll() is None:
            with suppress(requests.RequestException, RedisError):
                if is_up():
                    return
            time.sleep(0.05)
        raise TimeoutError(f"the site did not come up:\n{self._log.read_text()}")

    def stop(self) -> None:
        """End honcho, and with it all others; what does not end is killed."""
        if self._honcho is None or self._honcho.poll() is not None:
            return
        everything = [self.honcho, *self.honcho.children(recursive=True)]
        self._honcho.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._honcho.wait(20)
        for process in psutil.wait_procs(everything, timeout=5)[1]:
            process.kill()

    @property
    def honcho(self) -> psutil.Process:
        """The parent of all. Raises RuntimeError before the start."""
        if self._honcho is None:
            raise RuntimeError("nothing was started")
        return psutil.Process(self._honcho.pid)

    def processes(self, name: str) -> list[psutil.Process]:
        """Return the process that Procfile.dev calls `name`, then its descendants."""
        started = re.search(rf"{name}\.1 started \(pid=(\d+)\)", self._log.read_text())
        if started is None:
            raise RuntimeError(f"honcho has not started {name}")
        first = psutil.Process(int(started[1]))
        return [first, *first.children(recursive=True)]

    def cpu(self, name: str) -> float:
        """Return the CPU seconds that `name`'s living processes have used, with the children that they reaped."""
        return sum(sum(process.cpu_times()[:4]) for process in self.processes(name))

    def served(self, path: str, times: int) -> list[float]:
        """Return the milliseconds that the app took for GET of `path`, as its log says, once it says so `times` times.

        Of what the page cache answers it says nothing. Raises TimeoutError.
        """
        line = re.compile(rf" served method=GET path={re.escape(path)} status=200 ms=([\d.]+) ")
        deadline = time.monotonic() + LOGGED
        while len(took := line.findall(self._log.read_text())) < times:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} is {len(took)} times in the log, not {times}")
            time.sleep(0.05)
        return [float(each) for each in took]


def free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago, held together so that they differ."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
