"""Which file of one revision became which of another: changed, renamed, added, deleted or left alone."""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property

from snippets.diffing import Difference, difference, split
from snippets.models import File
from snippets.visible import visible_name

SIMILAR = 0.5  # of the longer file's characters, in lines that the other has too: git's own threshold
MOST_LOOKS = 500_000  # at lines, in search of similar files; beyond it only the same content is known again


@dataclass(frozen=True)
class Change:
    """What became of one file; one side is None where it was added or deleted."""

    old: File | None
    new: File | None

    @property
    def kind(self) -> str:
        """One of added, deleted, renamed, changed, unchanged; what was renamed may have been changed as well."""
        if self.old is None or self.new is None:
            return "added" if self.old is None else "deleted"
        if label(self.old) != label(self.new):
            return "renamed"
        same = (self.old.code, self.old.language) == (self.new.code, self.new.language)
        return "unchanged" if same else "changed"

    @cached_property
    def lines(self) -> tuple[list[str], list[str]]:
        """The lines of both sides."""
        old, new = (split(file.code) if file else [] for file in (self.old, self.new))
        return old, new

    @cached_property
    def difference(self) -> Difference:
        """What became of the lines."""
        return difference(*self.lines)


def label(file: File) -> str:
    """Return the name of a file, or what stands in its place."""
    return visible_name(file.name or "") or ("Untitled" if file.position == 1 else f"file {file.position}")


def changes(old: list[File], new: list[File]) -> list[Change]:
    """Pair the files of two revisions, in the order of the new ones; what was deleted comes last.

    They are the same by their name, else by their content, else by most of it; a single file is always itself.
    """
    pairs: dict[int, File] = {}  # by the id() of the new one
    left, right = list(old), list(new)
    _pair(left, right, pairs, label)
    _pair(left, right, pairs, lambda file: file.code)
    if len(old) == len(new) == 1 and left:
        pairs[id(right.pop())] = left.pop()
    for before, after in _similar(left, right):
        pairs[id(after)] = before
        left.remove(before)
    return [Change(pairs.get(id(file)), file) for file in new] + [Change(file, None) for file in left]


def _pair(left: list[File], right: list[File], pairs: dict[int, File], key: Callable[[File], Hashable]) -> None:
    """Move what has the same key on both sides into the pairs, first come, first served."""
    waiting: dict[Hashable, list[File]] = {}
    for file in left:
        waiting.setdefault(key(file), []).append(file)
    for file in list(right):
        if found := waiting.get(key(file)):
            pairs[id(file)] = found[0]
            left.remove(found.pop(0))
            right.remove(file)


def _similar(left: list[File], right: list[File]) -> list[tuple[File, File]]:
    """Return the pairs that share most of their lines, the likest first."""
    counted = {id(file): Counter(split(file.code)) for file in (*left, *right)}
    looks = sum(len(counted[id(file)]) for file in right) * len(left)
    if looks > MOST_LOOKS:
        return []
    ranked = sorted(
        ((_likeness(counted[id(one)], counted[id(other)]), one, other) for one in left for other in right),
        key=lambda each: -each[0],
    )
    found: dict[int, tuple[File, File]] = {}
    for likeness, one, other in ranked:
        if likeness >= SIMILAR and id(one) not in found and id(other) not in found:
            found[id(one)] = found[id(other)] = one, other
    return list({id(pair): pair for pair in found.values()}.values())


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Return how much of the larger is in the other, 0 to 1, by characters."""
    shared = sum(len(line) * count for line, count in (one & other).items())
    return shared / max(sum(len(line) * count for line, count in each.items()) for each in (one, other))
