"""An answer in its final bytes, as it goes to everyone: identity and gzip, with an ETag of its own."""

import gzip
import hashlib
import re

OWN = ("x-request-id", "set-cookie")  # headers of one answer, not of all
SMALLEST = 500  # bytes that are worth compressing
AROUND = 1000  # bytes of memory beside the body, the headers and the key, about

Headers = list[tuple[str, str]]

# Whether who says this in Accept-Encoding takes gzip, which q=0 refuses: RFC 9110, 12.5.3.
takes_gzip = re.compile(r"(?<![\w-])gzip(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))(?![\w-])", re.IGNORECASE).search


class Kept:
    """One answer in its final bytes; those of gzip are made when they are first asked for."""

    __slots__ = ("_common", "packed", "plain", "size", "tag", "until")

    def __init__(self, told: dict[str, str], body: bytes, until: float) -> None:
        """Keep a body `until` then, by time.monotonic(); `told` are its headers, in lower case."""
        etag = told.get("etag") or f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        self.tag = etag.removeprefix("W/")  # If-None-Match compares weakly: RFC 9110, 13.1.2
        vary = {each.strip() for each in told.get("vary", "").split(",") if each.strip()} | {"Accept-Encoding"}
        own = {"etag": f"W/{self.tag}", "vary": ", ".join(sorted(vary))}
        self._common = {name: value for name, value in told.items() if name not in OWN} | own
        self.plain = self._with(body)
        self.until = until
        self.size = len(body) + sum(len(name) + len(value) for name, value in self.plain[0]) + AROUND
        self.packed = self.plain if len(body) < SMALLEST else None  # the same by gzip; None: it was not asked for yet

    def is_known(self, tags: str) -> bool:
        """Whether who says this in If-None-Match has it."""
        return self.tag in tags or tags == "*"

    def unchanged(self) -> Headers:
        """Return the headers of an answer without a body that says so."""
        return [each for each in self.plain[0] if each[0] != "content-length"]

    def pack(self) -> tuple[Headers, bytes]:
        """Return the headers and bytes of gzip, which take their part of `size` from now on."""
        packed = self._with(gzip.compress(self.plain[1], 6, mtime=0), {"content-encoding": "gzip"})
        self.size += len(packed[1]) + AROUND
        self.packed = packed
        return packed

    def _with(self, body: bytes, more: dict[str, str] | None = None) -> tuple[Headers, bytes]:
        return list((self._common | (more or {}) | {"content-length": str(len(body))}).items()), body
