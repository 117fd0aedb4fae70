"""The same work for each server by the same client, in rounds: medians, and the lowest and the highest of them."""

import statistics
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from bench import crowd, wrk
from bench.contenders import Contender
from bench.target import Target

ROUNDS = 3
SECONDS, WARM_UP = 2.0, 2.0  # what counts of each turn, and what does not: two page caches are filled by then


@dataclass(slots=True)
class Entry:
    """One server's part in a task, and what each round found."""

    name: str
    contender: Contender
    target: Target
    meanwhile: Any = field(default_factory=nullcontext)  # a context in which its turns are
    rates: list[float] = field(default_factory=list)  # requests/s
    cpu: list[float] = field(default_factory=list)  # seconds for each
    p99: list[float] = field(default_factory=list)  # seconds

    def turn(self, seconds: float) -> None:
        """Measure once."""
        run = wrk.run if wrk.found() else crowd.run
        with self.meanwhile:
            run(self.contender.url, self.target, min(WARM_UP, seconds))
            before = self.contender.cpu()
            load = run(self.contender.url, self.target, seconds)
            self.cpu.append((self.contender.cpu() - before) / load.requests)
        self.rates.append(load.requests / load.seconds)
        self.p99.append(load.p99)

    @property
    def rate(self) -> float:
        """The median of the requests a second."""
        return statistics.median(self.rates)

    @property
    def milliseconds(self) -> float:
        """The median of the CPU milliseconds that one request costs."""
        return statistics.median(self.cpu) * 1000

    @property
    def slowest(self) -> float:
        """The median of the milliseconds that 99 % of the requests did not exceed."""
        return statistics.median(self.p99) * 1000

    def cells(self) -> list[str]:
        """Return the figures with their ranges."""
        return [
            self.name,
            _ranged(self.rates, 1, 0),
            _ranged(self.cpu, 1000, 3),
            _ranged(self.p99, 1000, 1),
        ]


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of request, asked of several servers."""

    title: str
    entries: Sequence[Entry]

    def of(self, name: str) -> Entry | None:
        """Return a server's part."""
        return next((entry for entry in self.entries if entry.name == name), None)


COLUMNS = ("server", "requests/s", "CPU ms/request", "p99 ms")


def run(tasks: Iterable[Task], rounds: int = ROUNDS, seconds: float = SECONDS) -> None:
    """Give each server its turn at each task, then all of them again."""
    tasks = list(tasks)
    for number in range(rounds):
        for task in tasks:
            for entry in task.entries:
                print(f"round {number + 1} of {rounds}: {task.title}, {entry.name}", flush=True)
                entry.turn(seconds)


def _ranged(values: Sequence[float], factor: float, digits: int) -> str:
    middle, low, high = (
        f"{value * factor:,.{digits}f}" for value in (statistics.median(values), min(values), max(values))
    )
    return f"{middle} ({low} to {high})"
