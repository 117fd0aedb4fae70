"""One request that is asked of the front in this very process."""

import asyncio
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from bench.contenders import BROWSER
from snippets.front import Front
from snippets.kept_bytes import OWN

NOTHING = nullcontext()


class Headers(dict[str, str]):
    """A request's headers, as granian gives them."""

    def get_all(self, name: str) -> list[str]:
        """Return all values of a header; none of one that is not there."""
        return [self[name]] if name in self else []


@dataclass(frozen=True, slots=True)
class Request:
    """What a browser asks, and the status that it is to be answered with."""

    path: str
    status: int = 200
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Protocol:
    """Gives the body of a request, and takes the answer."""

    def __init__(self, body: bytes) -> None:
        self._body, self.status = [body], 0
        self.headers: list[tuple[str, str]] = []

    def __aiter__(self) -> "Protocol":
        return self

    async def __anext__(self) -> bytes:
        if not self._body:
            raise StopAsyncIteration
        return self._body.pop()

    def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
        """Take an answer."""
        self.status, self.headers = status, headers

    @property
    def was_kept(self) -> bool:
        """Whether the answer came from the page cache: the app says in each of its own which request it was."""
        return all(name.lower() != OWN[0] for name, _ in self.headers)


def ask(front: Front, request: Request, meanwhile: AbstractContextManager[object] = NOTHING) -> Protocol:
    """Return the answer to a request, made within a context. Raises RuntimeError at another status."""
    own = {"Host": "localhost"} | ({"Content-Length": str(len(request.body))} if request.body else {})
    told = Headers({name.lower(): value for name, value in {**BROWSER, **request.headers, **own}.items()})
    scope: Any = SimpleNamespace(
        method=request.method, path=request.path, query_string="", headers=told, authority=None, scheme="http",
        server="127.0.0.1:80", client="127.0.0.1:9", http_version="1.1",
    )  # fmt: skip
    protocol: Any = Protocol(request.body)

    async def asked() -> None:
        with meanwhile:
            await front.__rsgi__(scope, protocol)

    asyncio.run(asked())
    if protocol.status != request.status:
        raise RuntimeError(f"{request.method} {request.path}: {protocol.status}")
    return protocol
