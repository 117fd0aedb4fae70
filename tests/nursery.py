"""Processes of the site, forked from one that has imported what they all import: nine tenths of a start.

They are RQ's own command and the server of bin/web, each a process with an environment and a log of its own; whatever
reads the environment is imported by themselves alone. That all of it starts from nothing, test_make_run.py shows.
"""

import atexit
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir
from importlib import import_module
from pathlib import Path
from typing import Any

from snippets.serving import HANDED, main
from snippets.settings import ROOT

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.nursery_stock"])


class Forked:
    """A process, with as much of subprocess.Popen as is needed of it."""

    def __init__(self, does: Any, *arguments: Any) -> None:
        self._process = FORKS.Process(target=does, args=arguments, daemon=True)  # ends with the tests at the latest
        with chdir(ROOT):  # the nursery imports from there
            self._process.start()
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired("a forked process", timeout)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def rq(arguments: Sequence[str], env: dict[str, str], log: Path) -> Forked:
    """Start RQ's command, in a session of its own."""
    return Forked(_rq, list(arguments), env, log)


def web(factory: str, listening: socket.socket, env: dict[str, str], log: Path) -> Forked:
    """Serve what `module:factory` makes on a socket, as bin/web does."""
    return Forked(_web, factory, listening, env, log)


def _rq(arguments: list[str], env: dict[str, str], log: Path) -> None:
    from rq.cli import main as command

    _become(env, log)
    os.setsid()
    sys.argv = ["rq", *arguments]
    try:
        command()
    finally:
        atexit._run_exitfuncs()  # multiprocessing leaves without


def _web(factory: str, listening: socket.socket, env: dict[str, str], log: Path) -> None:
    if (given := listening.detach()) != HANDED:
        os.dup2(given, HANDED)
        os.close(given)
    _become({**env, "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}, log)
    module, _, name = factory.partition(":")
    try:
        main(getattr(import_module(module), name))
    finally:
        atexit._run_exitfuncs()


def _become(env: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(ROOT)
    with log.open("ab") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
