"""`python -m keeping.logged FILE start …`: honcho, with what its processes say in files of at most so many bytes.

For a site whose output no system takes. honcho writes the lines itself: nothing stands between them and the disk that
could end before it does.
"""

import io
import os
import stat
import sys
from contextlib import suppress

LARGEST = 16 * 2**20  # bytes of a file
KEPT = 4  # full ones: site.log.1 is the latest of them


class Log(io.TextIOBase):
    """A stream of lines into a file that its owner alone reads.

    One that is full is renamed, and the oldest goes: no line is lost or torn. What cannot be written, as on a full
    disk, is left out, which is said once there is room: a site does not end for want of its log.
    """

    def __init__(self, path: str, largest: int = LARGEST, kept: int = KEPT, also: tuple[int, ...] = ()) -> None:
        """Open the file, which need not be there; the descriptors in `also` lead to it from now on. Raises OSError."""
        self._path, self._largest, self._kept, self._also = path, largest, kept, also
        self._text, self._lost = "", 0
        self._file, self._size = self._open()

    def write(self, text: str) -> int:
        """Take a part of a line, to be written with the rest of it."""
        self._text += text
        return len(text)

    def flush(self) -> None:
        """Write what was taken. Never raises OSError."""
        text, self._text = self._text, ""
        if not text:
            return
        missing = f"\n{self._lost} lines could not be written here.\n" if self._lost else ""
        data = f"{missing}{text}".encode(errors="replace")
        if self._size and self._size + len(data) > self._largest:
            self._turn()
        try:
            written = os.write(self._file, data)
        except OSError:
            written = 0
        self._size += written
        self._lost = 0 if written == len(data) else self._lost + 1

    def _turn(self) -> None:
        names = [self._path, *(f"{self._path}.{number}" for number in range(1, self._kept + 1))]
        before = self._file
        try:
            for number in range(self._kept, 0, -1):
                with suppress(FileNotFoundError):  # there were not so many yet
                    os.replace(names[number - 1], names[number])
            self._file, self._size = self._open()
        except OSError:  # as on a full disk: what is open still takes lines, and later there may be room
            self._size = 0
        else:
            os.close(before)

    def _open(self) -> tuple[int, int]:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if stat.S_ISREG(os.fstat(file).st_mode):  # a link may lead to /dev/null, which is everybody's
            os.fchmod(file, 0o600)  # earlier versions made it for all to read
        for number in self._also:
            os.dup2(file, number)
        return file, os.fstat(file).st_size


def main() -> None:
    """Become honcho."""
    from honcho.command import main as honcho  # noqa: PLC0415 — tests of the log alone need none

    sys.stdout = Log(sys.argv[1], also=(1, 2))
    honcho(sys.argv[2:])


if __name__ == "__main__":
    main()
