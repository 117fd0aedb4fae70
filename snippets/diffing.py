"""Which lines of one text stand in another: bounded in time for any two, and as people would say it for most.

What both begin and end with is left aside. Then lines that occur once on either side anchor the rest (patience diff, by
Bram Cohen), and what lies between two anchors is compared by its longest common subsequence, in C++, bit by bit.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from snippets.anchors import Block, anchors

MOST_LINES = 100_000  # beyond what both begin and end with
PIECE = 2**26  # pairs of lines: 5 ms and 8 MiB
PIECES = 2**28  # pairs of lines, all pieces of two files together

Op = tuple[str, int, int, int, int]  # equal, replace, delete or insert; a[i1:i2] becomes b[j1:j2], as in difflib


@dataclass(frozen=True, slots=True)
class Difference:
    """`ops` make one text of the other; unless `exact`, some of it was too different, and stands there as replaced."""

    ops: list[Op]
    exact: bool

    @property
    def added(self) -> int:
        """How many lines are new."""
        return sum(j2 - j1 for tag, _, _, j1, j2 in self.ops if tag != "equal")

    @property
    def removed(self) -> int:
        """How many lines are gone."""
        return sum(i2 - i1 for tag, i1, i2, _, _ in self.ops if tag != "equal")


def split(text: str) -> list[str]:
    """Return the lines of a text with their line ends; only LF ends one, as everywhere here."""
    *ended, rest = text.split("\n")
    return [f"{line}\n" for line in ended] + ([rest] if rest else [])


def difference(a: Sequence[str], b: Sequence[str]) -> Difference:
    """Compare two lists of lines. Never raises, and ends soon: see the limits above."""
    head, tail = ends(a, b)
    middle, exact = _middle(a[head : len(a) - tail], b[head : len(b) - tail])
    blocks = [(0, 0, head), *((head + i, head + j, n) for i, j, n in middle), (len(a) - tail, len(b) - tail, tail)]
    return Difference(list(_ops(blocks, len(a), len(b))), exact)


def _middle(a: Sequence[str], b: Sequence[str]) -> tuple[list[Block], bool]:
    if max(len(a), len(b)) > MOST_LINES:
        return [], False
    numbers: dict[str, int] = {}
    first, second = ([numbers.setdefault(line, len(numbers)) for line in lines] for lines in (a, b))
    blocks: list[Block] = []
    exact, budget = True, PIECES
    i1 = j1 = 0
    for i2, j2, n in [*anchors(first, second), (len(a), len(b), 0)]:
        cost, found = _piece(first[i1:i2], second[j1:j2], min(budget, PIECE))
        budget -= cost
        exact &= found is not None
        blocks += [(i1 + i, j1 + j, length) for i, j, length in found or ()]
        blocks.append((i2, j2, n))
        i1, j1 = i2 + n, j2 + n
    return blocks, exact


def ends(a: Sequence[object], b: Sequence[object]) -> tuple[int, int]:
    """Return how much both begin with, and how much of the rest both end with."""
    head = _common(zip(a, b, strict=False))
    return head, _common(zip(reversed(a[head:]), reversed(b[head:]), strict=False))


def _common(pairs: Iterable[tuple[object, object]]) -> int:
    """Return how many of the pairs are equal before one is not."""
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _piece(a: list[int], b: list[int], budget: int) -> tuple[int, list[Block] | None]:
    """Return what it cost in pairs of lines, and the common lines; None where that would cost more than the budget."""
    common = set(a) & set(b)
    if not common:
        return 0, []
    rows, columns = ([at for at, line in enumerate(lines) if line in common] for lines in (a, b))
    head, tail = ends([a[i] for i in rows], [b[j] for j in columns])
    inner, outer = rows[head : len(rows) - tail], columns[head : len(columns) - tail]
    cost = len(inner) * len(outer)
    if cost > budget:
        return 0, None
    ops = LCSseq.opcodes([a[i] for i in inner], [b[j] for j in outer]) if cost else ()
    equal = [(op.src_start + head, op.dest_start + head, op.src_end - op.src_start) for op in ops if op.tag == "equal"]
    blocks = [(0, 0, head), *equal, (len(rows) - tail, len(columns) - tail, tail)]
    return cost, [(rows[i + k], columns[j + k], 1) for i, j, n in blocks for k in range(n)]


def _ops(blocks: Iterable[Block], rows: int, columns: int) -> Iterator[Op]:
    """Yield opcodes from what is equal, in order; blocks that touch are one."""
    i = j = i1 = j1 = 0  # a[i1:i] equals b[j1:j], not yet told
    for i2, j2, n in [*blocks, (rows, columns, 0)]:
        if (i2, j2) != (i, j):
            if i > i1:
                yield "equal", i1, i, j1, j
            yield "delete" if j == j2 else "insert" if i == i2 else "replace", i, i2, j, j2
            i1, j1 = i2, j2
        i, j = i2 + n, j2 + n
    if i > i1:
        yield "equal", i1, i, j1, j
