"""Rows as the API shows them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from snippets import models
from snippets.access import owns
from snippets.api import shapes
from snippets.site import site
from snippets.status import status
from snippets.summaries import octet_length  # noqa: F401 — registers the function


def shown(snippet: models.Snippet) -> shapes.Snippet:
    """Return a snippet whose files are loaded with their code."""
    return shapes.Snippet(**_terms(snippet), files=[_file(each) for each in snippet.files])


def shown_status(file: models.File) -> shapes.Status:
    """Return what is true of its colours."""
    return shapes.Status(**asdict(status(file, site().redis)))


def summaries(snippets: Sequence[models.Snippet]) -> list[shapes.Summary]:
    """Return the rows of a list, in its order, by one query for all of their files."""
    query = (
        select(
            models.File.snippet_id,
            models.File.position,
            models.File.name,
            models.File.language,
            func.octet_length(models.File.code),
        )
        .join(models.Snippet.files)
        .where(models.Snippet.id.in_([each.id for each in snippets]))
        .order_by(models.File.position)
    )
    files: dict[str, list[shapes.FileSummary]] = {}
    with site().sessions() as session:
        for snippet_id, number, name, language, size in session.execute(query):
            here = _addresses(snippet_id, number)
            summary = shapes.FileSummary(number=number, name=name, language=language, size=size, **here)
            files.setdefault(snippet_id, []).append(summary)
    return [shapes.Summary(**_terms(each), files=files[each.id]) for each in snippets if each.id in files]


def _terms(snippet: models.Snippet) -> dict[str, Any]:
    return {
        "id": snippet.id,
        "url": url_for("reading.show", snippet_id=snippet.id, _external=True),
        "api_url": url_for("api.get_read", snippet_id=snippet.id, _external=True),
        "raw_url": url_for("reading.raw", snippet_id=snippet.id, _external=True),
        "title": snippet.title,
        "visibility": snippet.visibility,
        "tags": snippet.tags.split(),
        "burn": snippet.burn,
        "has_password": snippet.password_hash is not None,
        "revision": snippet.revision,
        "created_at": snippet.created_at,
        "updated_at": snippet.updated_at,
        "expires_at": snippet.expires_at,
        "is_owner": owns(snippet),
        "fork_of": _origin(snippet),
    }


def _origin(snippet: models.Snippet) -> str | None:
    """Return what it is a fork of as far as its owner knows anyway; others learn it from the page, if they may."""
    return snippet.parent_id if owns(snippet) else None


def _file(file: models.File) -> shapes.File:
    return shapes.File(
        number=file.position,
        name=file.name,
        language=file.language,
        size=len(file.code.encode()),
        lines=file.code.count("\n") + (not file.code.endswith("\n")),
        code=file.code,
        status=shown_status(file),
        **_addresses(file.snippet_id, file.position),
    )


def _addresses(snippet_id: str, number: int) -> dict[str, str]:
    return {
        "raw_url": url_for("reading.raw_file", snippet_id=snippet_id, number=number, _external=True),
        "api_url": url_for("api.get_file", snippet_id=snippet_id, number=number, _external=True),
    }
