"""The files by which bin/restart finds what is kept, one for each keeper, under var/run.

A keeper holds a lock on its file for as long as it lives: a file without one is a dead keeper's.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import suppress


class Record:
    """A keeper's own file: who it is, and what came of each restart."""

    def __init__(self, folder: str, command: str) -> None:
        """Make the file and lock it. Raises OSError where that cannot be."""
        os.makedirs(folder, exist_ok=True)
        self._path = f"{folder}/keep-{os.getpid()}"
        new = f"{folder}/new-{os.getpid()}"  # not one of ours until it is locked and says something
        self._file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._begun = 0
        self._told: dict[str, object] = {
            "pid": os.getpid(),
            "command": command,
            "ready": False,
            "begun": 0,
            "restarts": 0,
            "failed": "",
        }
        self._write()
        os.rename(new, self._path)

    def serves(self, *, ready: bool) -> None:
        """Note whether all that is kept serves."""
        if ready != self._told["ready"]:
            self._told["ready"] = ready
            self._note()

    def begins(self) -> None:
        """Note the beginning of a restart, which brings what is in the folder by now."""
        self._begun += 1
        self._told["begun"] = self._begun
        self._note()

    def restarted(self, failed: str) -> None:
        """Note the end of a restart, and why it came to nothing; empty: it did not."""
        self._told |= {"restarts": self._begun, "failed": failed}
        self._note()

    def close(self) -> None:
        """Leave nothing behind."""
        os.unlink(self._path)
        os.close(self._file)

    def _write(self) -> None:
        os.pwrite(self._file, f"{json.dumps(self._told)}\n".encode(), 0)  # in one piece, whoever reads meanwhile

    def _note(self) -> None:
        with suppress(OSError):  # a full disk: what is kept must go on
            self._write()


def records(folder: str) -> Iterator[dict[str, object]]:
    """Give what each keeper that lives tells of itself; the files of dead ones are deleted."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    for path in (f"{folder}/{name}" for name in names if name.startswith("keep-")):
        with suppress(FileNotFoundError), open(path, "r+", encoding="utf-8") as file:  # its keeper has ended meanwhile
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield json.loads(file.readline())  # behind it there may be an end of a longer one
            else:
                os.unlink(path)
