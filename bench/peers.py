"""Our site beside its peers, in one run: `python -m bench.peers` writes docs/performance.md. It takes some ten minutes.

--quick: a try of everything, which proves nothing, and is written into var/bench/quick.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from bench import contest, goals, report, sizes, weight
from bench.as_bytes import granian
from bench.as_files import nginx
from bench.client import Client
from bench.contenders import Contender, ours
from bench.contest import Entry, Task
from bench.inputs import SMALL
from bench.installing import tool
from bench.paper import Paper
from bench.points import Series
from bench.rivals import bepasty, dpaste, pinnwand
from bench.sites import Quiet, whole_site
from bench.stack import Stack

MANY = 1_000  # pages


def main() -> None:
    """Run every part; whatever was started is stopped, also on Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    tool("wrk")
    busy = psutil.getloadavg()
    tasks, found_sizes, weights = _side_by_side(asked.quick)
    report.write(report.Found(busy, tasks, found_sizes, weights), Paper(quick=asked.quick))


def _side_by_side(quick: bool) -> tuple[list[Task], tuple[Series, list[str]], list[list[str]]]:
    with ExitStack() as stack:
        site = stack.enter_context(whole_site())
        bare = ours(stack.enter_context(whole_site(PAGE_CACHE_MB="0")), goals.BARE, kept=False)
        doubled = stack.enter_context(whole_site(WEB_CONCURRENCY="2"))
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="snippets-bench-"))) for _ in range(5)]
        *rooms, served, held = folders
        rivals = zip((pinnwand, bepasty, dpaste), rooms, strict=True)
        peers = [stack.enter_context(run(room)) for run, room in rivals]
        main, two, many = ours(site, goals.OURS), ours(doubled, goals.TWO), 20 if quick else MANY
        shared = {each.name: _fill(each, many) for each in (main, bare, two, *peers)}
        for each in (main, bare, two):
            Client(each.url).wait_for_colours(shared[each.name][-1], every=0.5)
        served.chmod(0o755)
        files = stack.enter_context(nginx(served, main, shared[main.name]))
        same = stack.enter_context(granian(held, main, shared[main.name]))
        shared[goals.NGINX] = shared[goals.GRANIAN] = shared[main.name]
        everyone = [main, two, bare, *peers, same, *([files] if files else [])]
        measured_sizes = sizes.measure([main, bare], peers)
        weights = weight.compared([main, *peers])
        reads, creates = _reads(everyone, shared), _creates((site, main), (doubled, two), peers)
        for tasks in (reads, creates):  # what was created and not yet coloured would be coloured meanwhile
            contest.run(tasks, 1 if quick else contest.ROUNDS, 1.0 if quick else contest.SECONDS)
        return [*reads, *creates], measured_sizes, weights


def _fill(contender: Contender, many: int) -> list[str]:
    print(f"{contender.name}: {many:,} snippets", flush=True)
    return [contender.share(SMALL) for _ in range(many)]


def _reads(everyone: Sequence[Contender], shared: dict[str, list[str]]) -> list[Task]:
    def task(title: str, few: bool, raw: bool) -> Task:
        entries = []
        for each in everyone:
            paths = shared[each.name][-1 if few else 0 :]
            entries.append(Entry(each.name, each, each.raws(paths) if raw else each.pages(paths)))
        return Task(title, entries)

    return [
        task(goals.HOT, few=True, raw=False),
        task(goals.SPREAD, few=False, raw=False),
        task(goals.RAW, few=True, raw=True),
        task(goals.RAWS, few=False, raw=True),
    ]


def _creates(one: tuple[Stack, Contender], two: tuple[Stack, Contender], peers: Sequence[Contender]) -> list[Task]:
    stopped = [Entry(each.name, each, each.create(SMALL), Quiet(site)) for site, each in (one, two)]
    working = Entry(goals.WORKING, one[1], one[1].create(SMALL), Quiet(one[0], stopped=False))
    return [Task(goals.CREATE, [*stopped, working, *(Entry(each.name, each, each.create(SMALL)) for each in peers)])]


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
