"""The pages on which people find what others have made public: the newest, by tag, by language, by what is in it."""

import re
from typing import Any

from flask import Blueprint, abort, g, render_template, request, url_for

from snippets import rows, search
from snippets.languages import LANGUAGES
from snippets.query import LONGEST, Query, parse
from snippets.refused import Refused
from snippets.rows import Row
from snippets.site import site
from snippets.tags import most_used
from snippets.time_limits import TookTooLong

finding = Blueprint("finding", __name__)

TOO_SLOW = "That search takes too long: add a longer word, or one that fewer snippets have."


@finding.get("/recent")
def recent() -> str:
    """List what is public, newest first."""
    return _page(Query(), heading="Recent", feed=url_for("feeds.recent"))


@finding.get("/tag/<tag>")
def tag(tag: str) -> str:
    """List what has a tag."""
    return _page(Query(labels=(f"tag:{tag}",)), heading=f"#{tag}", tag=tag, feed=url_for("feeds.tag", tag=tag))


@finding.get("/language/<alias>")
def language(alias: str) -> str:
    """List what has a file in a language."""
    if alias not in LANGUAGES:
        abort(404, "No language here is called that.")
    return _page(Query(labels=(f"language:{alias}",)), heading=LANGUAGES[alias].name, language=alias)


@finding.get("/tags")
def tags() -> str:
    """List the tags and the languages that are used most."""
    with site().sessions() as session:
        used = {kind: most_used(session, kind) for kind in ("tag", "language")}
    g.may_be_found = True
    return render_template("tags.html", tags=used["tag"], languages=used["language"], name_of=rows.language_name)


@finding.get("/search")
def find() -> str | tuple[str, int]:
    """List what holds all that is asked for; say what to ask for instead where that cannot be answered."""
    text = request.args.get("q", "").strip()
    what: dict[str, Any] = {"text": text[: LONGEST + 1], "found": [], "older": None, "error": None}
    if not text:
        return render_template("search.html", **what)
    try:
        what["found"], what["older"] = _found(parse(text), q=text)
    except Refused as refusal:
        return render_template("search.html", **what | {"error": refusal.message}), refusal.status
    except TookTooLong:
        return render_template("search.html", **what | {"error": TOO_SLOW}), 503
    return render_template("search.html", **what)


def _page(query: Query, **what: str) -> str:
    found, older = _found(query)
    g.may_be_found = bool(found)
    nothing = {"feed": None, "tag": None, "language": None}
    return render_template("list.html", found=found, older=older, **nothing | what)


def _found(query: Query, **arguments: str) -> tuple[list[Row], str | None]:
    """Return a page of what a query finds, and the address of the next one. Raises TookTooLong."""
    before = request.args.get("before")
    if before and not re.fullmatch(r"[0-9]{1,18}", before):
        abort(404)
    with site().sessions() as session:
        ids = search.matches(session, query, int(before) if before else None)
        found = rows.load(session, ids[: search.SIZE])
    if len(ids) <= search.SIZE:
        return found, None
    place = (request.view_args or {}) | arguments | {"before": ids[search.SIZE - 1]}
    return found, url_for(request.endpoint or "", **place)
