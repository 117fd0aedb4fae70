"""One request that is asked of the front in this very process, and how many calls of functions it takes."""

import asyncio
import gc
import sys
import time
from types import SimpleNamespace
from typing import Any

from bench.contenders import BROWSER
from snippets.front import Front

TIMES = 9  # the least is taken: now and then a request does what is due once a second, or once


class Headers(dict[str, str]):
    """A request's headers, as granian gives them."""

    def get_all(self, name: str) -> list[str]:
        """Return all values of a header; none of one that is not there."""
        return [self[name]] if name in self else []


class Protocol:
    """Gives the body of a request, and takes the answer."""

    def __init__(self, body: bytes) -> None:
        self._body, self.status = [body], 0

    def __aiter__(self) -> "Protocol":
        return self

    async def __anext__(self) -> bytes:
        if not self._body:
            raise StopAsyncIteration
        return self._body.pop()

    def response_bytes(self, status: int, headers: object, body: bytes) -> None:
        """Take an answer."""
        self.status = status


def least(front: Front, status: int, method: str, path: str, headers: Any = (), body: bytes = b"") -> int:
    """Return how many calls, of Python's functions and C's, a request takes at least."""
    told = Headers({name.lower(): value for name, value in {**BROWSER, **dict(headers), "Host": "localhost"}.items()})
    if body:
        told["content-length"] = str(len(body))
    scope = SimpleNamespace(
        method=method, path=path, query_string="", headers=told, authority=None, scheme="http",
        server="127.0.0.1:80", client="127.0.0.1:9", http_version="1.1",
    )  # fmt: skip

    def once() -> int:
        protocol = Protocol(body)
        calls = asyncio.run(_calls(front, scope, protocol))
        if protocol.status != status:
            raise RuntimeError(f"{method} {path}: {protocol.status}")
        return calls

    for _ in range(3):
        once()
        time.sleep(0.1)  # the cache hears from Redis that it may keep something
    return min(once() for _ in range(TIMES))


async def _calls(front: Front, scope: Any, protocol: Any) -> int:
    counted = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    gc.disable()  # what it frees would be counted
    sys.setprofile(profile)
    try:
        await front.__rsgi__(scope, protocol)
    finally:
        sys.setprofile(None)
        gc.enable()
    return counted
