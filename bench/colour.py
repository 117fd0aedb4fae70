"""Time to colour: from sharing to colours, the site otherwise idle. Seconds, until they are printed."""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from bench.browser import Browser, chromium
from bench.client import Client, form
from bench.inputs import LARGE, SMALL
from bench.stack import Stack
from bench.table import Table, kilobytes, milliseconds, percentile

RUNS = ((SMALL, 50), (LARGE, 20))  # code, and how often it is shared
WARM_UP = 2  # runs that do not count
REST = 0.1  # seconds between two runs, for the worker to be idle again
COLUMNS = ("input", "n", "p50", "p95", "max")
NOTES = (
    "Chromium: from the click on Share to the mark “coloured”, two frames after the colours came, by one clock.",
    "HTTP: from the POST, sent as the page's form is, until /<id>/files/1 says highlighted; asked every 2 ms.",
)

T = TypeVar("T")


def measure(site: Stack) -> Table:
    """Measure in a browser, where there is one, and by plain HTTP."""
    rows, notes = _in_browser(site.url) if chromium() else ([], ["No Chromium was found: the browser is left out."])
    return Table("1. Time to colour, ms", COLUMNS, [*rows, *_by_http(site.url)], [*NOTES, *notes])


def _in_browser(url: str) -> tuple[list[list[str]], list[str]]:
    rows, notes = [], []
    with Browser(url) as browser:
        for code, n in RUNS:
            shares = _repeated(partial(browser.share, code), n)
            rows.append(_row("Chromium, click to painted", code, [share.seconds for share in shares]))
            requests = Counter(share.requests for share in shares)
            often = ", ".join(f"{many} in {count} of {n}" for many, count in sorted(requests.items()))
            notes.append(f"Chromium, {kilobytes(code)}: requests that the page made for its colours: {often}.")
    return rows, notes


def _by_http(url: str) -> list[list[str]]:
    client, rows = Client(url), []
    for code, n in RUNS:
        times = _repeated(partial(_share, client, *form(code)), n)
        rows.append(_row("HTTP, POST to highlighted", code, [coloured for _, coloured in times]))
        rows.append(_row("  of it, the answer to the POST", code, [answered for answered, _ in times]))
    return rows


def _share(client: Client, body: bytes, headers: dict[str, str]) -> tuple[float, float]:
    """Return how long the answer took, and how long the colours."""
    began = time.perf_counter()
    page = client.paste(body, headers)
    answered = time.perf_counter()
    client.wait_for_colours(page)
    return answered - began, time.perf_counter() - began


def _repeated(run: Callable[[], T], n: int) -> list[T]:
    results = []
    for _ in range(WARM_UP + n):
        results.append(run())
        time.sleep(REST)
    return results[WARM_UP:]


def _row(what: str, code: str, seconds: list[float]) -> list[str]:
    figures = (percentile(seconds, 50), percentile(seconds, 95), max(seconds))
    return [what, kilobytes(code), str(len(seconds)), *map(milliseconds, figures)]
