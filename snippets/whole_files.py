"""Files that are there whole or not at all, for nobody but their owner."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path

from snippets.tables import Obstacle

PARTIAL = ".partial"  # what a file is called until it is whole


@contextmanager
def whole_file(path: Path) -> Iterator[BufferedIOBase]:
    """Open a file to write that gets its name, mode 0600, when all of it is on the disk.

    What an interruption leaves is called PARTIAL, and overwritten by the next try. Raises Obstacle: where there is a
    file already, where somebody else is writing it, and where it cannot be written, as on a full disk.
    """
    if path.exists():
        raise Obstacle(f"{path} is there already: choose another name, or remove it.")
    partial = path.with_name(path.name + PARTIAL)
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "wb") as file:
            _claim(file.fileno(), partial)
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                partial.rename(path)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        _keep_name(path.parent)
    except OSError as error:
        raise Obstacle(f"{path} cannot be written: {error.strerror}. Nothing is left of it.") from error


def clear_partial(folder: Path, names: str) -> None:
    """Remove what interruptions have left in a folder of files with such names, unless somebody is writing it."""
    for partial in folder.glob(names + PARTIAL):
        with partial.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            partial.unlink()


def _claim(descriptor: int, partial: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Obstacle(f"{partial} is being written by somebody else: wait for that.") from None
    os.fchmod(descriptor, 0o600)
    os.ftruncate(descriptor, 0)


def _keep_name(folder: Path) -> None:
    """See that the name outlives a power cut as the content does."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
