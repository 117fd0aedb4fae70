"""What one look at one part found."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a part is; one that could not be looked at depends on another that is not well."""

    WELL = "ok"
    ILL = "FAIL"
    UNSEEN = "?"


@dataclass(frozen=True, slots=True)
class Finding:
    """A part, how it is, one sentence on that, and what mends it where it is not well."""

    part: str
    state: State
    said: str
    mend: str | None = None


def well(part: str, said: str) -> Finding:
    """Return that a part is well."""
    return Finding(part, State.WELL, said)


def ill(part: str, said: str, mend: str) -> Finding:
    """Return that a part is not well, and what to do."""
    return Finding(part, State.ILL, said, mend)


def unseen(part: str, why: str) -> Finding:
    """Return that a part could not be looked at."""
    return Finding(part, State.UNSEEN, why)
