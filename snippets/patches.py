"""A comparison as the text that `git apply` and `patch` take."""

from collections.abc import Iterable, Iterator

from snippets.changes import Change
from snippets.diffing import Op
from snippets.hunks import GAP, around
from snippets.models import File

UNENDED = "\n\\ No newline at end of file\n"
ESCAPES = {'"': '\\"', "\\": "\\\\"}


def patch(changes: Iterable[Change]) -> str:
    """Return a unified diff in git's form, with renames; what is unchanged is left out.

    The names are quoted as git does where they hold a quote or a backslash; a second file of the same name is told
    apart by its position, for a folder can hold one only.
    """
    changes = list(changes)
    old, new = (_names(file for file in side if file) for side in zip(*((c.old, c.new) for c in changes), strict=True))
    return "".join(
        part for change in changes for part in _file(change, old.get(id(change.old)), new.get(id(change.new)))
    )


def _names(files: Iterable[File]) -> dict[int, str]:
    """Return the path of each file by its id()."""
    names: dict[str, int] = {}
    for file in sorted(files, key=lambda each: each.position):
        name = file.name or f"file-{file.position}"
        names[name if name not in names else f"{file.position}-{name}"] = id(file)
    return {file: name for name, file in names.items()}


def _file(change: Change, old: str | None, new: str | None) -> Iterator[str]:
    hunks = "".join(_hunks(change))
    if not hunks and old == new:
        return
    yield f"diff --git {_quoted('a/', old or new)} {_quoted('b/', new or old)}\n"
    if old is None:
        yield "new file mode 100644\n"
    elif new is None:
        yield "deleted file mode 100644\n"
    elif old != new:
        yield f"rename from {_quoted('', old)}\nrename to {_quoted('', new)}\n"
    if hunks:
        yield f"--- {_marked('a/', old)}\n+++ {_marked('b/', new)}\n{hunks}"


def _quoted(side: str, name: str | None) -> str:
    path = f"{side}{name}"
    return f'"{"".join(ESCAPES.get(each, each) for each in path)}"' if set(path) & set(ESCAPES) else path


def _marked(side: str, name: str | None) -> str:
    """Return a path as it stands in the head of a file, a tab behind one with blanks so that they are all of it."""
    if name is None:
        return "/dev/null"
    return _quoted(side, name) + ("\t" if " " in name else "")


def _hunks(change: Change) -> Iterator[str]:
    a, b = change.lines
    hunk: list[Op] = []
    for op in [*around(change.difference.ops), (GAP, 0, 0, 0, 0)]:
        if op[0] != GAP:
            hunk.append(op)
        elif any(tag != "equal" for tag, *_ in hunk):
            yield from _hunk(hunk, a, b)
            hunk = []


def _hunk(ops: list[Op], a: list[str], b: list[str]) -> Iterator[str]:
    (_, i1, _, j1, _), (_, _, i2, _, j2) = ops[0], ops[-1]
    yield f"@@ -{_span(i1, i2)} +{_span(j1, j2)} @@\n"
    for tag, start, end, first, last in ops:
        if tag == "equal":
            yield from (_line(" ", line) for line in a[start:end])
        else:
            yield from (_line("-", line) for line in a[start:end])
            yield from (_line("+", line) for line in b[first:last])


def _span(start: int, end: int) -> str:
    """Return the first line and the count; of nothing, the line before."""
    return f"{start + (end > start)},{end - start}"


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}{UNENDED}"
