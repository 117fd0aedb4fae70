"""How creating, reading and colouring grow with the size of a text: one client, nothing else to do. Milliseconds."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import requests

from bench.client import Client
from bench.contenders import BROWSER, Contender
from bench.inputs import LARGE
from bench.points import Point, Series, point

SIZES = (1_024, 4_096, 16_384, 65_536, 200_000, 2**20)  # bytes; pinnwand takes 256 KiB, colours and all
TIMES = 5


def measure(sites: Sequence[Contender], peers: Sequence[Contender]) -> tuple[Series, list[str]]:
    """Return the points, and who refused what; the times to colour are those of the first of our sites."""
    found: dict[str, list[Point]] = {}
    refusals = []
    for size in SIZES:
        code = (LARGE * (1 + size // len(LARGE)))[:size]
        for each in (*sites, *peers):
            try:
                creating, path = _timed(size, partial(each.share, code))
            except RuntimeError as error:
                refusals.append(f"{each.name} {error} for {size:,} bytes")
                continue
            found.setdefault(f"create, {each.name}", []).append(creating)
            if each in sites:  # or it would be at it while others are measured
                Client(each.url).wait_for_colours(path, every=0.1)
            if each is sites[0]:
                found.setdefault("coloured, from the answer on", []).append(
                    point(size, [_colouring(each, code) for _ in range(TIMES)])
                )
            reading, _ = _timed(size, partial(_page, each.url + path))
            found.setdefault(f"page, {each.name}", []).append(reading)
            if each.served:
                found.setdefault(f"page, {each.name}, in the app", []).append(point(size, each.served(path, TIMES)))
    return found, refusals


def _timed(size: int, work: Callable[[], str]) -> tuple[Point, str]:
    times, result = [], ""
    for _ in range(TIMES):
        began = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(0.05)
    return point(size, times), result


def _page(url: str) -> str:
    answer = requests.get(url, headers={**BROWSER, "Accept-Encoding": "identity"}, timeout=60)
    answer.raise_for_status()
    return url


def _colouring(site: Contender, code: str) -> float:
    """Return how long after the answer the colours were there, with nothing else to colour."""
    client, path = Client(site.url), site.share(code)
    began = time.perf_counter()
    client.wait_for_colours(path)
    return (time.perf_counter() - began) * 1000
