"""Prometheus' text format, version 0.0.4."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from snippets.timing import STEPS, Timing

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DOUBLINGS = range(18)  # bounds of a histogram: 1, 2, 4 … 131,072 ms


@dataclass
class Family:
    """Metrics of one name: each sample is a suffix of the name, labels and a value."""

    name: str
    kind: str  # counter, gauge, histogram
    about: str
    samples: list[tuple[str, Mapping[str, str], float]] = field(default_factory=list)

    def add(self, value: float, **labels: str) -> None:
        """Add a sample of a counter or a gauge."""
        self.samples.append(("", labels, value))

    def add_timing(self, timing: Timing, **labels: str) -> None:
        """Add a histogram in seconds."""
        for power in DOUBLINGS:
            within = sum(number for bucket, number in timing.buckets.items() if bucket <= STEPS * power)
            self.samples.append(("_bucket", {**labels, "le": f"{2**power / 1000:g}"}, within))
        self.samples.append(("_bucket", {**labels, "le": "+Inf"}, timing.count))
        self.samples.append(("_sum", labels, timing.total_ms / 1000))
        self.samples.append(("_count", labels, timing.count))


def exposition(families: Iterable[Family]) -> str:
    """Return families as text."""
    lines = []
    for family in families:
        lines += [f"# HELP {family.name} {family.about}", f"# TYPE {family.name} {family.kind}"]
        for suffix, labels, value in family.samples:
            told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            lines.append(f"{family.name}{suffix}{f'{{{told}}}' if told else ''} {value:.15g}")
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
