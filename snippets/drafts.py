"""What somebody typed, and whether it can become a snippet. Every way of pasting ends here."""

import re
from dataclasses import dataclass, field

from snippets.human import size
from snippets.language_choice import chosen
from snippets.languages import guess
from snippets.models import File, Snippet
from snippets.refused import Refused
from snippets.settings import Settings
from snippets.terms import Terms

MAX_TITLE = 200  # characters
MAX_NAME = 255  # characters, folders included

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(slots=True)
class DraftFile:
    """One file as it was typed; an empty language means: find out."""

    code: str = ""
    name: str = ""
    language: str = ""


@dataclass(slots=True)
class Draft:
    """A snippet as it was typed, to be accepted, or shown again with the reason why not."""

    files: list[DraftFile] = field(default_factory=lambda: [DraftFile()])
    title: str = ""
    terms: Terms = field(default_factory=Terms)
    refusal: Refused | None = None  # found while it was read

    @property
    def bytes(self) -> int:
        """The size of all the code in UTF-8, as it would be stored."""
        return sum(len(file.code.encode("utf-8", "surrogatepass")) for file in self.files)


def accept(draft: Draft, settings: Settings) -> Snippet:
    """Return the draft as an unsaved snippet with its files, all pending. Raises Refused."""
    snippet = Snippet(files=accept_files(draft, settings))
    accept_terms(draft, settings, snippet)
    return snippet


def accept_terms(draft: Draft, settings: Settings, snippet: Snippet) -> None:
    """Give a snippet the draft's title and terms. Raises Refused."""
    snippet.title = _label(draft.title, "The title", MAX_TITLE, "title", None)
    draft.terms.apply(snippet, settings)


def accept_files(draft: Draft, settings: Settings) -> list[File]:
    """Return the draft's files, unsaved and all pending, as those of the first revision.

    Line ends become LF; a file in which nothing was typed is left out. Raises Refused.
    """
    if draft.refusal:
        raise draft.refusal
    for file in draft.files:
        file.code = file.code.replace("\r\n", "\n").replace("\r", "\n")
    numbered = [(number, file) for number, file in enumerate(draft.files, start=1) if file.code]
    if not numbered:
        raise Refused("There is nothing to share yet: paste or type some code.", "code", 1)
    if len(numbered) > settings.max_files:
        raise Refused(
            f"That is {len(numbered)} files; a snippet holds at most {settings.max_files}.",
            "files",
            status=413,
            measured=(settings.max_files, len(numbered)),
        )
    if draft.bytes > settings.max_snippet_bytes:
        raise Refused(
            too_large(draft.bytes, settings),
            "code",
            numbered[0][0],
            status=413,
            measured=(settings.max_snippet_bytes, draft.bytes),
        )
    return [_file(file, number, position) for position, (number, file) in enumerate(numbered, start=1)]


def too_large(given: int | None, settings: Settings) -> str:
    """Return the sentence for a paste over the limit, of `given` bytes where that is known."""
    limit = settings.max_snippet_bytes
    much = f"{size(given)} ({given:,} bytes)" if given else "too much"
    return f"That is {much}; a snippet holds at most {size(limit)} ({limit:,} bytes)."


def _file(file: DraftFile, number: int, position: int) -> File:
    name = _label(file.name, "The file name", MAX_NAME, "name", number)
    if name and (name.startswith("/") or ".." in name.split("/")):
        raise Refused(
            "A file name is within the snippet's own folder: no “/” before it, no “..” in it.", "name", number
        )
    _refuse_unstorable(file.code, number)
    language = chosen(file.language, number) if file.language.strip() else guess(name, file.code)
    return File(position=position, name=name, language=language.alias, code=file.code)


def _label(text: str, what: str, limit: int, field: str, number: int | None) -> str | None:
    text = text.strip()
    if len(text) > limit:
        raise Refused(
            f"{what} has {len(text):,} characters; at most {limit} are kept.",
            field,
            number,
            measured=(limit, len(text)),
        )
    if _CONTROL.search(text) or _SURROGATE.search(text):
        raise Refused(f"{what} holds a control character or a broken one: please remove it.", field, number)
    return text or None


def _refuse_unstorable(code: str, number: int) -> None:
    for pattern, what in ((re.compile("\x00"), "a NUL character"), (_SURROGATE, "half of a surrogate pair")):
        if bad := pattern.search(code):
            line = code.count("\n", 0, bad.start()) + 1
            raise Refused(f"Line {line} holds {what}, which is not text: remove it and share again.", "code", number)
