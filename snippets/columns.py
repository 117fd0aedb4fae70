"""Tables in a terminal."""

from collections.abc import Sequence


def columns(table: Sequence[Sequence[str]]) -> list[str]:
    """Set a table in columns as wide as their longest cell, two blanks apart."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table)
    return [line.rstrip() for line in lines]
