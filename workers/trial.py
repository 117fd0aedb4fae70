"""One line of text put to the highlighter as a job would, to see whether it is well: `python -m workers.trial`.

Prints JSON: `note` (why it failed, or null), `is_coloured` (whether a keyword is known), `took_ms` of the quickest.
"""

import json
import sys
import time

from snippets.settings import Settings
from workers import http
from workers.failure import HighlighterError

CODE, LANGUAGE, KEYWORD = 'def greet(name):\n    return f"Hello {name}"\n', "python", "def"


def trial(settings: Settings) -> dict[str, str | int | bool | None]:
    """Call the highlighter, and return what came of it: three times, for the first pays for names and connections."""
    times = []
    try:
        for _ in range(3):
            began = time.perf_counter()
            runs = http.highlight(CODE, LANGUAGE, settings)
            times.append(time.perf_counter() - began)
    except HighlighterError as error:
        return {"note": error.note.value, "is_coloured": False, "took_ms": None}
    took_ms = round(min(times) * 1000)
    kind, length = next(each for each in runs if each[1])
    return {"note": None, "is_coloured": kind.startswith("k") and length == len(KEYWORD), "took_ms": took_ms}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(trial(Settings.from_env())))
