"""Lists of gists: the caller's own, what is public, the forks of one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

from flask import abort, jsonify, request, url_for
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import load_only
from werkzeug.wrappers import Response

from snippets.access import find
from snippets.compat.gists.base import api, own_login, owner_hashes
from snippets.compat.gists.objects import ANONYMOUS, Json, gist, owner, stamp
from snippets.compat.gists.turning import FURTHEST, SIZE, Turn, turned
from snippets.fork_counts import listed
from snippets.models import File, Listing, Snippet, now
from snippets.reading import NAMES
from snippets.refused import Refused
from snippets.site import site
from snippets.summaries import octet_length

_NEWEST = Snippet.created_at.desc(), Snippet.id.desc()


@api.get("/gists")
def mine() -> Response:
    """List the caller's own gists, newest first; without a token what is public, as GitHub does."""
    hashes = site().owners.hashes(request)
    return _own(hashes) if hashes else public()


@api.get("/gists/public")
def public() -> Response:
    """List what is public, newest first, as the site's own list does."""
    query = select(Snippet).join(Listing, Listing.snippet_id == Snippet.id).where(Listing.listed_at <= now())
    return _page(query.where(*_since()).order_by(Listing.id.desc()))


@api.get("/users/<login>/gists")
def of_person(login: str) -> Response:
    """List the caller's own gists, or what is public: nobody is told which snippets another has shared."""
    if login == ANONYMOUS:
        return public()
    if login != own_login():
        abort(404)
    return _own(owner_hashes())


@api.get("/gists/starred")
def starred() -> Response:
    """List the stars, of which there are none: see account.star."""
    owner_hashes()
    return jsonify([])


@api.get("/gists/<slug:gist_id>/forks")
def forks(gist_id: str) -> Response:
    """List the public forks of a gist, newest first."""
    find(NAMES, gist_id)
    return _page(_forks(gist_id))


def forks_of(snippet: Snippet) -> list[Json]:
    """Return what a gist itself says of its newest public forks."""
    with site().sessions() as session:
        found = session.scalars(_forks(snippet.id).limit(SIZE)).all()
    return [_fork(each) for each in found]


def with_sizes(snippets: Sequence[Snippet]) -> dict[str, list[tuple[File, int]]]:
    """Return the files of snippets without their code, each with its size in bytes, by one query."""
    query = (
        select(File, octet_length(File.code))
        .join(Snippet.files)
        .where(Snippet.id.in_([snippet.id for snippet in snippets]))
        .order_by(File.snippet_id, File.position)
        .options(load_only(File.name, File.language, File.position, File.revision, File.snippet_id))
    )
    with site().sessions() as session:
        rows = [(file, size) for file, size in session.execute(query)]
    return {each: list(files) for each, files in groupby(rows, lambda row: row[0].snippet_id)}


def _own(hashes: list[str]) -> Response:
    return _page(select(Snippet).where(Snippet.owner_hash.in_(hashes), *_since()).order_by(*_NEWEST))


def _forks(gist_id: str) -> Select[Snippet]:
    return select(Snippet).where(Snippet.parent_id == gist_id, listed()).order_by(*_NEWEST)


def _page(query: Select[Snippet]) -> Response:
    turn = Turn.asked()
    query = query.where(Snippet.is_readable, Snippet.taken_down_at.is_(None))
    with site().sessions() as session:
        found = session.scalars(query.offset(turn.offset).limit(turn.size)).all()
        count = turn.offset + len(found)
        if len(found) == turn.size:
            some = query.with_only_columns(Snippet.id).limit(FURTHEST).subquery()
            count = session.scalar(select(func.count()).select_from(some)) or 0
    files = with_sizes(found)
    return turned([gist(snippet, files[snippet.id]) for snippet in found if snippet.id in files], turn, count)


def _fork(fork: Snippet) -> Json:
    where = url_for(".show", gist_id=fork.id, _external=True)
    times = {"created_at": stamp(fork.created_at), "updated_at": stamp(fork.updated_at)}
    return {"id": fork.id, "url": where, "user": owner(fork), **times}


def _since() -> list[ColumnElement[bool]]:
    text = request.args.get("since", "")
    if not text:
        return []
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Refused("It must be a time such as 2030-12-31T23:59:59Z.", "since") from None
    return [Snippet.updated_at >= moment]
