"""The figures of /ops: what the statistics say, as rows of a table with a plot each."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from snippets.colours import PLAIN
from snippets.models import now
from snippets.notes import sentence
from snippets.plots import bars
from snippets.statistics import COLOUR, Count, merge, named, timing

LATELY = 6  # minutes over which a rate is taken, the one that is still going on among them


@dataclass(frozen=True, slots=True)
class Row:
    """A series over a window: how many, the median and the 95th percentile in seconds (None: none), its plot."""

    name: str
    count: int
    median: float | None
    p95: float | None
    plot: Markup


def times(steps: list[Count], span: str) -> list[Row]:
    """Return how many files were coloured, how long that took from saved to landed, and each engine's own time."""
    whole = merge(steps)
    engines = named(whole, "engine")
    done = sum(engines.values())
    counts = [sum(named(step, "engine").values()) for step in steps]
    most = f"Files coloured over the last {span}: {done} in all, at most {max(counts)} in one of {len(counts)} steps"
    rows = [Row("Files coloured", done, None, None, bars(most, counts))]
    rows.append(_row("Time to colour", COLOUR, steps, span))
    rows += [_row(engine, f"engine:{engine}", steps, span) for engine in engines if engine != PLAIN]
    return rows


def fallbacks(hour: list[Count], day: list[Count]) -> list[tuple[str, int, int]]:
    """Return each reason for falling back with how often it was given in the hour and in the day."""
    lately = named(merge(hour), "note")
    return [(sentence(word), lately.get(word, 0), count) for word, count in named(merge(day), "note").items()]


def per_minute(hour: list[Count], queue: str) -> float:
    """Return how many files of a queue were coloured in a minute, by the last LATELY of them."""
    return named(merge(hour[-LATELY:]), "queue").get(queue, 0) / LATELY


def duration(seconds: float | datetime | None) -> str:
    """Return a time that is short to read, or that since or until a moment: `40 ms`, `2.5 s`, `3 min`, `2 days`."""
    if seconds is None:
        return "–"
    if isinstance(seconds, datetime):
        seconds = abs((seconds - now()).total_seconds())
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f} s"


def _row(name: str, series: str, steps: list[Count], span: str) -> Row:
    whole = timing(merge(steps), series)
    median, p95 = whole.quantile(0.5), whole.quantile(0.95)
    each = [timing(step, series) for step in steps]
    label = f"{name} over the last {span}"
    if median is not None and p95 is not None:
        label += f": median {duration(median / 1000)}, 95th percentile {duration(p95 / 1000)}"
    plot = bars(label, [step.quantile(0.95) for step in each], [step.quantile(0.5) for step in each])
    return Row(name, whole.count, median and median / 1000, p95 and p95 / 1000, plot)
