"""What of a difference is shown: the changes with some lines around them, and no more than a page holds."""

from collections.abc import Iterable, Iterator

from snippets.diffing import Op

CONTEXT = 3  # lines before and after a change
GAP = "gap"  # the tag of equal lines that are not shown
WIDTH = 80  # characters: a longer line takes the room of several


def around(ops: Iterable[Op], context: int | None = CONTEXT) -> Iterator[Op]:
    """Yield opcodes with the equal lines far from any change as a gap; None: show them all.

    A gap of one line is none: naming it would take as much room.
    """
    ops = list(ops)
    for number, (tag, i1, i2, j1, j2) in enumerate(ops):
        before = 0 if number == 0 else context
        after = 0 if number == len(ops) - 1 else context
        if tag != "equal" or before is None or after is None or i2 - i1 <= before + after + 1:
            yield tag, i1, i2, j1, j2
            continue
        if before:
            yield tag, i1, i1 + before, j1, j1 + before
        yield GAP, i1 + before, i2 - after, j1 + before, j2 - after
        if after:
            yield tag, i2 - after, i2, j2 - after, j2


class Room:
    """The room on a page, in lines of WIDTH characters, of which its files take in turn."""

    def __init__(self, lines: int) -> None:
        """Begin with an empty page."""
        self.left = lines

    def take(self, ops: Iterable[Op], a: list[str], b: list[str]) -> tuple[list[Op], bool]:
        """Return the opcodes that fit, the last one cut where it does not, and whether all did."""
        taken: list[Op] = []
        for tag, i1, i2, j1, j2 in ops:
            if tag == GAP:
                taken.append((tag, i1, i2, j1, j2))
                continue
            i = i1 if tag == "equal" else self._fill(a, i1, i2)
            j = self._fill(b, j1, j2)
            if tag == "equal":
                i = i1 + j - j1
            if i > i1 or j > j1:
                taken.append((tag, i1, i, j1, j))
            if (i, j) != (i2, j2):
                return taken, False
        return taken, True

    def _fill(self, lines: list[str], start: int, end: int) -> int:
        for number in range(start, end):
            self.left -= 1 + len(lines[number]) // WIDTH
            if self.left < 0:
                return number
        return end
