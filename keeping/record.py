"""The files by which bin/restart finds what is kept, one for each keeper, under var/run.

A keeper holds a lock on its file for as long as it lives: a file without one is a dead keeper's.
"""

import fcntl
import json
import os
from collections.abc import Iterator


class Record:
    """A keeper's own file: who it is, and what came of each restart."""

    def __init__(self, folder: str, command: str) -> None:
        """Make the file and lock it. Raises OSError where that cannot be."""
        os.makedirs(folder, exist_ok=True)
        self._path = f"{folder}/keep-{os.getpid()}"
        self._file = open(self._path, "w", encoding="utf-8")  # noqa: SIM115 — for as long as we live
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._restarts = 0
        self._told: dict[str, object] = {
            "pid": os.getpid(),
            "command": command,
            "ready": False,
            "restarts": 0,
            "failed": "",
        }
        self._write()

    def serves(self, *, ready: bool) -> None:
        """Note whether all that is kept serves."""
        if ready != self._told["ready"]:
            self._told["ready"] = ready
            self._write()

    def restarted(self, failed: str) -> None:
        """Note the end of a restart, and why it came to nothing; empty: it did not."""
        self._restarts += 1
        self._told |= {"restarts": self._restarts, "failed": failed}
        self._write()

    def close(self) -> None:
        """Leave nothing behind."""
        os.unlink(self._path)
        self._file.close()

    def _write(self) -> None:
        self._file.seek(0)
        self._file.write(json.dumps(self._told).ljust(400) + "\n")  # one write, never shorter than the one before
        self._file.flush()


def records(folder: str) -> Iterator[dict[str, object]]:
    """Give what each keeper that lives tells of itself; the files of dead ones are deleted."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    for path in (f"{folder}/{name}" for name in names if name.startswith("keep-")):
        with open(path, "r+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield json.loads(file.read())
            else:
                os.unlink(path)
