"""The form in which snippets leave the site: their files under their names, and beside them a document of the rest.

<id>/snippet.json          the terms, and which file is which: Document
<id>/files/…               the files as they are now
<id>/revisions/<number>/…  as they were before
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from snippets.drafts import MAX_NAME, MAX_TITLE

DOCUMENT = "snippet.json"
LONGEST_DOCUMENT = 32 * 2**20  # bytes
LONGEST_PATH = 4096  # characters


class PortableFile(BaseModel):
    """One file: where its text lies, what it is really called, and its language."""

    path: Annotated[str, Field(max_length=LONGEST_PATH)]
    name: Annotated[str, Field(max_length=MAX_NAME)] | None
    language: Annotated[str, Field(max_length=64)]


class PortableRevision(BaseModel):
    """The files of one revision in their order."""

    created_at: AwareDatetime
    files: Annotated[list[PortableFile], Field(min_length=1, max_length=1000)]


class Document(BaseModel):
    """A snippet without its texts, and without any secret: owner and password are not in it."""

    format: Literal["snippets export"] = "snippets export"
    version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{11}$")]
    title: Annotated[str, Field(max_length=MAX_TITLE)] | None
    tags: Annotated[list[str], Field(max_length=100)]
    visibility: Literal["public", "unlisted", "private"]
    password: bool  # whether one protected it
    created_at: AwareDatetime
    updated_at: AwareDatetime
    expires_at: AwareDatetime | None
    revisions: Annotated[list[PortableRevision], Field(min_length=1)]  # the oldest first
