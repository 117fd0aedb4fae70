"""docs/performance.md: what was measured goes between two marks, what is said about it stays as it was."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.installing import CACHE
from bench.plot import chart
from bench.points import Series
from snippets.settings import ROOT

NAME = "performance"
DOCS = ROOT / "docs"
TRIES = CACHE / "quick"


class Paper:
    """The page and its plots; of a quick run, which proves nothing, a copy of the page that is not committed."""

    def __init__(self, *, quick: bool = False, tries: Path = TRIES) -> None:
        folder = tries if quick else DOCS
        self.page, self._plots = folder / f"{NAME}.md", folder / NAME
        self._plots.mkdir(parents=True, exist_ok=True)
        if quick:
            shutil.copy(DOCS / self.page.name, folder)

    def put(self, marks: tuple[str, str], text: str) -> None:
        """Put a text between two marks of the page."""
        before, _, rest = self.page.read_text().partition(marks[0])
        _, end, after = rest.partition(marks[1])
        assert end, marks
        self.page.write_text(f"{before}{marks[0]}\n\n{text}\n\n{end}{after}")
        print(f"{self.page} holds what was found.")

    def plot(self, name: str, title: str, svg: str) -> str:
        """Keep a plot; return what shows it on the page."""
        (self._plots / f"{name}.svg").write_text(svg)
        return f"![{title}]({NAME}/{name}.svg)"

    def slope(self, name: str, title: str, across: str, series: Series) -> Iterator[str]:
        """Draw lines into a plot; give what shows it, and the figures as a table."""
        yield self.plot(name, title, chart(title, across, "milliseconds", series))
        places = sorted({point.at for points in series.values() for point in points})
        rows = []
        for what, points in series.items():
            cells = {point.at: point.shown() for point in points}
            rows.append([what, *(cells.get(at, "–") for at in places)])
        yield markdown(("ms", *(f"{at:,}" for at in places)), rows)


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table."""
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
