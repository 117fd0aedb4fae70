"""What a list shows of a snippet: one row of words, without its text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Integer, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from snippets.database import Sessions
from snippets.human import age, plural, size, span
from snippets.languages import LANGUAGES
from snippets.models import File, Snippet, now
from snippets.visible import titled


class octet_length(GenericFunction[int]):  # noqa: N801 — SQL's own name
    """The bytes of a text in UTF-8; SQLite has it since 3.43 only."""

    type = Integer()
    inherit_cache = True


@compiles(octet_length, "sqlite")
def _of_blob(element: Any, compiler: SQLCompiler, **how: Any) -> str:
    return f"length(CAST({compiler.process(element.clauses, **how)} AS BLOB))"


@dataclass(frozen=True, slots=True)
class Summary:
    """One snippet in a list."""

    snippet: Snippet
    title: str
    facts: list[str]  # language or number of files, size
    age: str
    expires: str | None


def summaries(sessions: Sessions, snippets: Sequence[Snippet]) -> list[Summary]:
    """Return the rows of a list, in its order, by one query for all of their files."""
    query = (
        select(File.snippet_id, File.name, File.language, func.octet_length(File.code))
        .join(Snippet.files)
        .where(Snippet.id.in_([snippet.id for snippet in snippets]))
        .order_by(File.snippet_id, File.position)
    )
    with sessions() as session:
        files = {each: list(rows) for each, rows in groupby(session.execute(query), lambda row: str(row[0]))}
    return [_summary(snippet, files[snippet.id]) for snippet in snippets if snippet.id in files]


def _summary(snippet: Snippet, files: list[Any]) -> Summary:
    _, name, alias, _ = files[0]
    language = LANGUAGES.get(alias)
    kind = (language.name if language else alias) if len(files) == 1 else plural(len(files), "file")
    return Summary(
        snippet=snippet,
        title=titled(snippet.title, name),
        facts=[kind, size(sum(row[3] for row in files))],
        age=age(snippet.created_at, now()),
        expires=span(snippet.expires_at - now()) if snippet.expires_at else None,
    )
