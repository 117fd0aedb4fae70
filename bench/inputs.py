"""What is pasted: real Python that every machine has, from the standard library."""

import inspect
from pathlib import Path

NAME = "inspect.py"  # the file name that every paste carries: Python is found by it


def _python(size: int, start: int = 0) -> str:
    """Return at most `size` bytes of the standard library's inspect.py, whole lines from `start` on."""
    source = Path(inspect.__file__).read_bytes()[start : start + size]
    return source[: source.rindex(b"\n") + 1].decode()


def _middle() -> int:
    """Return where the first function in the second half begins; the file itself begins with comments and names."""
    source = Path(inspect.__file__).read_bytes()
    return source.index(b"\ndef ", len(source) // 2) + 1


SMALL = _python(4_096, _middle())
LARGE = _python(100_000)
