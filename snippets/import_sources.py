"""An export to be read, a folder or a zip, that anybody may have made: no path leads out of it, nothing is endless."""

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from snippets.portable import DOCUMENT
from snippets.tables import Obstacle

ID = re.compile(r"[A-Za-z0-9_-]{11}")
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # which give a text piece by piece; others may burst
PIECE = 2**16  # bytes
_ELSEWHERE = re.compile(r"[\\:\0]")  # by Windows' rules


class Unreadable(Exception):
    """One file of an export cannot be taken; the message says why."""


class Source(Protocol):
    """A folder or a zip that holds an export."""

    def ids(self) -> Iterator[str]:
        """Yield the id of each snippet."""

    def read(self, path: str, limit: int) -> bytes:
        """Return a file of up to `limit` bytes. Raises Unreadable."""


def source(path: Path) -> Source:
    """Return the export at a path. Raises Obstacle."""
    if path.is_dir():
        return Folder(path)
    try:
        return Zip(zipfile.ZipFile(path))
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise Obstacle(f"{path} is neither a folder nor a zip that can be read: {error}.") from error


def parts(path: str) -> list[str]:
    """Return the parts of a path that stays where it is. Raises Unreadable for every other."""
    found = path.split("/")
    if _ELSEWHERE.search(path) or {"", ".", ".."} & set(found):
        raise Unreadable(f"the path “{path[:100]}” leads out of the export")
    return found


class Folder:
    """An export that lies open."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def ids(self) -> Iterator[str]:
        """Yield the name of each folder that can be a snippet's."""
        with os.scandir(self._root) as entries:
            for entry in entries:
                if ID.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                    yield entry.name

    def read(self, path: str, limit: int) -> bytes:
        """Return a file of up to `limit` bytes. Raises Unreadable."""
        *folders, name = parts(path)
        try:
            with os.fdopen(self._open(folders, name), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Unreadable(f"“{path}” is no file")
                return _bounded(file, path, limit)
        except OSError as error:
            raise Unreadable(f"“{path}” cannot be read: {error.strerror}") from error

    def _open(self, folders: list[str], name: str) -> int:
        """Open a file by way of folders that are none but folders: a link would lead out."""
        here = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for folder in folders:
                below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
                os.close(here)
                here = below
            return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
        finally:
            os.close(here)


class Zip:
    """An export that is packed. What an entry says of its size is not believed."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def ids(self) -> Iterator[str]:
        """Yield the id of each snippet that has a document."""
        for name in self._archive.namelist():
            found, _, rest = name.partition("/")
            if rest == DOCUMENT and ID.fullmatch(found):
                yield found

    def read(self, path: str, limit: int) -> bytes:
        """Return an entry of up to `limit` bytes. Raises Unreadable."""
        parts(path)
        try:
            entry = self._archive.getinfo(path)
            if stat.S_ISLNK(entry.external_attr >> 16) or entry.flag_bits & 1 or entry.compress_type not in PACKED:
                raise Unreadable(f"“{path}” is a link, is encrypted, or is packed in a way that is not taken")
            with self._archive.open(entry) as file:
                return _bounded(file, path, limit)
        except KeyError:
            raise Unreadable(f"“{path}” is not there") from None
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
            raise Unreadable(f"“{path}” cannot be unpacked: {error}") from error


def _bounded(file: IO[bytes], path: str, limit: int) -> bytes:
    """Read a file to its end; piece by piece, since a read takes the memory for all that it may get."""
    data = bytearray()
    while piece := file.read(PIECE):
        data += piece
        if len(data) > limit:
            raise Unreadable(f"“{path}” has more than {limit:,} bytes")
    return bytes(data)
