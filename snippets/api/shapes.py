"""What the API takes and gives. These models check it, and the OpenAPI document is made of them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from snippets.drafts import MAX_NAME, MAX_TITLE
from snippets.expiry import EXPIRIES
from snippets.passwords import LONGEST
from snippets.terms import MAX_TAGS

Visibility = Literal["public", "unlisted", "private"]
Title = Annotated[str, Field(max_length=MAX_TITLE)]
Tags = Annotated[list[str], Field(max_length=MAX_TAGS, description="Up to 30 letters, digits, and + # . - _ each.")]
Expires = Annotated[
    str,
    Field(
        pattern=rf"^({'|'.join(EXPIRIES)}|\d{{4}}-\d{{2}}-\d{{2}})$",
        description="One of the expiries of /limits, or the last day in UTC, such as 2030-12-31.",
    ),
]
Password = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Taken(BaseModel):
    """Something sent by a program: nothing in it is guessed at, and a field that is not known is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewFile(Taken):
    """One file, as it is to be shared."""

    code: Annotated[str, Field(min_length=1, description="Its line ends become LF.")]
    name: Annotated[str, Field(max_length=MAX_NAME)] | None = None
    language: Annotated[str, Field(description="An alias or a name of /languages.")] | None = None


class Create(Taken):
    """A snippet, as it is to be shared."""

    files: Annotated[list[NewFile], Field(min_length=1)]
    title: Title | None = None
    visibility: Visibility = "unlisted"
    tags: Tags = Field(default_factory=list)
    expires: Expires | None = None
    burn: Annotated[bool, Field(description="Whether reading it deletes it.")] = False
    password: Password | None = None


class Change(Taken):
    """What is to become different; what is left out stays as it is.

    null takes a title or a password away; an expiry and a visibility stay as they are then.
    """

    files: Annotated[list[NewFile], Field(min_length=1, description="All files of the next revision.")] = Field(
        default_factory=list
    )
    title: Title | None = None
    visibility: Visibility | None = None
    tags: Tags = Field(default_factory=list)
    expires: Expires | None = None
    burn: bool = False
    password: Annotated[Password | None, Field(description="null takes it away.")] = None
    revision: (
        Annotated[int, Field(description="The one that this was made from; 409 when it is not the head.")] | None
    ) = None


class Given(BaseModel):
    """Something that the API answers."""

    model_config = ConfigDict(extra="forbid")


class Status(Given):
    """What is true of a file's colours at this moment."""

    state: Literal["waiting", "queued", "highlighting", "highlighted", "plain"]
    sentence: str
    engine: str | None
    note: str | None
    took_ms: int | None


class FileSummary(Given):
    """A file in a list."""

    number: Annotated[int, Field(description="From 1.")]
    name: str | None
    language: str
    size: Annotated[int, Field(description="Bytes in UTF-8.")]
    raw_url: str
    api_url: str


class File(FileSummary):
    """A file with its text."""

    lines: int
    code: str
    status: Status


class _Terms(Given):
    id: str
    url: Annotated[str, Field(description="The page for people.")]
    api_url: str
    raw_url: str
    title: str | None
    visibility: Visibility
    tags: list[str]
    burn: bool
    has_password: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    is_owner: bool
    fork_of: str | None


class Summary(_Terms):
    """A snippet in a list."""

    files: list[FileSummary]


class Snippet(_Terms):
    """A snippet with its files."""

    files: list[File]


class Created(Snippet):
    """A new snippet. `token` is the owner's secret, where the request brought none: it cannot be had again."""

    token: str | None = None


class Page(Given):
    """Some snippets, newest first; `next` is the cursor of those after them."""

    snippets: list[Summary]
    next: str | None


class Colours(Given):
    """A file's colours. While they are to come: those of plain text, with status 202."""

    status: Status
    html: Annotated[str, Field(description="One element a line, with Pygments' short classes.")]


class ColourRuns(Given):
    """A file's colours as runs: a class of Pygments, or none, and how many characters of the code have it."""

    status: Status
    runs: list[tuple[str, int]]


class Language(Given):
    """A language, and what it is found by."""

    alias: str
    name: str
    aliases: list[str]
    patterns: list[str]


class Languages(Given):
    """Every language."""

    languages: list[Language]


class Limits(Given):
    """What this site takes."""

    max_bytes: int
    max_files: int
    max_title: int
    max_name: int
    max_tags: int
    expiries: list[str]
    expiry_default: str
    expiry_max: str
    create_limit: str | None
    requires_key: bool


class Problem(BaseModel):
    """What went wrong: RFC 9457. `field`, `limit` and `value` say of what, where it is about something sent."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    field: str | None = None
    limit: int | str | None = None
    value: int | str | None = None


class ListQuery(BaseModel):
    """Which snippets are listed."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    before: Annotated[str, Field(description="The cursor of a page before.", max_length=60)] = ""
    owner: Annotated[Literal["me"] | None, Field(description="The caller's own, of every visibility.")] = None


class SearchQuery(BaseModel):
    """What is searched for."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    q: Annotated[str, Field(description="Words, “phrases”, language: and tag:; all must hold.")]
    before: Annotated[str, Field(description="The cursor of a page before.", max_length=60)] = ""
