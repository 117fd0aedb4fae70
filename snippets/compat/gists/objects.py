"""A snippet as GitHub describes a gist."""

import base64
import hashlib
import mimetypes
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask import url_for

from snippets.access import owns
from snippets.compat.gists.base import own_login
from snippets.filenames import member_names
from snippets.languages import LANGUAGES, PLAIN
from snippets.models import File, Snippet, hash_secret

Json = dict[str, Any]
ANONYMOUS = "anonymous"
_TYPES = mimetypes.MimeTypes()  # Python's own table: that of the system differs from one to the next
_OF_PEOPLE = "followers following gists starred subscriptions organizations repos events received_events".split()


def gist(snippet: Snippet, files: Iterable[tuple[File, int]], **more: Any) -> Json:
    """Return what lists say of a snippet, with its files and their sizes, and more about it."""
    here = url_for(".show", gist_id=snippet.id, _external=True)
    page = url_for("reading.show", snippet_id=snippet.id, _external=True)
    sized = list(files)
    names = member_names(file for file, _ in sized)
    return {
        "id": snippet.id,
        "node_id": base64.b64encode(f"Gist:{snippet.id}".encode()).decode(),
        "url": here,
        **{f"{what}_url": f"{here}/{what}" for what in ("forks", "commits", "comments")},
        "html_url": page,
        **{f"git_{way}_url": f"{page}.git" for way in ("pull", "push")},  # in the format; nothing answers there
        "files": {name: _file(snippet, name, *each) for name, each in zip(names, sized, strict=True)},
        "public": snippet.visibility == "public",
        "created_at": stamp(snippet.created_at),
        "updated_at": stamp(snippet.updated_at),
        "description": snippet.title,
        "comments": 0,
        "user": None,
        "owner": owner(snippet),
        "truncated": False,
        **more,
    }


def full(snippet: Snippet, **more: Any) -> Json:
    """Return all of a snippet, whose files with their code are at hand."""
    found = gist(snippet, ((file, len(file.code.encode())) for file in snippet.files), **more)
    for name, file in zip(found["files"].values(), snippet.files, strict=True):
        name |= {"truncated": False, "content": file.code, "encoding": "utf-8"}
    return found


def owner(snippet: Snippet) -> Json:
    """Return the owner: the caller where he may change the snippet, as clients ask before an edit, else nobody."""
    return person(own_login() if owns(snippet) else ANONYMOUS)


def person(login: str) -> Json:
    """Return somebody as GitHub describes a user, so far as there is anything to describe."""
    here = url_for(".person", login=login, _external=True)
    return {
        "login": login,
        "id": int(hash_secret(login)[:7], 16),
        "node_id": base64.b64encode(f"User:{login}".encode()).decode(),
        "avatar_url": "",
        "gravatar_id": "",
        "url": here,
        "html_url": url_for("mine.shared", _external=True),
        **{f"{what}_url": f"{here}/{what}" for what in _OF_PEOPLE},
        "type": "User",
        "site_admin": False,
    }


def version(snippet_id: str, revision: int, committed_at: datetime, user: Json, status: Json) -> Json:
    """Return what is said of one revision; `status`: how much it changed."""
    sha = sha_of(snippet_id, revision)
    where = url_for(".show_version", gist_id=snippet_id, sha=sha, _external=True)
    when = stamp(committed_at)
    return {"url": where, "version": sha, "user": user, "change_status": status, "committed_at": when}


def sha_of(snippet_id: str, revision: int) -> str:
    """Return what a revision is called: 40 hexadecimal digits, as of a commit, the same ones for ever."""
    return hashlib.sha1(f"{snippet_id} {revision}".encode(), usedforsecurity=False).hexdigest()


def stamp(moment: datetime) -> str:
    """Return a time in RFC 3339, in whole seconds, with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def language_of(file: File) -> str:
    """Return the name of a file's language."""
    if file.language == PLAIN:
        return "Text"
    known = LANGUAGES.get(file.language)
    return known.name if known else file.language


def _file(snippet: Snippet, name: str, file: File, size: int) -> Json:
    if file.revision == snippet.revision:
        raw = url_for("reading.raw_file", snippet_id=snippet.id, number=file.position, _external=True)
    else:
        where: Json = {"snippet_id": snippet.id, "revision": file.revision, "number": file.position}
        raw = url_for("history.raw_file", _external=True, **where)
    kind = _TYPES.guess_type(name)[0] or "text/plain"
    return {"filename": name, "type": kind, "language": language_of(file), "raw_url": raw, "size": size}
