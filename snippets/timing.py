"""A histogram of milliseconds whose buckets grow with the times: few numbers, and a quantile that is near enough."""

import math
from dataclasses import dataclass

STEPS = 4  # buckets to each doubling: a quantile is off by 19 % at most


def bucket_of(milliseconds: float) -> int:
    """Return the number of the bucket: n holds what is above 2^((n-1)/STEPS), up to and with 2^(n/STEPS)."""
    return math.ceil(STEPS * math.log2(max(1, milliseconds)))


@dataclass(frozen=True, slots=True)
class Timing:
    """How many there were in each bucket that is not empty, and their sum in milliseconds."""

    buckets: dict[int, int]
    total_ms: int

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.buckets.values())

    def quantile(self, share: float) -> float | None:
        """Return the milliseconds that this share did not exceed; None when there were none at all."""
        rank, seen = share * self.count, 0
        for bucket, count in sorted(self.buckets.items()):
            if seen + count >= rank:
                return float(2 ** ((bucket - 1 + (rank - seen) / count) / STEPS))
            seen += count
        return None
