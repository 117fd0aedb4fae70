"""A crowd of our own, where there is no wrk: one process, a few keep-alive connections."""

import asyncio
import random
import re
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from bench.table import percentile
from bench.target import Load, Target

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def run(url: str, target: Target, seconds: float) -> Load:
    """Ask for `seconds`. Raises RuntimeError at the first wrong answer, OSError when the site hangs up."""
    return asyncio.run(_run(url, target, seconds))


async def _run(url: str, target: Target, seconds: float) -> Load:
    parts, requests = urlsplit(url), [_request(target, path) for path in target.paths]
    host, port = parts.hostname or "", parts.port or 80
    began, loop = time.perf_counter(), asyncio.get_running_loop()
    visitors = [_Visitor(requests, target.status, began + seconds) for _ in range(target.connections)]
    for visitor in visitors:
        await loop.create_connection(lambda visitor=visitor: visitor, host, port)  # type: ignore[misc]
    await asyncio.gather(*(visitor.gone for visitor in visitors))
    latencies = [latency for visitor in visitors for latency in visitor.latencies]
    return Load(len(latencies), time.perf_counter() - began, percentile(latencies, 99))


def _request(target: Target, path: str) -> bytes:
    headers = {"Host": "localhost", **target.headers}
    if target.body:
        headers["Content-Length"] = str(len(target.body))
    lines = [f"{target.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + target.body


class _Visitor(asyncio.Protocol):
    """Sends a request as soon as the last one is answered, until `end` (of time.perf_counter)."""

    def __init__(self, requests: Sequence[bytes], status: int, end: float) -> None:
        self.latencies: list[float] = []
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests, self._start, self._end = requests, f"HTTP/1.1 {status} ".encode(), end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.gone.done():
            self.gone.set_exception(exc or ConnectionError("the site hung up"))

    def _send(self) -> None:
        self._began = time.perf_counter()
        self._head: bytes | None = b""
        self._transport.write(random.choice(self._requests))

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            self._head += data
            head, blank, data = self._head.partition(b"\r\n\r\n")
            if not blank:
                return
            self._judge(head)
            self._head = None
        self._missing -= len(data)
        if self._missing <= 0:
            self._answered()

    def _judge(self, head: bytes) -> None:
        length = LENGTH.search(head)
        if not length or not head.startswith(self._start):
            self._leave(RuntimeError(f"a wrong answer: {head.decode('latin-1')}"))
        self._missing = int(length[1]) if length else 0

    def _answered(self) -> None:
        now = time.perf_counter()
        self.latencies.append(now - self._began)
        if now < self._end and not self.gone.done():
            self._send()
        else:
            self._leave(None)

    def _leave(self, error: Exception | None) -> None:
        if not self.gone.done():
            self.gone.set_exception(error) if error else self.gone.set_result(None)
        self._transport.close()
