"""An answer in its final bytes, as it goes to everyone: identity and gzip, with an ETag of its own."""

import gzip
import hashlib
from typing import NamedTuple

OWN = ("x-request-id", "set-cookie")  # headers of one answer, not of all
SMALLEST = 500  # bytes that are worth compressing

Headers = list[tuple[str, str]]


class Kept(NamedTuple):
    """One answer in its final bytes."""

    until: float  # time.monotonic()
    etag: str
    plain: tuple[Headers, bytes]
    packed: tuple[Headers, bytes]  # gzip

    @property
    def size(self) -> int:
        """Bytes of memory, about: headers and all."""
        return len(self.plain[1]) + len(self.packed[1]) + 2000


def pack(told: dict[str, str], body: bytes, until: float) -> Kept:
    """Return an answer as it is to be kept `until` then; `told` are its headers, in lower case."""
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    common = {name: value for name, value in told.items() if name not in OWN} | {"etag": etag}
    vary = {each.strip() for each in common.get("vary", "").split(",") if each.strip()} | {"Accept-Encoding"}
    common["vary"] = ", ".join(sorted(vary))
    plain = list((common | {"content-length": str(len(body))}).items()), body
    if len(body) < SMALLEST:
        return Kept(until, etag, plain, plain)
    packed = gzip.compress(body, 6, mtime=0)
    return Kept(
        until,
        etag,
        plain,
        (list((common | {"content-encoding": "gzip", "content-length": str(len(packed))}).items()), packed),
    )
