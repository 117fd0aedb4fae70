"""Memory of each process: RSS, and PSS, in which what several processes share is divided among them. Bytes."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil

from bench.stack import Stack
from bench.table import Table

NAMES = ("web", "worker", "bulk", "redis", "highlighter")
KINDS = (" child", " grandchild")
REST = 1.0  # seconds for the last jobs to end
COLUMNS = ("n", "idle: RSS", "PSS", "n", "loaded: RSS", "PSS")


@dataclass(slots=True)
class Memory:
    """For each kind of process, such as “web child”: how many there are, and what they hold together."""

    processes: Counter[str] = field(default_factory=Counter)
    rss: Counter[str] = field(default_factory=Counter)
    pss: Counter[str] = field(default_factory=Counter)


def measure(site: Stack) -> Memory:
    """Return what the stack holds once it is idle."""
    time.sleep(REST)
    memory = Memory()
    for kind, process in _kinds(site):
        held = process.memory_full_info()
        for name in (kind, "all"):
            memory.processes[name] += 1
            memory.rss[name] += held.rss
            memory.pss[name] += held.pss
    return memory


def _kinds(site: Stack) -> Iterator[tuple[str, psutil.Process]]:
    yield "honcho", site.honcho
    for name in NAMES:
        first, *others = site.processes(name)
        yield name, first
        for process in others:
            yield name + KINDS[process.ppid() != first.pid], process


def table(idle: Memory, loaded: Memory) -> Table:
    """Return both, side by side."""
    kinds = [kind for kind in {**idle.processes, **loaded.processes} if kind != "all"]
    order = {name: index for index, name in enumerate(("honcho", *NAMES))}
    kinds.sort(key=lambda kind: (order[kind.split()[0]], kind))
    rows = [[kind, *_figures(idle, kind), *_figures(loaded, kind)] for kind in [*kinds, "all"]]
    notes = (
        "Of n processes together. Idle: just started. Loaded: parts 1 and 2 are over, and the queue is empty again.",
    )
    return Table("5. Memory, MB", COLUMNS, rows, notes)


def _figures(memory: Memory, kind: str) -> list[str]:
    if not memory.processes[kind]:
        return ["-", "-", "-"]
    return [str(memory.processes[kind]), f"{memory.rss[kind] / 1e6:.1f}", f"{memory.pss[kind] / 1e6:.1f}"]
