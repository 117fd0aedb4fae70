"""What a template shows of a row, and nothing that it has to work out itself."""

from collections.abc import Callable
from functools import partial
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
from snippets.open_rows import OpenFile, OpenSnippet
from snippets.status import Status, status
from snippets.viewings import Viewing
from snippets.visible import titled, visible_name

Address = Callable[..., str]  # of what is named as for Flask's url_for


class FileView:
    """One file: its lines, plain until the colours are there, and the truth about them."""

    def __init__(
        self, file: File | OpenFile, redis: Redis, viewing: Viewing | None = None, address: Address = url_for
    ) -> None:
        """Look up the status; only a pending file asks Redis. A `viewing` shows it in another language."""
        self._file, self._viewing, self._address = file, viewing, address
        self.status: Status = viewing.status if viewing else status(file, redis)
        self.number = file.position
        self.anchor = file.anchor
        self.is_pending = (viewing or file).is_pending
        self.revision = file.revision
        self.can_be_retried = file.engine == PLAIN and file.note is not None
        self.name = visible_name(file.name or "") or ("" if file.position == 1 else f"file {file.position}")
        language = LANGUAGES.get(file.language)  # a language may leave Pygments; the rows stay
        self.language_name = language.name if language else file.language
        self.line_count = file.code.count("\n") + (not file.code.endswith("\n"))
        self.bytes = len(file.code) if file.code.isascii() else len(file.code.encode())
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
        return self._at("reading.raw_file")

    @property
    def download_url(self) -> str:
        """Where the file is saved from under its name."""
        return self._at("downloading.download")

    @property
    def again_url(self) -> str:
        """Where its owner has it highlighted again."""
        return self._at("retrying.again")

    @property
    def poll_url(self) -> str:
        """Where the status and the lines of this file alone are; nothing where a page is not kept up to date."""
        seen: dict[str, Any] = {"as": self._viewing.alias} if self._viewing else {}
        return self._at("reading.file", **seen)

    @property
    def as_url(self) -> str:
        """Where it is asked for in another language."""
        return self._at("wrong_language.view_as")

    @property
    def language_url(self) -> str:
        """Where its owner stores another language."""
        return self._at("wrong_language.store")

    def _at(self, endpoint: str, **values: Any) -> str:
        return self._address(endpoint, snippet_id=self._file.snippet_id, number=self.number, **values)


def title_of(snippet: Snippet | OpenSnippet) -> str:
    """Return the title of a snippet, or what stands for it."""
    return titled(snippet.title, snippet.files[0].name)


def present(
    snippet: Snippet | OpenSnippet,
    redis: Redis,
    *,
    burnt: bool = False,
    view: Callable[[Any, Redis], FileView] | None = None,
    address: Address = url_for,
) -> dict[str, Any]:
    """Return what the snippet's page shows of it and its files; `burnt`: they are deleted, and shown this once."""
    view = view or partial(FileView, address=address)
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
        "card": card(snippet, files[0].language_name, lines, address),
    }
