"""What was to be reached, and what was: one row for each goal."""

from collections.abc import Iterator, Mapping, Sequence

from bench.contest import Entry, Task
from bench.points import Series

OURS, NGINX, GRANIAN = "Snippets", "nginx, the same bytes", "granian, the same bytes"
BARE = f"{OURS}, PAGE_CACHE_MB=0"
WORKING = f"{OURS}, its worker at work"
TWO = f"{OURS}, WEB_CONCURRENCY=2"  # as the Procfile has it
HOT, SPREAD = "One page", "1,000 pages at random"
RAW, RAWS = "Raw, one", "Raw, 1,000 at random"
CREATE = "Create, 4 kB, 8 connections"
COLUMNS = ("work", "goal", "found", "found / goal", "")


def rows(tasks: Sequence[Task], sizes: Series, weight: Sequence[str]) -> list[list[str]]:
    """Return the goals with what was found; ratios below 1 are better where the goal is a most, above where a least."""
    task = {each.title: each for each in tasks}
    return [
        *_reads(task),
        *_creates(task[CREATE]),
        *_large(sizes),
        most("page of 100 lines, plain", 20_000, float(weight[2].replace(",", "")), "bytes"),
        most("page of 100 lines, kept, by gzip", 6_000, float(weight[4].replace(",", "")), "bytes"),
        most("its CSS and JS by gzip, once", 12_000, float(weight[5].replace(",", "")), "bytes"),
    ]


def _reads(task: Mapping[str, Task]) -> Iterator[list[str]]:
    for title in (HOT, SPREAD):
        hot, bare = _of(task[title], OURS), _of(task[title], BARE)
        yield most(f"{title}: from the page cache", 0.06, hot.milliseconds, "ms CPU")
        yield most(f"{title}: without the cache", 0.55, bare.milliseconds, "ms CPU")
        yield most(f"{title}: 99 % within", 10, hot.slowest, "ms")
        if files := task[title].of(NGINX):
            two = _of(task[title], TWO)
            yield _least(f"{title}: requests/s of nginx with the same bytes", 0.65, hot.rate / files.rate, "×")
            yield _least(f"{title}: of nginx, by two web processes", 0.65, two.rate / files.rate, "×")
        yield _least(f"{title}: requests/s of pinnwand", 1, hot.rate / _of(task[title], "pinnwand").rate, "×")
    for title in (RAW, RAWS):
        yield _least(f"{title}: twice haste's 5,958/s (of another day)", 11_916, _of(task[title], OURS).rate, "/s")


def _creates(task: Task) -> Iterator[list[str]]:
    alone, two, working, pinnwand, dpaste = (_of(task, name) for name in (OURS, TWO, WORKING, "pinnwand", "dpaste"))
    yield most("create, durable and enqueued", 1.1, alone.milliseconds, "ms CPU")
    yield _least("create: requests/s of pinnwand", 10, alone.rate / pinnwand.rate, "×")
    yield _least("create: requests/s of dpaste", 10, alone.rate / dpaste.rate, "×")
    yield _least("create by two web processes: of pinnwand", 10, two.rate / pinnwand.rate, "×")
    yield _least("create by two web processes: of dpaste", 10, two.rate / dpaste.rate, "×")
    yield _least("create while the worker colours: of pinnwand", 10, working.rate / pinnwand.rate, "×")
    yield _least("create while the worker colours: of dpaste", 10, working.rate / dpaste.rate, "×")


def _large(sizes: Series) -> Iterator[list[str]]:
    yield most("create 1 MiB", 60, sizes[f"create, {OURS}"][-1].middle, "ms")
    yield most("page of 1 MiB, not kept: time in the app", 30, sizes[f"page, {BARE}, in the app"][-1].middle, "ms")
    yield most("colours of 1 MiB", 1_500, sizes["coloured, from the answer on"][-1].middle, "ms")


def _of(task: Task, name: str) -> Entry:
    entry = task.of(name)
    assert entry, name
    return entry


def most(work: str, goal: float, found: float, unit: str) -> list[str]:
    """Return the row of what may be so much at the most."""
    return _row(work, f"≤ {goal:,g} {unit}", found, found / goal, found <= goal)


def _least(work: str, goal: float, found: float, unit: str) -> list[str]:
    return _row(work, f"≥ {goal:,g} {unit}", found, found / goal, found >= goal)


def _row(work: str, goal: str, found: float, ratio: float, *reached: bool) -> list[str]:
    shown = f"{found:,.0f}" if found >= 100 else f"{found:.3g}"
    return [work, goal, shown, f"{ratio:.2f}", "reached" if all(reached) else "**behind**"]
