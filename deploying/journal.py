"""Who deployed what, when, and what came of it: one JSON object a line, only ever appended to."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path


def note(path: Path, **what: object) -> None:
    """Append a line, and have it on the disk before going on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), **what}, ensure_ascii=False)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(descriptor, f"{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
