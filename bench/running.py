"""A server in a process of its own, stopped whatever happens."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import requests


@contextmanager
def running(
    command: Sequence[Any], folder: Path, port: int, env: Mapping[str, str] = {}
) -> Iterator[tuple[str, Callable[[], float]]]:
    """Start a command that serves on a port of this machine; give its address, and what tells the CPU seconds it took.

    It has a session of its own, as each process of our site has: Linux shares the cores out between sessions, so one in
    the client's would be woken at other moments (sched(7), autogroup). Raises TimeoutError, with its log, when it does
    not come up.
    """
    url = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        process = psutil.Popen(
            command, cwd=folder, env={**os.environ, **env}, stdout=log, stderr=log, start_new_session=True
        )

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
