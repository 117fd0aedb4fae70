"""What a template shows of a row, and nothing that it has to work out itself."""

from collections.abc import Callable
from typing import Any

from flask import url_for
from markupsafe import Markup
from redis import Redis

from snippets import markup
from snippets.cards import card
from snippets.colours import PLAIN
from snippets.human import age, size, span
from snippets.languages import LANGUAGES
from snippets.models import File, Snippet, now
from snippets.status import Status, status
from snippets.viewings import Viewing


class FileView:
    """One file: its lines, plain until the colours are there, and the truth about them."""

    def __init__(self, file: File, redis: Redis, viewing: Viewing | None = None) -> None:
        """Look up the status; only a pending file asks Redis. A `viewing` shows it in another language."""
        self._file, self._viewing = file, viewing
        self.status: Status = viewing.status if viewing else status(file, redis)
        self.number = file.position
        self.anchor = file.anchor
        self.is_pending = (viewing or file).is_pending
        self.revision = file.revision
        self.can_be_retried = file.engine == PLAIN and file.note is not None
        self.name = file.name or ("" if file.position == 1 else f"file {file.position}")
        language = LANGUAGES.get(file.language)  # a language may leave Pygments; the rows stay
        self.language_name = language.name if language else file.language
        self.line_count = file.code.count("\n") + (not file.code.endswith("\n"))
        self.bytes = len(file.code.encode())
        self.size = size(self.bytes)

    @property
    def lines(self) -> Markup:
        """The numbered lines. The worker's markup is ours and escaped, as is the plain one."""
        file = self._file
        runs = self._viewing and self._viewing.runs
        if runs is None and file.html is not None:
            return Markup(file.html)  # noqa: S704
        return Markup(markup.lines(file.code, runs or markup.plain(file.code), file.anchor))  # noqa: S704

    @property
    def raw_url(self) -> str:
        """Where the bare text is."""
        return url_for("reading.raw_file", snippet_id=self._file.snippet_id, number=self.number)

    @property
    def download_url(self) -> str:
        """Where the file is saved from under its name."""
        return url_for("downloading.download", snippet_id=self._file.snippet_id, number=self.number)

    @property
    def again_url(self) -> str:
        """Where its owner has it highlighted again."""
        return url_for("retrying.again", snippet_id=self._file.snippet_id, number=self.number)

    @property
    def poll_url(self) -> str:
        """Where the status and the lines of this file alone are; nothing where a page is not kept up to date."""
        seen: dict[str, Any] = {"as": self._viewing.alias} if self._viewing else {}
        return url_for("reading.file", snippet_id=self._file.snippet_id, number=self.number, **seen)

    @property
    def as_url(self) -> str:
        """Where it is asked for in another language."""
        return url_for("wrong_language.view_as", snippet_id=self._file.snippet_id, number=self.number)

    @property
    def language_url(self) -> str:
        """Where its owner stores another language."""
        return url_for("wrong_language.store", snippet_id=self._file.snippet_id, number=self.number)


def title_of(snippet: Snippet) -> str:
    """Return the title of a snippet, or what stands for it."""
    return snippet.title or snippet.files[0].name or "Untitled"


def present(
    snippet: Snippet, redis: Redis, *, burnt: bool = False, view: Callable[[File, Redis], FileView] = FileView
) -> dict[str, Any]:
    """Return what the snippet's page shows of it and its files; `burnt`: they are deleted, and shown this once."""
    files = [view(file, redis) for file in snippet.files]
    lines = sum(file.line_count for file in files)
    return {
        "snippet": snippet,
        "files": files,
        "burnt": burnt,
        "title": title_of(snippet),
        "is_listed": snippet.visibility == "public" and not snippet.is_closed,
        "created_at": snippet.created_at,
        "age": age(snippet.created_at, now()),
        "expires": span(snippet.expires_at - now()) if snippet.expires_at else None,
        "total_size": size(sum(file.bytes for file in files)),
        "total_lines": lines,
        "card": card(snippet, files[0].language_name, lines),
    }
