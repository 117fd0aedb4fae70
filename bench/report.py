"""What a run beside the peers found, as docs/performance.md has it; and where, when, how and with what it was found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import contest, goals, weight, wrk
from bench.contest import Task
from bench.installing import CACHE, TOOLS, found_tool, version
from bench.machine import SQLITE, heading, number
from bench.paper import Paper, markdown
from bench.points import Series
from bench.rivals import PEERS
from bench.sizes import TIMES

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


def write(found: Found, paper: Paper) -> None:
    """Write the tables between the marks, and the plots beside."""
    paper.put(MARKS, "\n\n".join(_parts(found, paper)))


def _parts(found: Found, paper: Paper) -> Iterator[str]:
    yield "\n".join((facts(*_programs()), *(f"- {line}" for line in _beside(found))))
    yield "## Goals"
    yield markdown(goals.COLUMNS, goals.rows(found.tasks, found.sizes[0], found.weights[0]))
    yield "## Beside the peers"
    yield (
        f"{contest.ROUNDS} rounds of {contest.SECONDS:.0f} s each after {contest.WARM_UP:.0f} s of warming up, a server"
        " after the other in each; medians, and in brackets the lowest and the highest. Reads: 16 connections. CPU:"
        " user and system of all processes of a server; of ours the web processes and Redis, without the workers."
    )
    for task in found.tasks:
        yield f"### {task.title}"
        yield markdown(contest.COLUMNS, [entry.cells() for entry in task.entries])
    yield "## Page weight"
    yield weight.PEERS_NOTE
    yield markdown(weight.PEERS_COLUMNS, found.weights)
    yield "## Size"
    creating = {what: points for what, points in found.sizes[0].items() if what.startswith("create")}
    others = {what: points for what, points in found.sizes[0].items() if what not in creating}
    yield from paper.slope("creating", "Milliseconds to create, by size", "bytes of the text", creating)
    yield from paper.slope("reading", "Milliseconds to read and to colour, by size", "bytes of the text", others)
    yield (
        f"The median of {TIMES}, and in brackets the lowest and the highest; one client, and nothing else to do. In the"
        " app: from its first step to the last byte that it hands to granian, by the site's own log."
    )
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
    yield f"Beside it: {', '.join(peers)}, each one process on SQLite or files; granian and nginx too have one"
    yield "Of ours one web process, or two where it says WEB_CONCURRENCY=2, which is what the Procfile has"
    yield "Of creates, ours are deleted after each turn, since they wait for colours; the peers keep theirs"
    if not found.tasks[0].of(goals.NGINX):
        yield "No nginx was found: it is left out"
    yield f"Client: {'wrk, one thread' if wrk.found() else CROWD}"
    yield f"Load averages before the start: {', '.join(f'{each:.2f}' for each in found.busy)}"
    if found.busy[0] > BUSY:
        yield "The machine had other work before the start, and may have had in the run: rates and p99 suffer by it"
