"""Bytes that become the text of a file, or do not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from snip.failures import Unusable

FREE = 256 * 1024  # bytes: so much is sent without asking for the site's limits

Limit = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Text:
    """One file to share."""

    name: str | None
    code: str


def read(stream: IO[bytes], what: str, limit: Limit) -> str:
    """Return all of a stream as text. Raises Unusable where it is no UTF-8, or more than the site takes."""
    data = stream.read(FREE + 1)
    if len(data) > FREE:
        most = limit()
        data += stream.read(max(most + 1 - len(data), 0))
        if len(data) > most:
            raise Unusable(f"{what} is too large: the site takes {most:,} bytes.")
    return decode(data, what)


def decode(data: bytes, what: str) -> str:
    """Return bytes as text. Raises Unusable, naming the first byte that is none."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Unusable(
            f"{what} is not text in UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}."
        ) from error
    if "\0" in text:
        raise Unusable(f"{what} is not text: byte 0x00 at offset {data.index(0)}.")
    return text
