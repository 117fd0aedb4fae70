"""The peers: pinnwand, bepasty and dpaste, each as its documentation has it, one process, on SQLite or files."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from bench.contenders import Contender, location
from bench.inputs import NAME
from bench.installing import environment
from bench.running import running
from bench.stack import free_ports
from bench.target import Target

GUNICORN = ("--worker-class", "gthread", "--threads", "4")
PEERS = ("pinnwand", "bepasty", "dpaste")


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

    with running([programs / "python", "-m", "pinnwand", "http", "--port", str(port)], folder, port, env) as (
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

    command = [programs / "gunicorn", "--bind", f"127.0.0.1:{port}", *GUNICORN, "bepasty.wsgi"]
    with running(command, folder, port, {"BEPASTY_CONFIG": str(config)}) as (url, cpu):
        yield Contender("bepasty", url, cpu, create, location, "{}/+inline")


@contextmanager
def dpaste(folder: Path) -> Iterator[Contender]:
    """Run dpaste under gunicorn, with the Django and the Pygments that its last release was made for."""
    programs, (port,) = environment("dpaste", "dpaste", "gunicorn", "django<4", "pygments<2.12"), free_ports(1)
    env = {
        "DATABASE_URL": f"sqlite:///{folder}/dpaste.db",
        "DJANGO_SETTINGS_MODULE": "dpaste.settings.base",
        "STATIC_ROOT": f"{folder}/static",
    }
    for command in (("migrate",), ("collectstatic", "--noinput")):
        subprocess.run(
            [programs / "django-admin", *command], env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL
        )

    def create(code: str) -> Target:
        fields = {"content": code, "lexer": "python", "format": "url"}
        made = requests.Request("POST", "http://localhost", data=fields).prepare()
        return Target(["/api/"], 200, "POST", dict(made.headers), str(made.body).encode())

    def located(answer: requests.Response) -> str:
        return "/" + answer.text.strip().rsplit("/", 1)[-1]

    command_line = [programs / "gunicorn", "--bind", f"127.0.0.1:{port}", *GUNICORN, "dpaste.wsgi"]
    with running(command_line, folder, port, env) as (url, cpu):
        yield Contender("dpaste", url, cpu, create, located, "{}/raw")
