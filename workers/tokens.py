"""Replies of the tokens dialect: numbers only, no HTML at all."""

import json
import re
from collections.abc import Iterator
from typing import Any

from snippets.markup import Runs
from snippets.notes import Note
from workers.classes import known
from workers.failure import HighlighterError

_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")


def document(reply: str) -> Any:
    """Return the JSON value of `reply`. Raises HighlighterError(GARBLED), also when it nests too deep to be read."""
    try:
        return json.loads(reply)
    except (ValueError, RecursionError) as error:
        raise HighlighterError(Note.GARBLED, f"JSON: {type(error).__name__}") from None


def parse(reply: str, source: str) -> Runs:
    """Return the runs of `{"classes": [...], "tokens": [start, end, class, ...], "unit": ...}` over `source`.

    Tokens come in order, do not overlap and lie within the source; what lies between them has no class.
    Offsets count UTF-16 units (the default) or code points. Raises HighlighterError(GARBLED).
    """
    answer = document(reply)
    if not isinstance(answer, dict):
        raise HighlighterError(Note.GARBLED, "not an object")
    classes, flat = answer.get("classes"), answer.get("tokens")
    if not isinstance(classes, list) or not isinstance(flat, list) or len(flat) % 3:
        raise HighlighterError(Note.GARBLED, "no classes or tokens")
    if not set(map(type, flat)) <= {int} or not set(map(type, classes)) <= {str}:  # a bool is no int here
        raise HighlighterError(Note.GARBLED, "numbers and names are mixed up")
    if flat and not 0 <= min(flat[2::3]) <= max(flat[2::3]) < len(classes):
        raise HighlighterError(Note.GARBLED, "no such class")
    ours = [known(css) for css in classes]
    units = _units(source, answer.get("unit", "utf-16"))
    return list(_runs(_placed(flat, units), (ours[each] for each in flat[2::3]), len(source)))


def _units(source: str, unit: object) -> range | list[int]:
    """Return, for each offset in the service's unit, the index of the character there (-1 inside a surrogate pair)."""
    if unit not in ("utf-16", "code-point"):
        raise HighlighterError(Note.GARBLED, "offsets of an unknown unit")
    if unit == "code-point" or not _BEYOND_BMP.search(source):
        return range(len(source) + 1)
    units: list[int] = []
    for index, character in enumerate(source):
        units.append(index)
        if character > "\uffff":
            units.append(-1)
    return [*units, len(source)]


def _placed(flat: list[int], units: range | list[int]) -> list[int]:
    """Return each start and each end in characters, checked."""
    bounds = flat.copy()
    del bounds[2::3]
    if bounds != sorted(bounds) or (bounds and not 0 <= bounds[0] <= bounds[-1] < len(units)):
        raise HighlighterError(Note.GARBLED, "wrong offsets")
    if isinstance(units, range):
        return bounds
    bounds = [units[bound] for bound in bounds]
    if -1 in bounds:
        raise HighlighterError(Note.GARBLED, "offsets inside a character")
    return bounds


def _runs(bounds: list[int], classes: Iterator[str], length: int) -> Iterator[tuple[str, int]]:
    at = 0
    for start, end, css in zip(bounds[0::2], bounds[1::2], classes, strict=True):
        if start > at:
            yield "", start - at
        if end > start:
            yield css, end - start
        at = end
    if length > at:
        yield "", length - at
