"""What a program sent, as a draft: the same that a browser's form becomes."""

import re
from dataclasses import replace
from typing import Any

from snippets.api.shapes import Change, Create, NewFile
from snippets.drafts import Draft, DraftFile
from snippets.models import Snippet
from snippets.owning import draft_of
from snippets.terms import ON_A_DATE, Terms

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def new_draft(create: Create) -> Draft:
    """Return what is to be shared."""
    terms = Terms(
        visibility=create.visibility,
        burn=create.burn,
        password=create.password or "",
        tags=" ".join(_words(create.tags)),
        **_expiry(create.expires),
    )
    return Draft(_files(create.files), create.title or "", terms)


def changed_draft(snippet: Snippet, change: Change) -> Draft:
    """Return what a snippet is to become: as it is, but for what the change names."""
    draft, named = draft_of(snippet), change.model_fields_set
    if "files" in named:
        draft.files = _files(change.files)
    if "title" in named:
        draft.title = change.title or ""
    if "visibility" in named:
        draft.terms.visibility = change.visibility or draft.terms.visibility
    if "tags" in named:
        draft.terms.tags = " ".join(_words(change.tags))
    if "burn" in named:
        draft.terms.burn = change.burn
    if "password" in named:
        draft.terms.password, draft.terms.no_password = change.password or "", change.password is None
    draft.terms = replace(draft.terms, **_expiry(change.expires))
    return draft


def _files(files: list[NewFile]) -> list[DraftFile]:
    return [DraftFile(each.code, each.name or "", each.language or "") for each in files]


def _words(tags: list[str]) -> list[str]:
    """Return tags such that one with a blank in it is refused, not taken for two."""
    return [re.sub(r"[\s,]", "␣", tag) or "␣" for tag in tags]


def _expiry(expires: str | None) -> dict[str, Any]:
    if expires and _DAY.fullmatch(expires):
        return {"expires": ON_A_DATE, "expires_on": expires}
    return {"expires": expires or ""}
