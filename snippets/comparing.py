"""Two revisions compared: coloured, in one column or two, or as the text that git takes."""

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response

from snippets.changes import Change, changes, label
from snippets.diffing import Op
from snippets.history import BOTH, HERE, NUMBER, find_past
from snippets.hunks import CONTEXT, Room, around
from snippets.models import File, Snippet
from snippets.patches import patch
from snippets.reading import bare_text
from snippets.side_by_side import Side, one_column, two_columns
from snippets.site import site

comparing = Blueprint("comparing", __name__)

LINES = 3000  # on one page
TWO = f"/<slug:snippet_id>/compare/<{NUMBER}:old>..<{NUMBER}:new>"


@dataclass(frozen=True, slots=True)
class Compared:
    """One file of the page: `columns` are one or two, none where there is no room left; `is_whole`: all is shown."""

    change: Change
    number: str
    label: str
    columns: list[Markup]
    is_whole: bool
    digits: int


@comparing.get("/<slug:snippet_id>/compare")
def choose(snippet_id: str) -> Response:
    """Lead to the comparison that was chosen; else to the last edit."""
    head = find_past(HERE, snippet_id).revision
    old = request.args.get("from", default=max(head - 1, 1), type=int)
    new = request.args.get("to", default=head, type=int)
    if not (1 <= old <= head and 1 <= new <= head):
        abort(404)
    return redirect(url_for("comparing.compare", snippet_id=snippet_id, old=old, new=new), 303)


@comparing.get(TWO)
def compare(snippet_id: str, old: int, new: int) -> str:
    """Show what became of each file between two revisions, of which either may be the newer."""
    snippet, found = _find(snippet_id, old, new)
    is_split, is_all = request.args.get("view") == "split", request.args.get("context") == "all"
    chosen = {"view": "split" if is_split else None, "context": "all" if is_all else None}
    return render_template(
        "compare.html",
        snippet=snippet,
        old=old,
        new=new,
        chosen=chosen,
        here={"snippet_id": snippet_id, "old": old, "new": new},
        files=_compared(found, is_split=is_split, is_all=is_all),
        unchanged=[label(each.new) for each in found if each.kind == "unchanged" and each.new],
    )


@comparing.get(f"{TWO}.diff")
def text(snippet_id: str, old: int, new: int) -> Response:
    """Give the comparison as text for `git apply`."""
    return bare_text(patch(_find(snippet_id, old, new)[1]))


def _find(snippet_id: str, old: int, new: int) -> tuple[Snippet, list[Change]]:
    snippet = find_past(BOTH, snippet_id, old=old, new=new)
    before, after = ([file for file in snippet.files if file.revision == number] for number in (old, new))
    if not (before and after):
        abort(404)
    return snippet, changes(before, after)


def _compared(found: list[Change], *, is_split: bool, is_all: bool) -> list[Compared]:
    room = Room(LINES)
    shown = []
    for change in found:
        if change.kind != "unchanged":
            ops = around(change.difference.ops, None if is_all else CONTEXT) if _has_changes(change) else []
            shown.append((change, *room.take(ops, *change.lines)))
    html = _html([file.id for change, ops, _ in shown if ops for file in (change.old, change.new) if file])
    return [_file(change, ops, html, is_whole, is_split=is_split) for change, ops, is_whole in shown]


def _has_changes(change: Change) -> bool:
    return bool(change.difference.added or change.difference.removed)


def _html(ids: list[int]) -> dict[int, str | None]:
    with site().sessions() as session:
        rows = session.execute(select(File.id, File.html).where(File.id.in_(ids)))
        return {row.id: row.html for row in rows}


def _file(change: Change, ops: list[Op], html: dict[int, str | None], is_whole: bool, *, is_split: bool) -> Compared:
    old, new = (
        Side(side, file, lines, html.get(file.id) if file else None)
        for side, file, lines in zip("ab", (change.old, change.new), change.lines, strict=True)
    )
    for side in (old, new):
        side.cut(ops)
    expand = "?view=split&context=all" if is_split else "?context=all"
    columns = list(two_columns(ops, old, new, expand)) if is_split else [one_column(ops, old, new, expand)]
    names = dict.fromkeys(label(file) for file in (change.old, change.new) if file)
    number = str(change.new.position) if change.new else f"a{change.old.position}" if change.old else ""
    digits = len(str(max(map(len, change.lines))))
    return Compared(change, number, " → ".join(names), columns if ops else [], is_whole, digits)
