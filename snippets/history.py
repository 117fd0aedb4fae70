"""The revisions of a snippet: listed, read, and put on top again by its owner."""

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response

from snippets.access import find, miss, owns
from snippets.human import age, plural
from snippets.models import File, Snippet, now
from snippets.past import page_before
from snippets.presenters import FileView, present
from snippets.reading import SNIPPET, bare_text
from snippets.refused import Refused
from snippets.revisions import COLOURS
from snippets.saving import overtaken, put_on_top
from snippets.site import site

history = Blueprint("history", __name__)
history.add_app_template_filter(age)
history.add_app_template_filter(plural)

NUMBER = "int(min=1, max=2147483647)"
AT = f"/<slug:snippet_id>/revisions/<{NUMBER}:revision>"

# Outer joins: whether there is such a revision is told to those alone who may read the snippet.
HERE = select(Snippet).where(Snippet.id == bindparam("snippet_id"))
_FILES = contains_eager(Snippet.files)
_THEN = and_(File.snippet_id == Snippet.id, File.revision == bindparam("revision"))
REVISION = HERE.outerjoin(File, _THEN).order_by(File.position).options(_FILES)
CODE = HERE.outerjoin(File, and_(_THEN, File.position == bindparam("number"))).options(_FILES.load_only(File.code))
_BOTH = and_(File.snippet_id == Snippet.id, File.revision.in_((bindparam("old"), bindparam("new"))))
BOTH = HERE.outerjoin(File, _BOTH).order_by(File.revision, File.position).options(_FILES.defer(File.html))


class PastFile(FileView):
    """A file of a revision that may not be the head: its page is not kept up to date."""

    poll_url = ""

    @property
    def raw_url(self) -> str:
        """Where the bare text of this very revision is."""
        file = self._file
        return url_for("history.raw_file", snippet_id=file.snippet_id, revision=file.revision, number=file.position)


def find_past(query: Select[Any], snippet_id: str, **values: int) -> Snippet:
    """Return what access.find does; no search engine shows what was. Answers 404 where the query finds no files."""
    snippet = find(query, snippet_id, unseal=False, **values)
    g.may_be_found = False
    if query is not HERE and not snippet.files:
        miss()
    return snippet


@history.get("/<slug:snippet_id>/history")
def show(snippet_id: str) -> str:
    """List the revisions, newest first, as many as a page may compare."""
    snippet = find_past(HERE, snippet_id)
    before = request.args.get("before", default=snippet.revision + 1, type=int)
    with site().sessions() as session:
        entries = page_before(session, snippet, max(before, 1))
    return render_template("history.html", snippet=snippet, entries=entries, now=now())


@history.get(AT)
def revision(snippet_id: str, revision: int) -> str:
    """Show a snippet as it was then."""
    return _page(find_past(REVISION, snippet_id, revision=revision), revision)


@history.get(f"{AT}/raw/<int(max=1000):number>")
def raw_file(snippet_id: str, revision: int, number: int) -> Response:
    """Give the text of one file of a revision, numbered from 1."""
    return bare_text(find_past(CODE, snippet_id, revision=revision, number=number).files[0].code)


@history.post(f"{AT}/restore")
def restore(snippet_id: str, revision: int) -> Response | tuple[str, int]:
    """Put the files of a revision on top, with their colours; whoever edits at the same time is not overwritten."""
    past, head = (find_past(query, snippet_id, revision=revision) for query in (REVISION, SNIPPET))
    if not owns(head):
        abort(403, "Only who shared this snippet, from the browser that shared it, can restore a revision of it.")
    files = [
        File(**{name: getattr(file, name) for name in ("position", "name", "language", "code", *COLOURS)})
        for file in past.files
    ]
    try:
        if (seen := request.form.get("revision", 0, type=int)) != head.revision:
            raise overtaken(head, seen)
        put_on_top(head, files)
    except Refused as refusal:
        return _page(past, revision, refusal), refusal.status
    return redirect(url_for("reading.show", snippet_id=snippet_id), 303)


def _page(snippet: Snippet, revision: int, refusal: Refused | None = None) -> str:
    created_at = snippet.files[0].created_at
    what = present(snippet, site().redis, view=PastFile)
    what |= {"created_at": created_at, "age": age(created_at, now()), "may_restore": owns(snippet), "is_owner": False}
    return render_template("revision.html", revision=revision, error=refusal, **what)
