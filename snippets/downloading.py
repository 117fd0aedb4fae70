"""Taking a snippet away: one file under its own name, or all of them in a zip."""

import unicodedata
from urllib.parse import quote

from flask import Blueprint
from sqlalchemy import bindparam, select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response

from snippets.access import find
from snippets.archive import zipped
from snippets.filenames import cleaned, last_part, member_names
from snippets.models import File, Snippet
from snippets.reading import as_text

downloading = Blueprint("downloading", __name__)

NAMED = (
    select(Snippet)
    .where(Snippet.id == bindparam("snippet_id"))
    .join(Snippet.files)
    .order_by(File.position)
    .options(contains_eager(Snippet.files).defer(File.html))
)
NAMED_ONE = NAMED.where(File.position == bindparam("number"))


@downloading.get("/<slug:snippet_id>/download/<int(max=1000):number>")
def download(snippet_id: str, number: int) -> Response:
    """Give one file to be saved under its name."""
    snippet = find(NAMED_ONE, snippet_id, number=number)
    response = as_text(snippet)
    response.headers["Content-Disposition"] = attachment(last_part(snippet.files[0]))
    return response


@downloading.get("/<slug:snippet_id>/zip")
def archive(snippet_id: str) -> Response:
    """Give all files in a zip, sent while it is made: only their text is in memory, as for a page of them."""
    snippet = find(NAMED, snippet_id)
    files = snippet.files
    members = ((name, file.created_at, file.code) for name, file in zip(member_names(files), files, strict=True))
    response = Response(zipped(members), mimetype="application/zip")
    response.headers["Content-Disposition"] = attachment(f"{cleaned(snippet.title or '') or snippet.id}.zip")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.cache_control.no_cache = True
    return response


def attachment(name: str) -> str:
    """Return the header that has a browser save under this name: RFC 6266, with RFC 8187 for what is not ASCII."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = plain.replace("\\", "_").replace('"', "_").replace("%", "_")  # some browsers decode the latter
    if plain == name:
        return f'attachment; filename="{name}"'
    if plain.startswith(".") and not name.startswith("."):
        plain = f"file{plain}"
    quoted = quote(name, safe="!#$&+-.^_`|~")
    return f"attachment; filename=\"{plain or 'file'}\"; filename*=UTF-8''{quoted}"
