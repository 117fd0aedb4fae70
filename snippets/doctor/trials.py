"""What only a worker can try, in a process of its own: the arrows point one way, and the doctor imports no worker."""

import json
import os
import subprocess
import sys
from dataclasses import fields
from typing import Any

from snippets.settings import ROOT, Settings

MODULE = "workers.trial"
LONGEST = 90  # seconds: the imports, and what each trial allows itself


def tried(what: str, settings: Settings) -> dict[str, Any] | None:
    """Return what `python -m workers.trial WHAT` says under these settings; None: it came to no end."""
    given = {each.name.upper(): getattr(settings, each.name) for each in fields(settings)}
    environment = {name: _as_given(value) for name, value in given.items()}
    command = [sys.executable, "-m", MODULE, what]
    try:
        done = subprocess.run(  # noqa: S603 — nothing in it is from outside
            command, cwd=ROOT, env=os.environ | environment, capture_output=True, timeout=LONGEST, check=True
        )
    except (subprocess.SubprocessError, OSError):
        return None
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _as_given(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
