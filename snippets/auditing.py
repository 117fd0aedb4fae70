"""`/ops/audit`: what operators did, a page at a time."""

from flask import Blueprint, abort, render_template, request, url_for

from snippets.audit import SIZE, entries
from snippets.basic_auth import Door
from snippets.operators import operators_pages
from snippets.site import site


def auditing(door: Door) -> Blueprint:
    """Return the page, behind the door."""
    blueprint = operators_pages(door, "auditing", "/audit")
    blueprint.get("")(show)
    return blueprint


def show() -> str:
    """List the entries, the latest first, from the one before `before`."""
    with site().sessions() as session:
        found = entries(session, before())
    older = url_for("auditing.show", before=found[-1].id) if len(found) == SIZE else None
    return render_template("audit.html", entries=found, older=older)


def before(name: str = "before") -> int | None:
    """Return the id in the address after which a page begins; answers 404 to what is none."""
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        abort(404)
    return int(text)
