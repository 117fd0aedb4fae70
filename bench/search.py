"""How long the search takes among 100,000 snippets, on both engines; alone: `python -m bench.search`."""

import time
from collections.abc import Callable, Iterator, Sized

from sqlalchemy.orm import Session

from bench.filled import version
from bench.filling import RARE, SIZES, engines, fill, settle
from bench.table import Table, milliseconds, percentile
from bench.table import text as shown
from snippets.database import Sessions, connect
from snippets.query import Query, parse
from snippets.rows import load
from snippets.schema import migrate
from snippets.search import SIZE, matches
from snippets.tags import most_used

SNIPPETS = 100_000
TIMES = 20
MIDDLE = SNIPPETS // 2
COLUMNS = ("found", "p50 ms", "max ms")
NOTES = (f"{SNIPPETS:,} public snippets of {SIZES[0]} to {SIZES[1]:,} bytes of code; each query {TIMES} times.",)
QUERIES = {
    "the newest": "",
    "a common term": "return",
    "a rare term": "needle",
    "a term that nowhere is": "xylophonist",
    "a rare phrase of common words": '"if self.name is not None and not in"',
    "a phrase": f'"{RARE}"',
    "two common terms": "import class",
    "signs alone": "!==",
    "signs alone, nowhere": "%~%~%",
    "a common language": "language:python",
    "a tag": "tag:web",
    "a rare tag": "tag:rare",
    "a common term in a rare language": "return language:css",
    "a rare term in a common language": "needle language:python",
    "a common term under a rare tag": "return tag:rare",
    "two characters in a language": "xq language:css",
}


def measure() -> Iterator[Table]:
    """Fill and ask one engine after the other."""
    with engines() as both:
        for _, url in both:
            migrate(url)
            sessions = connect(url)
            fill(sessions, SNIPPETS)
            settle(sessions)
            yield Table(f"8. Search, {version(url)}", COLUMNS, list(_rows(sessions)), NOTES)
            sessions.kw["bind"].dispose()


def _rows(sessions: Sessions) -> Iterator[list[str]]:
    for what, typed in QUERIES.items():
        query = parse(typed) if typed else Query()
        yield _row(sessions, what, lambda session, query=query: matches(session, query))
        further = f"{what}, from the middle on"
        yield _row(sessions, further, lambda session, query=query: matches(session, query, MIDDLE))
    yield _row(sessions, "the most used tags", lambda session: most_used(session, "tag"))
    yield _row(sessions, "a page of rows", lambda session: load(session, range(MIDDLE, MIDDLE + SIZE)))


def _row(sessions: Sessions, what: str, ask: Callable[[Session], Sized]) -> list[str]:
    times, found = [], 0
    for _ in range(TIMES + 1):
        with sessions() as session:
            began = time.perf_counter()
            found = len(ask(session))
            times.append(time.perf_counter() - began)
    return [what, str(found), milliseconds(percentile(times[1:], 50)), milliseconds(max(times[1:]))]


if __name__ == "__main__":
    for each in measure():
        print(f"\n{shown(each)}", flush=True)
