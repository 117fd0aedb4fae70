"""A queue, its workers and who adds to them: what the sums say, job by job. Seconds; no clock is looked at.

One queue, first come, first served, and workers that are all alike: what RQ and our workers do on one queue.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Job(NamedTuple):
    """When a paste came, when a worker began it, and when that worker was free again."""

    arrived: float
    begun: float
    done: float


@dataclass(frozen=True, slots=True)
class Rule:
    """How many workers there are: more by the age of the oldest job that waits, fewer by how idle they are.

    At most `most`; twice as many once that age exceeds `age`; one fewer, down to `least`, when for `rest` seconds no
    job was that old and fewer than `busy` of the workers that would be left were at work.
    """

    least: int
    most: int
    age: float = 2.0
    rest: float = 600.0
    busy: float = 0.5
    boot: float = 10.0  # seconds until a new worker takes its first job
    every: float = 15.0  # seconds between two looks: Prometheus' usual ones


@dataclass(slots=True)
class Run:
    """What became of all jobs, and at each look the time, the age of the oldest job that waited, and the workers."""

    jobs: list[Job] = field(default_factory=list)
    looks: list[tuple[float, float, int]] = field(default_factory=list)


def run(arrivals: Iterable[float], service: Callable[[], float], rule: Rule) -> Run:
    """Serve jobs that arrive in this order, each for what `service` says; `rule.least` workers are there at first."""
    site = _Site(rule)
    for arrived in arrivals:
        while (begun := site.next_start(arrived)) >= site.look_at:
            site.look(arrived)
        done = begun + service()
        heapq.heapreplace(site.free, done)
        site.began(Job(arrived, begun, done))
    return site.run


def fixed(workers: int, every: float = 15.0) -> Rule:
    """Return the rule of always so many workers."""
    return Rule(workers, workers, every=every)


class _Site:
    """Workers as the times at which each is free, the earliest first, and what the rule remembers."""

    def __init__(self, rule: Rule) -> None:
        self.run, self.free = Run(), [0.0] * rule.least
        self.look_at = rule.every
        self._rule, self._quiet_since, self._lately, self._work = rule, 0.0, deque[Job](), 0.0

    def next_start(self, arrived: float) -> float:
        return max(arrived, self.free[0])

    def began(self, job: Job) -> None:
        self.run.jobs.append(job)
        if self._rule.most > self._rule.least:
            self._lately.append(job)
            self._work += job.done - job.begun

    def look(self, next_arrival: float) -> None:
        """Look at the oldest job that waits, the next to begin, and do what the rule says."""
        at, rule = self.look_at, self._rule
        age = max(0.0, at - next_arrival)
        self.run.looks.append((at, age, len(self.free)))
        self.look_at += rule.every
        if age > rule.age:
            self._quiet_since = at
            for _ in range(min(len(self.free), rule.most - len(self.free))):
                heapq.heappush(self.free, at + rule.boot)
        elif len(self.free) > rule.least and at - self._quiet_since >= rule.rest and self._would_do(at):
            self._quiet_since = at
            heapq.heappop(self.free)  # told to go, it ends its job first

    def _would_do(self, at: float) -> bool:
        """Whether one worker fewer would have been idle enough for the last `rest` seconds."""
        while self._lately and self._lately[0].begun < at - self._rule.rest:
            gone = self._lately.popleft()
            self._work -= gone.done - gone.begun
        return self._work / self._rule.rest < self._rule.busy * (len(self.free) - 1)


def times(run: Run) -> list[float]:
    """Return each job's seconds from its arrival to its end: a file's time to colour."""
    return [job.done - job.arrived for job in run.jobs]


def capacity(workers: int, mean_service: float) -> float:
    """Return how many jobs a second so many workers can do: with more the queue grows without end."""
    return workers / mean_service


def mean_wait(rate: float, mean_service: float, workers: int) -> float:
    """Return the mean seconds in the queue by Erlang's C formula: arrivals by chance, services exponential (M/M/c)."""
    load = rate * mean_service
    if load >= workers:
        return math.inf
    last = load**workers / math.factorial(workers) * workers / (workers - load)
    waits = last / (sum(load**n / math.factorial(n) for n in range(workers)) + last)
    return waits * mean_service / (workers - load)
