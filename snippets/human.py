"""Sizes, counts and times as people say them."""

from datetime import datetime, timedelta

_SIZES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
_UNITS = (("year", 365 * 86400), ("month", 30 * 86400), ("day", 86400), ("hour", 3600), ("minute", 60))


def size(count: int) -> str:
    """Return a number of bytes with the unit that suits it: `812 bytes`, `4.1 KiB`, `1 MiB`, `2 GiB`."""
    if count < 1024:
        return plural(count, "byte")
    amount, unit = next((count / most, unit) for most, unit in _SIZES if count >= most)
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}"


def plural(count: int, noun: str) -> str:
    """Return `1 line`, `2 lines`, `30,000 lines`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `11th`."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def span(duration: timedelta) -> str:
    """Return a duration in its largest unit: `3 minutes`, `2 days`; less than a minute is `a moment`."""
    seconds = duration.total_seconds()
    for unit, length in _UNITS:
        if seconds >= length:
            return plural(int(seconds // length), unit)
    return "a moment"


def age(moment: datetime, now: datetime) -> str:
    """Return how long ago that was: `3 minutes ago`, `just now`."""
    passed = now - moment
    return "just now" if passed < timedelta(minutes=1) else f"{span(passed)} ago"
