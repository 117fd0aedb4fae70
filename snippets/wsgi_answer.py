"""What a WSGI app answers, its first part apart from the rest: PEP 3333."""

from collections.abc import Callable, Generator, Iterable
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication, WSGIEnvironment


class Answer(NamedTuple):
    """A status, headers, the first part of a body, and the rest of it, to be closed."""

    status: int
    headers: list[tuple[str, str]]
    first: bytes
    rest: Generator[bytes, None, None]


def answer_of(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Call a WSGI app, and let it make the first part of its body."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_exc_info: Any) -> Callable[[bytes], object]:
        started[:] = int(status.split(" ", 1)[0]), headers
        return written.append

    written: list[bytes] = []
    rest = _closing(app(environ, start_response))
    first = next(rest, b"")  # an app may call start_response as late as now
    return Answer(started[0], started[1], b"".join([*written, first]), rest)


def _closing(parts: Iterable[bytes]) -> Generator[bytes, None, None]:
    try:
        yield from parts
    finally:
        if hasattr(parts, "close"):
            parts.close()
