"""What the number of snippets does to reading, lists, search, creating and the purge: `python -m bench.growth`.

In process and without the page cache: what is measured is the app and its database, not the sockets before it. Writes
what was found on each engine between two marks of docs/performance.md. --million: up to a million snippets, whose
filling takes an hour; --in FOLDER keeps the databases there, so that another run need not fill them; --fill does no
more than that; --engine NAME leaves the other out. --quick: a try, which is written into var/bench/quick.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import filling, goals
from bench.filled import filled, version
from bench.in_process import COUNTED, PURGES, measured
from bench.paper import Paper, markdown
from bench.points import Point, Series, point
from bench.report import facts

COUNTS = (1_000, 10_000, 100_000)
MILLION = 1_000_000
ROUNDS = 3


def main() -> None:
    """Fill what is not filled, measure, and write what was found."""
    asked = _arguments()
    paper = Paper(quick=asked.quick)
    counts = (200, 1_000) if asked.quick else (*COUNTS, MILLION) if asked.million else COUNTS
    with filling.engines(asked.folder) as both, filling.redis_server() as redis_url:
        for name, url in both:
            engine = name.lower()
            if asked.engine not in {None, engine}:
                continue
            for count in counts:
                filled(url, count)
            if not asked.fill:
                known = facts(version(url))
                marks = f"<!-- grown on {engine} -->", f"<!-- /grown on {engine} -->"
                paper.put(marks, "\n\n".join((known, *_parts(name, _slopes(url, counts, redis_url), paper))))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--in", dest="folder", type=lambda folder: Path(folder).resolve())
    parser.add_argument("--fill", action="store_true")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args()


def _slopes(url: str, counts: Sequence[int], redis_url: str) -> Series:
    """Measure among each number of snippets, then among all of them again; what was purged meanwhile is filled in."""
    found: dict[str, dict[int, list[float]]] = {}
    for number in range(ROUNDS):
        for count in counts:
            print(f"growth: round {number + 1} of {ROUNDS}, among {count:,}", flush=True)
            for what, took in measured(filled(url, count), redis_url):
                found.setdefault(what, {}).setdefault(count, []).append(took)
    return {what: [point(count, times) for count, times in each.items()] for what, each in found.items()}


def _parts(engine: str, found: Series, paper: Paper) -> Iterator[str]:
    yield (
        f"{ROUNDS} rounds, each through all numbers of snippets; in each the median of {COUNTED} requests in process"
        f" and of {PURGES} purges. Milliseconds: the median of the rounds, and in brackets the lowest and the highest."
    )
    yield markdown(goals.COLUMNS, [_goal(what, points) for what, points in found.items()])
    yield from paper.slope(engine.lower(), f"Milliseconds by snippets, {engine}", "snippets in the database", found)


def _goal(what: str, points: Sequence[Point]) -> list[str]:
    title = f"{what}: {points[0].at:,} to {points[-1].at:,} snippets"
    factor = points[-1].middle / points[0].middle
    return goals.most(title, 2 if what.startswith("search") else 1.2, factor, "× the time")


if __name__ == "__main__":
    main()
