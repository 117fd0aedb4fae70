"""Where and with what it was measured."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("granian", "flask", "sqlalchemy", "rq", "pygments", "fastpylight")


def heading() -> str:
    """Return the date, the machine, how busy it is with other things, and the versions."""
    memory = psutil.virtual_memory().total / 2**30
    return "\n".join(
        (
            f"Snippets, measured on {datetime.now(UTC):%-d %B %Y, %H:%M} UTC",
            f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}",
            f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
            f"{psutil.cpu_percent(interval=2):.0f} % busy before the start; site, browser and clients share the cores",
        )
    )


def _processor() -> str:
    with Path("/proc/cpuinfo").open() as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "a processor")
