"""The whole site as a newcomer starts it: `make run` in a checkout of its own, on ports of its own."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import requests

from snippets.settings import ROOT

from servers import free_port

BOOT = 30  # seconds
HTML = {"Accept": "text/html"}  # what a browser says, among more
GRANIAN = ["--interface", "rsgi", "--loop", "uvloop", "--factory", "--workers-kill-timeout", "5"]


def checkout(folder: Path) -> Path:
    """Copy what git knows into `folder`, with this checkout's .venv: what it installed needs no second download."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def environment(**changes: str) -> dict[str, str]:
    """Return an environment in which nothing of this machine's site or of ours is found."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE") if name in os.environ
    }
    return {**kept, "NO_COLOR": "1", **changes}


def wait_until(holds: Callable[[], object], patience: float = 15) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


@contextmanager
def granian(factory: str, log: Path, env: dict[str, str], folder: Path = ROOT) -> Iterator[str]:
    """Serve an app that a factory of the code in a folder makes; give its address once it answers."""
    url = f"http://127.0.0.1:{free_port()}"
    with log.open("w") as file:
        process = subprocess.Popen(
            [ROOT / ".venv/bin/granian", *GRANIAN, "--port", url.rpartition(":")[2], factory],
            cwd=folder,
            env=env,
            stdout=file,
            stderr=file,
        )
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


def work_off(
    queue: str, env: dict[str, str], worker_class: str = "workers.worker.SnippetWorker", folder: Path = ROOT
) -> str:
    """Have a worker in a process of its own do all that is queued; return what it printed."""
    done = subprocess.run(
        [ROOT / ".venv/bin/rq", "worker", "--burst", queue],
        cwd=folder,
        env={**env, "RQ_CONFIG": "workers.settings", "RQ_WORKER_CLASS": worker_class},
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=40,
    )
    return done.stdout


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
        binaries = ROOT / ".venv/bin"
        self._commands = {
            "web": [binaries / "granian", *GRANIAN, "--port", str(self.port), "app:serve"],
            "worker": [binaries / "rq", "worker", "snippets"],
            "highlighter": [binaries / "python", "highlighter.py", "--port", str(highlighter_port)],
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
        self._log = (folder / "stack.log").open("w")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        migrate = [binaries / "alembic", "upgrade", "head"]
        subprocess.run(migrate, cwd=ROOT, env=self._env, check=True, capture_output=True)

    def start(self, *names: str) -> None:
        for name in names or self._commands:
            self.processes[name] = subprocess.Popen(
                self._commands[name], cwd=ROOT, env=self._env, stdout=self._log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + BOOT
        while time.monotonic() < deadline:
            with suppress(requests.RequestException):
                up = requests.get(f"{self.url}/up", timeout=2).json()
                if up["highlighter"] and up["workers"]:
                    return
            time.sleep(0.05)
        raise TimeoutError("the stack did not come up")

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
        self._log.close()
