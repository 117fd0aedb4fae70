"""Tracebacks that tell where something broke and give away nothing of what somebody pasted."""

import traceback
from types import TracebackType

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

# Their messages are about the machine. Any other may quote its data: int() says what it was given, psycopg a row.
HARMLESS = (ArithmeticError, EOFError, ImportError, MemoryError, OSError, RecursionError)
HARMLESS_OF_LIBRARIES = (("redis.exceptions", "RedisError"), ("sqlalchemy.exc", "TimeoutError"))
WITHHELD = "(its message is not kept: it may quote a paste)"
LINKS = {
    True: "\nThe above exception was the direct cause of the following exception:\n\n",
    False: "\nDuring handling of the above exception, another exception occurred:\n\n",
}


def bare(exc_info: ExcInfo) -> str:
    """Return the whole chain of tracebacks as Python writes them, with the messages of harmless exceptions alone."""
    return "" if exc_info[1] is None else "".join(_chain(exc_info[1], set()))


def message(error: BaseException) -> str:
    """Return what may be kept of an exception's message."""
    is_ours = type(error).__module__.split(".")[0] in ("snippets", "workers")  # we know what those say
    kinds = [(kind.__module__, kind.__name__) for kind in type(error).__mro__]
    is_harmless = isinstance(error, HARMLESS) or any(each in kinds for each in HARMLESS_OF_LIBRARIES)
    return str(error) if is_harmless or is_ours else WITHHELD


def _chain(error: BaseException, seen: set[int]) -> list[str]:
    seen.add(id(error))
    cause = error.__cause__
    before = cause or (None if error.__suppress_context__ else error.__context__)
    lines = []
    if before is not None and id(before) not in seen:
        lines += [*_chain(before, seen), LINKS[cause is not None]]
    if error.__traceback__:
        lines += ["Traceback (most recent call last):\n", *traceback.format_tb(error.__traceback__)]
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return [*lines, f"{name}: {message(error)}\n"]
