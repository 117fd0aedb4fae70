"""What a crowd asks for, and what it met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Target:
    """Requests that differ in their path only, drawn at random; `status` is the right answer to all of them.

    The connections are kept alive, each with one request under way.
    """

    paths: Sequence[str]
    status: int = 200
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    connections: int = CONNECTIONS


@dataclass(frozen=True, slots=True)
class Load:
    """How many requests were answered in how many seconds, and the seconds that 99 % of them did not exceed."""

    requests: int
    seconds: float
    p99: float
