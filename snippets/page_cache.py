"""Answers that are the same for everyone, kept by each web process in their final bytes, before any app is asked.

Kept is what says so by `s-maxage` (RFC 9111), for as long; but a snippet's only until it changes, in every process of
every machine, and only while it is known that no change was missed. Whoever brings a cookie or a secret is never shown
what was kept, nor is what he is shown kept.
"""

import logging
import re
import time
from collections import OrderedDict
from typing import Any

from granian.rsgi import HTTPProtocol

from snippets.kept_bytes import Headers, Kept, pack
from snippets.listening import Changes
from snippets.logs import fields
from snippets.page_keys import Key

log = logging.getLogger(__name__)

LARGEST = 2**20  # bytes of one answer; a larger one costs more to send than to make
TOLD = 1.0  # seconds between two lines of the log

_OF_A_SNIPPET = re.compile(r"/(?:raw/)?([A-Za-z0-9_-]{11})(?:[./]|$)")
_GZIP = re.compile(r"gzip(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)  # q=0 refuses it: RFC 9110
_SHARED = re.compile(r"s-maxage=(\d{1,8})")


class PageCache:
    """At most `room` bytes of answers, those longest unasked for go first. For one thread."""

    def __init__(self, redis_url: str, room: int, prefix: str = "") -> None:
        """Open nothing yet; `prefix` is the path below which the site is served."""
        self._changes = Changes(redis_url, self._drop, self._empty)
        self._room, self._used = room, 0
        self._prefix = prefix
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._keys: dict[str, set[Key]] = {}  # by snippet
        self._heard: dict[str, float] = {}  # when each snippet last changed, of those that did lately
        self._hits, self._tell_at = 0, 0.0

    def answer(self, key: Key, headers: Any, protocol: HTTPProtocol) -> bool:
        """Answer a request with what was kept; False when nothing is."""
        kept = self._kept.get(key)
        if kept is None or not self._changes.are_known() or key not in self._kept:
            return False
        at = time.monotonic()
        if at >= kept.until:
            self._remove(key)
            return False
        self._kept.move_to_end(key)
        self._count(at)
        if kept.etag in headers.get("if-none-match", ""):
            protocol.response_empty(304, [each for each in kept.plain[0] if each[0] != "content-length"])
        elif _GZIP.search(headers.get("accept-encoding", "")):
            protocol.response_bytes(200, *kept.packed)
        else:
            protocol.response_bytes(200, *kept.plain)
        return True

    def keep(self, key: Key, began: float, headers: Headers, body: bytes) -> None:
        """Keep an answer with status 200 whose making `began` then, if it may be and nothing has changed since."""
        told = {name.lower(): value for name, value in headers}
        shared = _SHARED.search(told.get("cache-control", ""))
        if not shared or "set-cookie" in told or len(body) > LARGEST or not self._changes.are_known():
            return
        snippet = self._snippet(key)
        if self._heard.get(snippet, 0.0) >= began:
            return
        self._remove(key)
        self._kept[key] = kept = pack(told, body, time.monotonic() + int(shared[1]))
        self._keys.setdefault(snippet, set()).add(key)
        self._used += kept.size
        while self._used > self._room:
            self._remove(next(iter(self._kept)))

    def _drop(self, snippet: str) -> None:
        at = time.monotonic()
        self._heard[snippet] = at
        if len(self._heard) > 1000:  # a page takes no minute to make
            self._heard = {each: when for each, when in self._heard.items() if when > at - 60}
        for key in list(self._keys.get(snippet, ())):
            self._remove(key)

    def _empty(self) -> None:
        self._kept.clear()
        self._keys.clear()
        self._used = 0

    def _remove(self, key: Key) -> None:
        if kept := self._kept.pop(key, None):
            self._used -= kept.size
            keys = self._keys[self._snippet(key)]
            keys.discard(key)
            if not keys:
                del self._keys[self._snippet(key)]

    def _snippet(self, key: Key) -> str:
        found = _OF_A_SNIPPET.match(key.path.removeprefix(self._prefix))
        return found[1] if found else ""

    def _count(self, at: float) -> None:
        """Log how many, not each: a line takes longer than the answer."""
        self._hits += 1
        if at >= self._tell_at:
            log.info("served what was kept", extra=fields(answers=self._hits))
            self._hits, self._tell_at = 0, at + TOLD
