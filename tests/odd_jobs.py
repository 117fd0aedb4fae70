"""Jobs that misbehave, for a worker in a process of its own."""

import hashlib
import os
import signal
import time
from pathlib import Path


def horse() -> int:
    """Say who did the job."""
    return os.getpid()


def grow(megabytes: int) -> int:
    """Make its horse fat."""
    return os.getpid() if b"x" * (megabytes * 2**20) else 0


def swell(megabytes: int, seconds: float) -> int:
    """Make its horse fat, and stay."""
    held = b"x" * (megabytes * 2**20)
    time.sleep(seconds)
    return len(held)


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


def swallow(seconds: float) -> None:
    """Go on in spite of the first alarm whatever it is, and of any that is an Exception."""
    ends = time.monotonic() + seconds
    swallowed = (BaseException,)
    while time.monotonic() < ends:
        try:
            time.sleep(ends - time.monotonic())
        except swallowed:
            swallowed = (Exception,)


def compute(rounds: int) -> None:
    """Stay in one C call, where no alarm is heard."""
    hashlib.pbkdf2_hmac("sha256", b"", b"", rounds)


def die_once(marker: str) -> str:
    """Kill the horse at the first try."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"


def fail(code: str) -> None:
    """Quote a visitor's code in an error, whose traceback has it in a local variable as well."""
    quoted = f"cannot do {code}"
    raise ValueError(quoted)


def die() -> None:
    """Take the horse down."""
    os.kill(os.getpid(), signal.SIGKILL)
