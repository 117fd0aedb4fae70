"""Lists page by page, as GitHub numbers pages: `per_page`, `page`, and the addresses of the neighbours in `Link`."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import jsonify, request
from werkzeug.wrappers import Response

from snippets.compat.gists.objects import Json
from snippets.refused import Refused

SIZE = 30  # things on a page, unless more or fewer are asked for
LARGEST = 100
FURTHEST = 3_000  # things: a numbered page costs what all before it cost


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page is asked for."""

    number: int
    size: int

    @classmethod
    def asked(cls) -> "Turn":
        """Return what the request asks for, where that makes no sense what it would get without. Raises Refused."""
        number = max(1, request.args.get("page", 1, type=int))
        turn = cls(number, min(LARGEST, max(1, request.args.get("per_page", SIZE, type=int))))
        if turn.offset >= FURTHEST:
            raise Refused(f"Pages go on to the {FURTHEST:,}th of a list; `since` shortens it.", "page")
        return turn

    @property
    def offset(self) -> int:
        """How much comes before this page."""
        return (self.number - 1) * self.size


def turned(told: Sequence[Json], turn: Turn, count: int) -> Response:
    """Return a page of a list of so many things."""
    response = jsonify(told)
    last = -(-min(count, FURTHEST) // turn.size)
    pages = {"next": turn.number + 1, "last": last} if turn.number < last else {}
    if turn.number > 1:
        pages |= {"prev": turn.number - 1, "first": 1}
    # What comes next is told first: there is a client that leaves the blank before the others.
    links = [f'<{_address(page)}>; rel="{name}"' for name, page in pages.items()]
    if links:
        response.headers["Link"] = ", ".join(links)
    return response


def _address(page: int) -> str:
    return f"{request.base_url}?{urlencode({**request.args.to_dict(), 'page': page})}"
