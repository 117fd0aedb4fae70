"""The revisions of a gist, each by a name that looks like the hash of a commit."""

from flask import abort, jsonify
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from snippets.access import find
from snippets.compat.gists.base import api
from snippets.compat.gists.objects import Json, full, owner, sha_of, version
from snippets.compat.gists.turning import Turn, turned
from snippets.history import BOTH, HERE
from snippets.models import File, Snippet
from snippets.past import Entry, page_before
from snippets.site import site


@api.get("/gists/<slug:gist_id>/<sha>")
def show_version(gist_id: str, sha: str) -> Response:
    """Give a gist as it was at one revision."""
    head = find(HERE, gist_id)
    number = next((each for each in range(head.revision, 0, -1) if sha_of(gist_id, each) == sha), None)
    if number is None:
        abort(404)
    snippet = find(BOTH, gist_id, old=number, new=number)
    return jsonify(full(snippet, history=history_of(snippet, number), forks=[]))


@api.get("/gists/<slug:gist_id>/commits")
def commits(gist_id: str) -> Response:
    """List the revisions, newest first, and how much they changed, as many of them as may be compared at once."""
    snippet, turn = find(HERE, gist_id), Turn.asked()
    before = snippet.revision + 1 - turn.offset
    query = (
        select(File.revision, func.min(File.created_at))
        .where(File.snippet_id == gist_id, File.revision < before)
        .group_by(File.revision)
        .order_by(File.revision.desc())
        .limit(turn.size)
    )
    with site().sessions() as session:
        compared = {entry.number: _status(entry) for entry in page_before(session, snippet, before)}
        revisions = [(number, at) for number, at in session.execute(query)]
    who = owner(snippet)
    told = [version(gist_id, number, at, who, compared.get(number, {})) for number, at in revisions]
    return turned(told, turn, snippet.revision)


def history_of(snippet: Snippet, newest: int | None = None) -> list[Json]:
    """Return the newest revisions up to one: those that may be compared at once, since clients ask for each change."""
    who, before = owner(snippet), (newest or snippet.revision) + 1
    with site().sessions() as session:
        entries = page_before(session, snippet, before)
    return [version(snippet.id, entry.number, entry.created_at, who, _status(entry)) for entry in entries]


def _status(entry: Entry) -> Json:
    return {"total": entry.added + entry.removed, "additions": entry.added, "deletions": entry.removed}
