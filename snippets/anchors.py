"""Lines that two texts share and that hold their comparison in place: patience diff's, by Bram Cohen."""

from bisect import bisect_left
from collections.abc import Iterator

Block = tuple[int, int, int]  # i, j, n: a[i : i + n] is b[j : j + n]


def anchors(a: list[int], b: list[int]) -> Iterator[Block]:
    """Yield the most lines, unique on either side, that stand in the same order on both; neighbours are one block."""
    place = _unique(b)
    pairs = [(i, place[line]) for line, i in sorted(_unique(a).items(), key=lambda each: each[1]) if line in place]
    i = j = n = 0
    for i2, j2 in _rising(pairs):
        if n and (i2, j2) == (i + n, j + n):
            n += 1
            continue
        if n:
            yield i, j, n
        i, j, n = i2, j2, 1
    if n:
        yield i, j, n


def _unique(lines: list[int]) -> dict[int, int]:
    """Return the place of each line that occurs once."""
    places: dict[int, int] = {}
    for place, line in enumerate(lines):
        places[line] = -1 if line in places else place
    return {line: place for line, place in places.items() if place >= 0}


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest choice of pairs, given by their first, whose second rises too: patience sorting."""
    tops: list[int] = []
    piles: list[int] = []  # the number of the pair on top of each pile
    before: list[int] = []  # the pair on top of the pile to the left, when each pair was laid down
    for number, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        before.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1], piles[pile : pile + 1] = [j], [number]
    chosen, number = [], piles[-1] if piles else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = before[number]
    return chosen[::-1]
