"""Revisions: an edit writes all files anew under the next number, and keeps the colours of those it leaves alone."""

from snippets.models import File, Snippet

COLOURS = ("html", "engine", "note", "took_ms", "highlighted_at")


def is_same(files: list[File], others: list[File]) -> bool:
    """Whether two revisions hold the same."""
    return [_content(file) for file in files] == [_content(file) for file in others]


def next_revision(files: list[File], snippet: Snippet) -> list[File]:
    """Return files as they follow the snippet's head, not yet saved; what is pending needs to be enqueued then."""
    before = {file.position: file for file in snippet.files}
    for file in files:
        file.snippet_id, file.revision = snippet.id, snippet.revision + 1
        old = before.get(file.position)
        if file.html is None and old and (old.code, old.language) == (file.code, file.language):
            for name in COLOURS:
                setattr(file, name, getattr(old, name))
    return files


def _content(file: File) -> tuple[str | None, str, str]:
    return file.name, file.language, file.code
