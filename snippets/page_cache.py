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

from snippets.kept_bytes import Headers, Kept, takes_gzip
from snippets.listening import Changes
from snippets.logs import fields
from snippets.page_keys import Key

log = logging.getLogger(__name__)

LARGEST = 2**20  # bytes of one answer; a larger one costs more to send than to make
TOLD = 1.0  # seconds between two lines of the log
LATELY = 60.0  # seconds: no page takes as long to make

_OF_A_SNIPPET = re.compile(r"/(?:raw/)?([A-Za-z0-9_-]{11})(?:[./]|$)")
_SHARED = re.compile(r"s-maxage=(\d{1,8})")


class PageCache:
    """At most `room` bytes of answers, those longest unasked for go first. For one thread."""

    def __init__(self, redis_url: str, room: int, prefix: str = "") -> None:
        """Open nothing yet; `prefix` is the path below which the site is served."""
        self._changes = Changes(redis_url, self.drop, self._empty)
        self._room, self._used = room, 0
        self._prefix = prefix
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._keys: dict[str, set[Key]] = {}  # by snippet
        self._heard: OrderedDict[str, float] = OrderedDict()  # when each snippet changed that did lately
        self._hits, self._tell_at = 0, 0.0

    def answer(self, key: Key, headers: Any, protocol: HTTPProtocol) -> bool:
        """Answer a request with what was kept; False when nothing is."""
        at = time.monotonic()
        if not self._changes.are_known(at) or (kept := self._kept.get(key)) is None:
            return False
        if at >= kept.until:
            self._remove(key)
            return False
        self._kept.move_to_end(key)
        self._hits += 1
        if at >= self._tell_at:
            self._tell(at)
        if "if-none-match" in headers and kept.is_known(headers.get("if-none-match", "")):
            protocol.response_empty(304, kept.unchanged())
        elif "accept-encoding" in headers and takes_gzip(headers.get("accept-encoding", "")):
            protocol.response_bytes(200, *(kept.packed or self._pack(kept)))
        else:
            protocol.response_bytes(200, *kept.plain)
        return True

    def keep(self, key: Key, began: float, headers: Headers, body: bytes) -> None:
        """Keep an answer with status 200 whose making `began` then, if it may be and nothing has changed since.

        It may be where its address names its snippet as our own links do: what is kept under none is dropped by none.
        """
        told = {name.lower(): value for name, value in headers}
        shared = _SHARED.search(told.get("cache-control", ""))
        if not shared or "set-cookie" in told or len(body) > LARGEST or not self._changes.were_known(began):
            return
        snippet = self._snippet(key)
        if not snippet or self._heard.get(snippet, 0.0) >= began:
            return
        self._remove(key)
        self._kept[key] = kept = Kept(told, body, time.monotonic() + int(shared[1]))
        self._keys.setdefault(snippet, set()).add(key)
        self._use(kept.size + key.size)

    def drop(self, snippet: str) -> None:
        """Keep nothing of a snippet that was made before now."""
        at = time.monotonic()
        self._heard.pop(snippet, None)
        self._heard[snippet] = at
        while next(iter(self._heard.values())) < at - LATELY:
            self._heard.popitem(last=False)
        for key in list(self._keys.get(snippet, ())):
            self._remove(key)

    def _pack(self, kept: Kept) -> tuple[Headers, bytes]:
        before, packed = kept.size, kept.pack()
        self._use(kept.size - before)
        return packed

    def _use(self, more: int) -> None:
        self._used += more
        while self._used > self._room:
            self._remove(next(iter(self._kept)))

    def _empty(self) -> None:
        self._kept.clear()
        self._keys.clear()
        self._used = 0

    def _remove(self, key: Key) -> None:
        if kept := self._kept.pop(key, None):
            self._used -= kept.size + key.size
            keys = self._keys[self._snippet(key)]
            keys.discard(key)
            if not keys:
                del self._keys[self._snippet(key)]

    def _snippet(self, key: Key) -> str:
        found = _OF_A_SNIPPET.match(key.path.removeprefix(self._prefix))
        return found[1] if found else ""

    def _tell(self, at: float) -> None:
        """Log how many, not each: a line takes longer than the answer."""
        log.info("served what was kept", extra=fields(answers=self._hits))
        self._hits, self._tell_at = 0, at + TOLD
