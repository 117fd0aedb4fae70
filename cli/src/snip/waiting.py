"""The colours of a file, when they are there."""

import time

from snip.api import Api
from snip.colours import Runs

PATIENCE = 30.0  # seconds
SHORTEST, LONGEST = 0.1, 5.0  # seconds between two questions


def wait_for_runs(api: Api, snippet_id: str, number: int, until: float) -> Runs | None:
    """Ask for a file's colours until they are there, at the site's pace; None when time is up at `until`."""
    while True:
        answer = api.get(f"/snippets/{snippet_id}/files/{number}/runs")
        if answer.status == 200:
            return [(str(css), int(length)) for css, length in answer.data["runs"]]
        pause = min(max(answer.retry_after, SHORTEST), LONGEST)
        if time.monotonic() + pause > until:
            return None
        time.sleep(pause)
