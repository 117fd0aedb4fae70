"""What was measured at one place of a slope, several times: the median, the lowest and the highest."""

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Point(NamedTuple):
    """At a size, a number of snippets or of requests."""

    at: float
    middle: float
    low: float
    high: float

    def shown(self) -> str:
        """Return it in one cell of a table; without a range where it was measured once."""
        middle, low, high = (f"{value:,.1f}" for value in (self.middle, self.low, self.high))
        return middle if low == high else f"{middle} ({low} to {high})"


Series = Mapping[str, Sequence[Point]]


def point(at: float, values: Sequence[float]) -> Point:
    """Return the point of what was measured at one place."""
    return Point(at, statistics.median(values), min(values), max(values))
