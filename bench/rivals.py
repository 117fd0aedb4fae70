"""The peers: pinnwand, bepasty, and nginx with the bytes of our pages as files; stopped whatever happens."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import requests

from bench.contenders import BROWSER, Contender, location
from bench.goals import NGINX
from bench.inputs import NAME
from bench.installing import environment, tool
from bench.stack import free_ports
from bench.target import Target


@contextmanager
def pinnwand(folder: Path) -> Iterator[Contender]:
    """Run pinnwand as its documentation has it, on SQLite in a file, without limits of rates."""
    programs, (port,) = environment("pinnwand", "pinnwand"), free_ports(1)
    unlimited = {"capacity": 10**9, "consume": 1, "refill": 10**6}
    env = {
        "PINNWAND_DATABASE_URI": f"sqlite:///{folder}/pinnwand.db",
        "PINNWAND_RATELIMIT": repr(dict.fromkeys(("read", "create", "delete"), unlimited)),
    }

    def create(code: str) -> Target:
        files = [{"name": NAME, "lexer": "python", "content": code}]
        body = json.dumps({"expiry": "1week", "files": files}).encode()
        return Target(["/api/v1/paste"], 200, "POST", {"Content-Type": "application/json"}, body)

    def located(answer: requests.Response) -> str:
        return str(answer.json()["link"])

    with _running([programs / "python", "-m", "pinnwand", "http", "--port", str(port)], folder, port, env) as (
        url,
        cpu,
    ):
        yield Contender("pinnwand", url, cpu, create, lambda answer: "/" + located(answer).rsplit("/", 1)[-1], "/raw{}")


@contextmanager
def bepasty(folder: Path) -> Iterator[Contender]:
    """Run bepasty under gunicorn, one process."""
    programs, (port,) = environment("bepasty", "bepasty", "gunicorn"), free_ports(1)
    (folder / "items").mkdir()
    config = folder / "bepasty.conf"
    config.write_text(
        f"SECRET_KEY = 'measured'\nSTORAGE_FILESYSTEM_DIRECTORY = '{folder}/items'\n"
        "DEFAULT_PERMISSIONS = 'read,list,create'\n"
    )

    def create(code: str) -> Target:
        fields = {"file": (NAME, code.encode(), "text/x-python")}
        made = requests.Request("POST", "http://localhost", files=fields).prepare()
        assert isinstance(made.body, bytes)
        return Target(["/+upload"], 302, "POST", {"Content-Type": str(made.headers["Content-Type"])}, made.body)

    command = [programs / "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "4"]
    with _running([*command, "bepasty.wsgi"], folder, port, {"BEPASTY_CONFIG": str(config)}) as (url, cpu):
        yield Contender("bepasty", url, cpu, create, location, "{}/+inline")


@contextmanager
def nginx(folder: Path, model: Contender, paths: Sequence[str]) -> Iterator[Contender | None]:
    """Serve the bytes of our pages as files by nginx, one process; None where there is no nginx."""
    if (program := tool("nginx")) is None:
        yield None
        return
    for path in [*paths, *(model.raw.format(path) for path in paths)]:
        file = folder / (f"raw/{path[1:-4]}" if path.endswith("/raw") else path[1:])
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(requests.get(model.url + path, headers=BROWSER, timeout=10).content)
    (port,) = free_ports(1)
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; {'user root;' if os.geteuid() == 0 else ''}"
        "events {} http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;"
        "open_file_cache max=5000; default_type text/html;"
        f"server {{ listen 127.0.0.1:{port}; root {folder}; }} }}"
    )
    with _running([program, "-p", folder, "-c", config], folder, port, {}) as (url, cpu):
        yield replace(model, name=NGINX, url=url, cpu=cpu, raw="/raw{}")


@contextmanager
def _running(
    command: Sequence[Any], folder: Path, port: int, env: dict[str, str]
) -> Iterator[tuple[str, Callable[[], float]]]:
    url = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        process = psutil.Popen(command, cwd=folder, env={**os.environ, **env}, stdout=log, stderr=log)

    def cpu() -> float:
        return sum(sum(each.cpu_times()[:2]) for each in [process, *process.children(recursive=True)])

    try:
        deadline = time.monotonic() + 30
        while not _answers(url):
            if time.monotonic() > deadline or process.poll() is not None:
                raise TimeoutError(f"{command[0]} did not come up:\n{(folder / 'log').read_text()}")
            time.sleep(0.05)
        yield url, cpu
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)


def _answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(url, timeout=2).status_code < 500
    return False
