"""A comparison as HTML, in one column or in two: our own lines again, cut out of the stored markup."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from markupsafe import Markup

from snippets import markup
from snippets.diffing import Op
from snippets.emphasis import Span, differing, mark
from snippets.human import plural
from snippets.hunks import GAP
from snippets.models import File

VOID = '<span class="void">\n</span>'  # beside a line that has no counterpart


@dataclass(slots=True)
class Side:
    """One side of a file: `side` is a, the old one, or b; `html` is None while its colours are to come."""

    side: str
    file: File | None
    lines: list[str]
    html: str | None = None
    pieces: dict[int, str] = field(default_factory=dict)

    def cut(self, ops: list[Op]) -> None:
        """Cut out the lines that the opcodes show; a markup that is not of these lines is left aside."""
        spans = ((i1, i2) if self.side == "a" else (j1, j2) for tag, i1, i2, j1, j2 in ops if tag != GAP)
        shown = [number for start, end in spans for number in range(start, end)]
        if self.html is not None and self.html.count("\n") == sum(line.endswith("\n") for line in self.lines):
            self.pieces = markup.apart(self.html, shown)

    def anchor(self, number: int) -> str:
        """Return the id of a line, which is the same in each view: `b2L10` is line 10 of the second new file."""
        return f"{self.side}{self.file.position if self.file else 0}L{number + 1}"

    def line(self, number: int, tag: str = "span", other: int | None = None, span: Span | None = None) -> str:
        """Return the element of a line, with the number that it has on the `other` side."""
        text = self.lines[number]
        html = self.pieces.get(number)
        if html is None:
            html = escape(text.removesuffix("\n"), quote=False)
        if span and span[0] < span[1]:
            html = mark(html, span)
        anchor = self.anchor(number)
        beside = "" if other is None else f' data-a="{other + 1}"'
        end, unended = ("\n", "") if text.endswith("\n") or tag == "span" else ("", " data-unended")
        return (
            f'<{tag} id="{anchor}"{unended}><a href="#{anchor}" aria-label="{number + 1}"{beside} tabindex="-1"></a>'
            f"{html}{end}</{tag}>"
        )


def one_column(ops: list[Op], a: Side, b: Side, expand: str) -> Markup:
    """Return old and new lines below each other; `expand` is the address that shows the gaps."""
    return Markup("".join(_rows(ops, a, b, expand)))  # noqa: S704 — our own markup, and escaped text


def _rows(ops: list[Op], a: Side, b: Side, expand: str) -> Iterator[str]:
    for tag, i1, i2, j1, j2 in ops:
        if tag == GAP:
            yield _gap(j2 - j1, f"{expand}#{b.anchor(j1)}")
        elif tag == "equal":
            yield from (b.line(j, other=i) for i, j in zip(range(i1, i2), range(j1, j2), strict=True))
        else:
            old, new = _emphasis(a, b, range(i1, i2), range(j1, j2))
            yield from (a.line(i, "del", span=old.get(i)) for i in range(i1, i2))
            yield from (b.line(j, "ins", span=new.get(j)) for j in range(j1, j2))


def two_columns(ops: list[Op], a: Side, b: Side, expand: str) -> tuple[Markup, Markup]:
    """Return the old and the new lines as two columns of equally many lines, each to be selected by itself."""
    left: list[str] = []
    right: list[str] = []
    for tag, i1, i2, j1, j2 in ops:
        if tag == GAP:
            left.append(_gap(j2 - j1, f"{expand}#{a.anchor(i1)}"))
            right.append(_gap(j2 - j1, f"{expand}#{b.anchor(j1)}"))
            continue
        old, new = _emphasis(a, b, range(i1, i2), range(j1, j2)) if tag == "replace" else ({}, {})
        changed = tag != "equal"
        left += (a.line(i, "del" if changed else "span", span=old.get(i)) for i in range(i1, i2))
        right += (b.line(j, "ins" if changed else "span", span=new.get(j)) for j in range(j1, j2))
        left += [VOID] * (len(right) - len(left))
        right += [VOID] * (len(left) - len(right))
    return Markup("".join(left)), Markup("".join(right))  # noqa: S704 — our own markup, and escaped text


def _emphasis(a: Side, b: Side, rows: range, columns: range) -> tuple[dict[int, Span], dict[int, Span]]:
    """Return what to emphasise in lines that stand beside each other."""
    old: dict[int, Span] = {}
    new: dict[int, Span] = {}
    for i, j in zip(rows, columns, strict=False):
        if spans := differing(a.lines[i].removesuffix("\n"), b.lines[j].removesuffix("\n")):
            old[i], new[j] = spans
    return old, new


def _gap(count: int, address: str) -> str:
    return f'<span class="gap"><a href="{escape(address)}">{plural(count, "unchanged line")}</a>\n</span>'
