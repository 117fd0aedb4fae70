"""The site under granian's RSGI: bodies arrive while others are served, then the WSGI app does one request at a time.

Of an answer in parts it does one part at a time.

A WSGI server hands over a body that is yet to come: with one thread a slow upload stops the whole site, and threads
cost every request a third more CPU. Here the event loop waits for bodies, and no request waits for another's.
See https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md and PEP 3333.
"""

import asyncio
import io
import logging
import time
from collections.abc import Iterable
from itertools import chain
from wsgiref.types import WSGIApplication, WSGIEnvironment

from granian._granian import RSGIHTTPStreamTransport
from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope

from snippets.page_cache import PageCache
from snippets.page_keys import are_said_once, key_of
from snippets.wsgi_answer import answer_of
from snippets.wsgi_environ import environ_of

log = logging.getLogger(__name__)

STALLED = 15.0  # seconds without a byte of the body
LONGEST = 120.0  # seconds for the whole body
TOO_SLOW = "The rest of the request did not come in time.\n"
TOO_SLOW_HEADERS = [("content-type", "text/plain; charset=utf-8"), ("connection", "close")]


class Front:
    """An RSGI application: reads at most `largest` bytes of a body, answers 408 to one that stalls, calls `app`.

    A body that is longer is cut there, one byte over, so that the app sees that it is; one that says so in its
    Content-Length is not read at all. An answer of several parts is sent part by part, each as soon as it is made;
    between them others are served. RSGI knows no way to break one off: what fails half way must show it in its format.
    """

    def __init__(self, app: WSGIApplication, largest: int, cache: PageCache | None = None) -> None:
        """Serve `app`, and what is in the cache without it."""
        self._cache = cache
        self._app = app
        self._largest = largest

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer one request; see granian's specification."""
        told = scope.headers
        key = key_of(scope, told) if self._cache else None
        if key and self._cache and self._cache.answer(key, told, protocol):
            return
        began = time.monotonic()
        environ = environ_of(scope)
        try:
            body = await self._body(environ, protocol)
        except TimeoutError:
            protocol.response_str(408, TOO_SLOW_HEADERS, TOO_SLOW)
            return
        except ProtocolClosed:  # whoever asked has left
            return
        environ["wsgi.input"] = io.BytesIO(body)
        status, headers, first, rest = answer_of(self._app, environ)
        try:
            if (second := next(rest, None)) is None:
                protocol.response_bytes(status, headers, first)
                if key and self._cache and status == 200 and are_said_once(told):
                    self._cache.keep(key, began, headers, first)
            else:
                await _stream(protocol.response_stream(status, headers), chain((first, second), rest))
        except ProtocolClosed:
            log.debug("whoever asked left before the end")
        finally:
            rest.close()

    async def _body(self, environ: WSGIEnvironment, protocol: HTTPProtocol) -> bytes:
        length = environ.get("CONTENT_LENGTH", "")
        if length.isdecimal() and not 0 < int(length) <= self._largest:
            return b""
        if not length and "HTTP_TRANSFER_ENCODING" not in environ:
            return b""
        clock = asyncio.get_running_loop().time
        pieces, size, ends = [], 0, clock() + LONGEST
        async with asyncio.timeout(STALLED) as limit:  # not wait_for, which makes a task of each piece
            async for chunk in protocol:
                pieces.append(chunk)
                size += len(chunk)
                if size > self._largest:
                    break
                limit.reschedule(min(clock() + STALLED, ends))
        return b"".join(pieces)[: self._largest + 1]


async def _stream(transport: RSGIHTTPStreamTransport, parts: Iterable[bytes]) -> None:
    for part in parts:
        await transport.send_bytes(part)
        await asyncio.sleep(0)  # a client that takes all at once would else have the loop for itself
