"""tests/baseline.json: what was counted last, exactly for every Python, and in steps for each version of its own.

The same is a table of docs/performance.md.
"""

import json
import platform

from bench.exchanges import KINDS
from bench.paper import Paper, markdown
from snippets.settings import ROOT

PAGE = ROOT / "tests" / "baseline.json"
EXACT, STEPS = "every Python", ("calls", "instructions")
MARKS = "<!-- counted -->", "<!-- /counted -->"

Counts = dict[str, dict[str, int]]  # by what was asked, then by what was counted


def exact_before() -> Counts:
    """Return what is the same under every Python."""
    counts: Counts = json.loads(PAGE.read_text())[EXACT]
    return counts


def steps_before() -> Counts | None:
    """Return the steps that this Python took; None where they were never counted."""
    counts: Counts | None = json.loads(PAGE.read_text()).get(version())
    return counts


def exact(found: Counts) -> Counts:
    """Return of what was counted that which every Python must find."""
    return {what: {kind: counts[kind] for kind in KINDS} for what, counts in found.items()}


def steps(found: Counts) -> Counts:
    """Return of what was counted that which is this Python's own."""
    return {what: {kind: counts[kind] for kind in STEPS} for what, counts in found.items() if STEPS[0] in counts}


def save(found: Counts) -> None:
    """Write what was counted, beside the steps of other Pythons."""
    every = json.loads(PAGE.read_text()) | {EXACT: exact(found), version(): steps(found)}
    PAGE.write_text(json.dumps(every, indent=2) + "\n")
    Paper().put(MARKS, table(every[EXACT], every[version()], version()))


def table(exact: Counts, steps: Counts, python: str) -> str:
    """Return what was counted as the page has it."""
    rows = [[what, *map(str, counts.values()), *(f"{steps[what][kind]:,}" if what in steps else "–" for kind in STEPS)]
            for what, counts in exact.items()]  # fmt: skip
    return markdown(("", *KINDS, *(f"{kind} of Python {python}" for kind in STEPS)), rows)


def version() -> str:
    """Return which Python counts: others have other steps inside."""
    return ".".join(platform.python_version_tuple()[:2])
