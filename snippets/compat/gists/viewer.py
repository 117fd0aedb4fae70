"""What GraphQL tells of the caller: the names are those of its schema, and each is worked out where it is asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from flask import url_for
from graphql import GraphQLError
from sqlalchemy import ColumnElement, and_, func, or_, select, true

from snippets import pages
from snippets.compat.gists.base import own_login, owner_hashes
from snippets.compat.gists.lists import with_sizes
from snippets.compat.gists.objects import Json, stamp
from snippets.compat.gists.turning import LARGEST, SIZE
from snippets.filenames import member_names
from snippets.models import File, Snippet
from snippets.site import site

_PRIVACY = {"ALL": true(), "PUBLIC": Snippet.visibility == "public", "SECRET": Snippet.visibility != "public"}
LISTS = 10  # in one query


@dataclass
class Viewer:
    """The caller. One query has at most LISTS lists, and as many bytes of text as a few snippets hold."""

    bytes_left: int = field(default_factory=lambda: 4 * site().settings.max_snippet_bytes)
    lists_left: int = LISTS

    def login(self, _: Any) -> str:
        """Return the caller's login."""
        return own_login()

    def gists(
        self, _: Any, privacy: str | None = None, first: int | None = None, after: str | None = None, **order: Any
    ) -> "Gists":
        """Return a page of the caller's gists, newest first. Raises GraphQLError."""
        self.lists_left -= 1
        if self.lists_left < 0:
            raise GraphQLError(f"A query may hold {LISTS} lists of gists.")
        size = SIZE if first is None else first
        if not 1 <= size <= LARGEST:
            raise GraphQLError(f"`first` must be from 1 to {LARGEST}.")
        groups = [and_(Snippet.owner_hash == each, _PRIVACY[privacy or "ALL"]) for each in owner_hashes()]
        try:
            page = pages.newest(site().sessions, groups, after or "", size)
        except ValueError:
            raise GraphQLError("`after` is no cursor of a list.") from None
        return Gists(self, groups, page)

    def spend(self, size: int) -> None:
        """Count bytes of text that are told. Raises GraphQLError."""
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise GraphQLError("That is too much text at once: ask for fewer gists.")


class Gists:
    """A page of gists: fewer than were asked for where their text is long, with the cursor of those after it."""

    def __init__(self, viewer: Viewer, groups: Sequence[ColumnElement[bool]], page: pages.Page) -> None:
        """Load the files, without their text."""
        self._viewer, self._groups, self._page = viewer, groups, page
        self._files = with_sizes(page.snippets)
        self._shown = list(self._fitting(2 * site().settings.max_snippet_bytes))

    def nodes(self, _: Any) -> list[Json]:
        """Return the gists."""
        return [self._node(snippet) for snippet in self._shown]

    def pageInfo(self, _: Any) -> Json:  # noqa: N802 — GraphQL's own name
        """Say whether there are more, and from where."""
        more = self._page.older is not None or len(self._shown) < len(self._page.snippets)
        return {"hasNextPage": more, "endCursor": pages.cursor(self._shown[-1]) if self._shown else None}

    def totalCount(self, _: Any) -> int:  # noqa: N802
        """Count them all, on this page or not."""
        query = select(func.count()).select_from(Snippet).where(or_(*self._groups), Snippet.is_readable)
        with site().sessions() as session:
            return session.scalar(query) or 0

    def _fitting(self, room: int) -> Iterator[Snippet]:
        for number, snippet in enumerate(self._page.snippets):
            room -= sum(size for _, size in self._files.get(snippet.id, ()))
            if number and room < 0:
                return
            yield snippet

    def _node(self, snippet: Snippet) -> Json:
        files = self._files.get(snippet.id, [])
        names = member_names(file for file, _ in files)
        return {
            "id": snippet.id,
            "name": snippet.id,
            "description": snippet.title,
            "isPublic": snippet.visibility == "public",
            "isFork": snippet.parent_id is not None,
            "createdAt": stamp(snippet.created_at),
            "updatedAt": stamp(snippet.updated_at),
            "url": url_for("reading.show", snippet_id=snippet.id, _external=True),
            "files": [
                {"name": name, "size": size, "text": partial(self._text, file.id, size)}
                for name, (file, size) in zip(names, files, strict=True)
            ],
        }

    def _text(self, file_id: int, size: int, _: Any) -> str:
        self._viewer.spend(size)
        return self._codes.get(file_id, "")

    @cached_property
    def _codes(self) -> dict[int, str]:
        """The text of all that is shown, by one query for the first that is asked for."""
        wanted = [file.id for snippet in self._shown for file, _ in self._files.get(snippet.id, ())]
        query = select(File.id, File.code).where(File.id.in_(wanted))
        with site().sessions() as session:
            return {file.id: file.code for file in session.execute(query)}
