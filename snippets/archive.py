"""A zip archive that is sent while it is made: no more of it than a piece is ever in memory."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

PIECE = 2**16  # characters of a text
EARLIEST, LATEST = 1980, 2107  # the years that the format knows

Member = tuple[str, datetime, str]  # path, time, text


def zipped(members: Iterable[Member]) -> Iterator[bytes]:
    """Yield a zip archive of texts in UTF-8. The same members make the same bytes, wherever and whenever it is made.

    The paths are taken as they are: see filenames.member_names.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # it only writes
        for path, time, text in members:
            with archive.open(_entry(path, time), "w") as entry:
                for at in range(0, len(text), PIECE):
                    entry.write(text[at : at + PIECE].encode())
                    yield from sink.take()
    yield from sink.take()


def _entry(path: str, time: datetime) -> zipfile.ZipInfo:
    time = time.astimezone(UTC)
    year = min(max(time.year, EARLIEST), LATEST)
    entry = zipfile.ZipInfo(path, (year, time.month, time.day, time.hour, time.minute, time.second))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, also where it is made on another
    entry.external_attr = 0o100644 << 16
    return entry


class _Sink:
    """A file that can only be written to, and emptied."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> Iterator[bytes]:
        pieces, self._pieces = self._pieces, []
        if joined := b"".join(pieces):
            yield joined
