"""What only a worker does, tried once for the doctor: `python -m workers.trial highlighter`, or `mail`. Prints JSON."""

import json
import sys
import time

from snippets.relay import Relay
from snippets.settings import Settings
from workers import http, smtp
from workers.failure import HighlighterError

CODE, LANGUAGE, KEYWORD = 'def greet(name):\n    return f"Hello {name}"\n', "python", "def"

Told = dict[str, str | int | bool | None]


def highlighter(settings: Settings) -> Told:
    """Have two lines coloured, and return why that failed, whether a keyword was known, and the quickest call's time.

    It is called three times, for the first call pays for names and connections.
    """
    times = []
    try:
        for _ in range(3):
            began = time.perf_counter()
            runs = http.highlight(CODE, LANGUAGE, settings)
            times.append(time.perf_counter() - began)
    except HighlighterError as error:
        return {"note": error.note.value, "is_coloured": False, "took_ms": None}
    kind, length = next(each for each in runs if each[1])
    is_coloured = kind.startswith("k") and length == len(KEYWORD)
    return {"note": None, "is_coloured": is_coloured, "took_ms": round(min(times) * 1000)}


def mail(settings: Settings) -> Told:
    """Return why the SMTP server would take no message from the site; nothing is sent."""
    return {"why": smtp.refusal(Relay.parse(settings.smtp_url or ""), settings.mail_from or "")}


if __name__ == "__main__":
    trials = {"highlighter": highlighter, "mail": mail}
    sys.stdout.write(json.dumps(trials[sys.argv[1]](Settings.from_env())))
