"""docs/performance.md: what was measured goes between two marks, what is said about it stays as it was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import contest, goals, weight, wrk
from bench.contest import Task
from bench.installing import CACHE, TOOLS, found_tool, version
from bench.machine import SQLITE, heading, number
from bench.plot import chart
from bench.points import Series
from bench.rivals import PEERS
from bench.sizes import TIMES
from snippets.settings import ROOT

PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"
MARKS = "<!-- measured -->", "<!-- /measured -->"
BUSY = 0.7  # load average
CROWD = "the bench's own crowd, a Python process that competes with the servers for the cores"


@dataclass(frozen=True, slots=True)
class Found:
    """All that a run found."""

    busy: tuple[float, ...]  # the load averages before the start
    tasks: Sequence[Task]
    sizes: tuple[Series, Sequence[str]]
    weights: Sequence[Sequence[str]]


def write(found: Found) -> None:
    """Write the tables between the marks, and the plots beside."""
    PLOTS.mkdir(exist_ok=True)
    put(MARKS, "\n\n".join(_parts(found)))


def put(marks: tuple[str, str], text: str) -> None:
    """Put a text between two marks of the page."""
    before, _, rest = PAGE.read_text().partition(marks[0])
    _, end, after = rest.partition(marks[1])
    assert end, marks
    PAGE.write_text(f"{before}{marks[0]}\n\n{text}\n\n{end}{after}")
    print(f"{PAGE} holds what was found.")


def _parts(found: Found) -> Iterator[str]:
    yield "\n".join((facts(*_programs()), *(f"- {line}" for line in _beside(found))))
    yield "## Goals"
    yield markdown(goals.COLUMNS, goals.rows(found.tasks, found.sizes[0], found.weights[0]))
    yield "## Beside the peers"
    yield (
        f"{contest.ROUNDS} rounds of {contest.SECONDS:.0f} s each after {contest.WARM_UP:.0f} s of warming up, a server"
        " after the other in each; medians, and in brackets the lowest and the highest. Reads: 16 connections. CPU:"
        " user and system of all processes of a server; of ours the web process and Redis, without the workers."
    )
    for task in found.tasks:
        yield f"### {task.title}"
        yield markdown(contest.COLUMNS, [entry.cells() for entry in task.entries])
    yield "## Page weight"
    yield weight.PEERS_NOTE
    yield markdown(weight.PEERS_COLUMNS, found.weights)
    yield "## Size"
    yield from slope("size", "Milliseconds by size", "bytes of the text", found.sizes[0])
    yield f"The median of {TIMES}, and in brackets the lowest and the highest; one client, and nothing else to do."
    yield "Refused: " + ("; ".join(found.sizes[1]) or "nothing") + "."


def facts(*programs: str) -> str:
    """Return the list of where, when, how and with what it was measured."""
    return "\n".join(f"- {line}" for line in heading(*programs).splitlines())


def _programs() -> Iterator[str]:
    for name in TOOLS:
        if path := found_tool(name):
            yield f"{name} {number([path, '-v'])}"
    yield SQLITE


def _beside(found: Found) -> Iterator[str]:
    peers = [f"{name} {version(CACHE / name / 'bin', name)}" for name in PEERS]
    yield f"Beside it: {', '.join(peers)}, each one process on SQLite or files"
    if not found.tasks[0].of(goals.NGINX):
        yield "No nginx was found: it is left out"
    yield f"Client: {'wrk, one thread' if wrk.found() else CROWD}"
    yield f"Load averages before the start: {', '.join(f'{each:.2f}' for each in found.busy)}"
    if found.busy[0] > BUSY:
        yield "The machine had other work before the start, and may have had in the run: rates and p99 suffer by it"


def slope(name: str, title: str, across: str, series: Series) -> Iterator[str]:
    """Draw lines into a file beside the page; give what shows them there, and the figures as a table."""
    (PLOTS / f"{name}.svg").write_text(chart(title, across, "milliseconds", series))
    yield f"![{title}](performance/{name}.svg)"
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
