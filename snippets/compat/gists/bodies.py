"""What clients send of a gist, and the draft that it makes."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest

from snippets.drafts import Draft, DraftFile
from snippets.filenames import member_names
from snippets.forms import whole_body
from snippets.models import Snippet
from snippets.owning import draft_of
from snippets.refused import Refused
from snippets.terms import Terms

_LINE_ENDS = re.compile(r"[\r\n\t]+")  # a description may have lines, a title has one


class SentFile(BaseModel):
    """A file's new text, and its new name; None: as it is."""

    content: str | None = None
    filename: str | None = None


class SentGist(BaseModel):
    """A gist as it is sent. GitHub's other fields, and those of clients, are passed over."""

    description: str | None = None
    public: bool | None = None
    files: dict[str, SentFile | None] = {}

    @property
    def title(self) -> str:
        """The description as a title."""
        return _LINE_ENDS.sub(" ", self.description or "")


Sent = TypeVar("Sent", bound=BaseModel)


def read(request: Request, what: type[Sent]) -> Sent:
    """Return what the body holds, whatever its type is said to be. Answers 400 to what is no JSON; raises Refused."""
    body = whole_body(request)
    try:
        return what.model_validate_json(body.decode())
    except UnicodeDecodeError as error:
        where = f"byte {body[error.start]:#04x} at offset {error.start:,}"
        raise BadRequest(f"Problems parsing JSON: it is not UTF-8 ({where}).") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise BadRequest(f"Problems parsing JSON: {first['ctx']['error']}.") from None
        path = ".".join(str(part)[:60] for part in first["loc"])
        field = str(first["loc"][0]) if first["loc"] else None
        raise Refused(f"{path or 'The body'}: {first['msg']}.", field) from None


def drafted(sent: SentGist) -> Draft:
    """Return the draft of a new gist: public, or else for whoever knows its address. Raises Refused."""
    files = [_new(name, file) for name, file in sent.files.items()]
    return Draft(files, sent.title, Terms(visibility="public" if sent.public else "unlisted"))


def edited(snippet: Snippet, sent: SentGist) -> Draft:
    """Return the draft of a snippet with what is to change in it. Raises Refused.

    `public` is passed over, as GitHub does: clients send it with every update, whatever the gist is.
    """
    draft = draft_of(snippet)
    if sent.description is not None:
        draft.title = sent.title
    files = dict(zip(member_names(snippet.files), draft.files, strict=True))
    called = {name: name for name in files}
    shared_as = {file.name: name for name, file in files.items() if file.name}  # a client may say what it sent
    for given, file in sent.files.items():
        name = given if given in files else shared_as.get(given, given)
        if file is None or (name in files and not (file.content or file.filename)):  # as `gh gist rename` does
            _remove(files, name)
            del called[name]
        elif name in files:
            called[name] = _change(files[name], name, file)
        else:
            files[name] = _new(name, file)
            called[name] = files[name].name
    _refuse_twins(called.values())
    draft.files = list(files.values())
    return draft


def _new(name: str, file: SentFile | None) -> DraftFile:
    if file is None or not file.content:
        raise Refused(f"“{name[:60]}” is empty: a file needs content.", "files")
    return DraftFile(file.content, file.filename or name)


def _change(draft: DraftFile, name: str, file: SentFile) -> str:
    """Change a file that is told as `name`; return what it is to be called."""
    if file.content is not None:
        draft.code = file.content
    if file.filename and file.filename not in (
        name,
        draft.name,
    ):  # clients send the same again
        draft.name, draft.language = file.filename, ""
        return file.filename
    return name


def _refuse_twins(names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise Refused(f"Two files would be called “{name[:60]}”: give one of them another name.", "files")


def _remove(files: dict[str, DraftFile], name: str) -> None:
    if files.pop(name, None) is None:
        raise Refused(f"There is no file “{name[:60]}” to delete.", "files")
