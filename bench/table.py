"""Plain text tables, and the figures in them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the names of the columns, the rows, and sentences on how it was measured."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def text(table: Table) -> str:
    """Return the table with its columns aligned: the first to the left, figures to the right."""
    grid = [[table.title, *table.columns], *table.rows]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = [_line(row, widths) for row in grid]
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join([*lines, *(f"  {note}" for note in table.notes)])


def _line(row: Sequence[str], widths: Iterable[int]) -> str:
    first, *others = (
        cell.rjust(width) if index else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the smallest value that `percent` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def milliseconds(seconds: float) -> str:
    """Return seconds as milliseconds, in as many digits as can mean something."""
    value = seconds * 1000
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def kilobytes(code: str) -> str:
    """Return the size of a text in kB (1,000 bytes of UTF-8)."""
    return f"{len(code.encode()) / 1000:.1f} kB"
