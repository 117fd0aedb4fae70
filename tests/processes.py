"""The whole site as a newcomer starts it: `make run` in a checkout of its own, on ports of its own."""

import compileall
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import cache_from_source
from pathlib import Path

import nursery
import psutil
import requests
from alembic import command
from alembic.config import Config

from snippets.settings import ROOT

from servers import free_port

BOOT = 30  # seconds
HTML = {"Accept": "text/html"}  # what a browser says, among more


def checkout(folder: Path) -> Path:
    """Copy what git knows into `folder`, compiled, with this checkout's .venv: it needs no second download."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            copied(name, folder)
            if name.endswith(".py") and not name.startswith("tests/"):
                compileall.compile_file(ROOT / name, quiet=1)  # once, for all checkouts
                copied(str(Path(cache_from_source(ROOT / name)).relative_to(ROOT)), folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def copied(name: str, folder: Path) -> None:
    """Copy a file with its time, by which Python knows what it has compiled."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(ROOT / name, folder / name)


def environment(**changes: str) -> dict[str, str]:
    """Return an environment in which nothing of this machine's site or of ours is found."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "NO_COLOR": "1", **changes}


def wait_until(holds: Callable[[], object], patience: float = 15) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def migrate(url: str, to: str = "head", **options: int) -> None:
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes.update(database_url=url, **options)
    command.upgrade(config, to)


@contextmanager
def serving(factory: str, log: Path, env: dict[str, str]) -> Iterator[str]:
    """Serve what `module:factory` makes; give its address once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        process = nursery.web(factory, listening, env, log)
    try:
        wait_until(lambda: answers(url))
        yield url
    finally:
        process.terminate()
        process.wait(10)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code < 500  # a closed site answers too
    except requests.RequestException:
        return False


def work_off(queue: str, env: dict[str, str], worker_class: str = "workers.worker.SnippetWorker") -> str:
    """Have a worker in a process of its own do all that is queued; return what it printed."""
    env = {**env, "RQ_CONFIG": "workers.settings", "RQ_WORKER_CLASS": worker_class}
    with tempfile.NamedTemporaryFile("r") as log:
        assert nursery.rq(["worker", "--burst", queue], env, Path(log.name)).wait(40) == 0
        return log.read()


class Run:
    """A running `make run`: its address, its output so far, its processes."""

    def __init__(self, folder: Path, **changes: str) -> None:
        self.port, self.redis_port, self.highlighter_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.log = folder / "run.log"
        ports = {
            "PORT": str(self.port),
            "EMBEDDED_REDIS_PORT": str(self.redis_port),
            "HIGHLIGHTER_URL": f"http://127.0.0.1:{self.highlighter_port}",
        }
        self.env = environment(**{**ports, **changes})
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["make", "run"], cwd=folder, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def output(self) -> str:
        return self.log.read_text()

    def wait_until_up(self, workers: int = 1) -> dict:
        """Return /up's answer once the web, Redis, the worker and the highlighter are all there."""
        deadline = time.monotonic() + BOOT
        while time.monotonic() < deadline:
            try:
                up = requests.get(f"{self.url}/up", timeout=2).json()
            except requests.RequestException:
                up = {}
            if up.get("workers", -1) >= workers and up.get("highlighter") is not False:
                return up
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise TimeoutError(f"the site did not come up:\n{self.output}")

    def all_processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def named(self, name: str) -> psutil.Process:
        """Return the process that honcho started under this name."""
        return psutil.Process(int(re.search(rf"{name}\.1 started \(pid=(\d+)\)", self.output)[1]))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Signal as a terminal or a process manager does, and return the exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        return self.process.wait(timeout=20)

    def paste(self, code: str, **fields: str) -> str:
        """Paste as a browser does, and return the page's address."""
        form = {"code": code, **fields}
        answer = requests.post(self.url, data=form, headers=HTML, allow_redirects=False, timeout=10)
        assert answer.status_code == 303, answer.text
        return self.url + answer.headers["Location"]

    def status(self, page: str, number: int = 1) -> dict:
        return requests.get(f"{page}/files/{number}", headers={"Accept": "application/json"}, timeout=10).json()

    def wait_for_colours(self, page: str, number: int = 1, patience: float = 20) -> dict:
        """Return the status once it is final."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            status = self.status(page, number)
            if status["state"] in {"highlighted", "plain"}:
                return status
            time.sleep(0.02)
        raise TimeoutError(f"no colours for {page}: {status}\n{self.output}")


class Stack:
    """The processes of the Procfile, each by itself: a test may kill one and start it again."""

    def __init__(self, folder: Path, redis_url: str, **changes: str) -> None:
        self.port, highlighter_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._starts = {
            "web": self._web,
            "worker": lambda: nursery.rq(["worker", "snippets"], self._env, self._log),
            "highlighter": lambda: self._highlighter(highlighter_port),
        }
        self._env = environment(
            ENV_FILE="/dev/null",
            REDIS_URL=redis_url,
            RQ_CONFIG="workers.settings",
            RQ_WORKER_CLASS="workers.worker.SnippetWorker",
            SECRET_KEY="a key for the tests alone",
            HIGHLIGHTER_URL=f"http://127.0.0.1:{highlighter_port}",
            HIGHLIGHTER_DIALECT="tokens",
            CREATE_LIMIT="off",
            **{"DATABASE_URL": f"sqlite:///{folder}/snippets.db", **changes},
        )
        self.database_url = self._env["DATABASE_URL"]
        self._log = folder / "stack.log"
        self.processes: dict[str, nursery.Forked | subprocess.Popen[bytes]] = {}
        migrate(self.database_url)

    def start(self, *names: str) -> None:
        for name in names or self._starts:
            self.processes[name] = self._starts[name]()
        deadline = time.monotonic() + BOOT
        while time.monotonic() < deadline:
            with suppress(requests.RequestException):
                up = requests.get(f"{self.url}/up", timeout=2).json()
                if up["highlighter"] and up["workers"]:
                    return
            time.sleep(0.05)
        raise TimeoutError("the stack did not come up")

    def _web(self) -> nursery.Forked:
        with socket.create_server(("127.0.0.1", self.port)) as listening:
            return nursery.web("app:serve", listening, self._env, self._log)

    def _highlighter(self, port: int) -> subprocess.Popen[bytes]:
        command = [ROOT / ".venv/bin/python", "highlighter.py", "--port", str(port)]
        with self._log.open("a") as log:
            return subprocess.Popen(command, cwd=ROOT, env=self._env, stdout=log, stderr=log)

    def operator(self, *args: object) -> str:
        """Run `flask snippets …` as an operator does, and return what it says."""
        flask = [ROOT / ".venv/bin/flask", "snippets", *map(str, args)]
        done = subprocess.run(flask, cwd=ROOT, env=self._env, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Hold a process still, and let it go on whatever happens."""
        self.processes[name].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.processes[name].send_signal(signal.SIGCONT)

    def kill(self, name: str) -> None:
        """Kill a process and what it started."""
        process = psutil.Process(self.processes[name].pid)
        for each in (process, *process.children(recursive=True)):
            each.kill()
        self.processes[name].wait()

    def stop(self) -> None:
        for name, process in self.processes.items():
            if process.poll() is None:
                self.kill(name)
