"""When pastes come: by chance, at a rate that follows the day and its bursts. The same seed gives the same times."""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

DAY = 86_400.0  # seconds
STEP = 10  # seconds for which the rate stays
PEAK_AT = 15 / 24  # of the day
SWING = 0.8  # of the mean: 1.8 of it in the busiest hour, a fifth of it at night


@dataclass(frozen=True, slots=True)
class Burst:
    """From `start` on, for so many seconds, `times` as many pastes: a class, a link in the news, a bot."""

    start: float
    seconds: float
    times: float


def steady(rate: float, seconds: float, seed: int) -> Iterator[float]:
    """Give the times of arrivals that know nothing of each other: a Poisson process."""
    dice, at = random.Random(seed), 0.0
    while (at := at + dice.expovariate(rate)) < seconds:
        yield at


def day(mean: float, bursts: tuple[Burst, ...], seed: int, seconds: float = DAY) -> Iterator[float]:
    """Give the arrivals of a day with `mean` pastes a second beside its bursts; the rate changes each STEP."""
    dice = random.Random(seed)
    for start in range(0, round(seconds), STEP):
        at, rate = float(start), rate_at(start, mean, bursts)
        while (at := at + dice.expovariate(rate)) < start + STEP:
            yield at


def rate_at(at: float, mean: float, bursts: tuple[Burst, ...]) -> float:
    """Return the pastes a second at a time of the day."""
    usual = mean * (1 + SWING * math.cos(2 * math.pi * (at / DAY - PEAK_AT)))
    return usual * math.prod(each.times for each in bursts if each.start <= at < each.start + each.seconds)


def some_bursts(count: int, seed: int) -> tuple[Burst, ...]:
    """Return bursts of two to ten minutes, three to six times the usual rate, spread over the day by chance."""
    dice = random.Random(seed)
    return tuple(
        Burst(DAY * (n + dice.random() * 0.9) / count, dice.uniform(120, 600), dice.uniform(3, 6)) for n in range(count)
    )


def lognormal(mean: float, spread: float, seed: int) -> Callable[[], float]:
    """Return a maker of service times with this mean; `spread` is the sigma of their logarithm (0: all alike)."""
    dice, middle = random.Random(seed), math.log(mean) - spread**2 / 2
    return lambda: dice.lognormvariate(middle, spread)


def drawn(measured: list[float], seed: int) -> Callable[[], float]:
    """Return a maker of service times that were measured, in any order."""
    dice = random.Random(seed)
    return lambda: dice.choice(measured)
