"""The body of a large request: sent block by block, and how far it is."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from snip.terminal import is_terminal

LARGE = 256 * 1024  # bytes


class Blocks(io.BytesIO):
    """A body that is read, and so sent, in blocks, each with a time limit of its own: one for all ends slow lines."""

    def __init__(self, data: bytes, sent: Callable[[int], None]) -> None:
        """Tell `sent` the size of each block."""
        super().__init__(data)
        self._sent = sent

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next block."""
        block = super().read(size)
        self._sent(len(block))
        return block


@contextmanager
def in_blocks(data: bytes | None) -> Iterator[bytes | Blocks | None]:
    """Give what to send for `data`; show the progress of a large body to a person."""
    if data is None or len(data) <= LARGE:
        yield data
    elif not is_terminal(sys.stderr):
        yield Blocks(data, lambda _size: None)
    else:
        with click.progressbar(length=len(data), label="Uploading", file=sys.stderr) as bar:
            yield Blocks(data, bar.update)
