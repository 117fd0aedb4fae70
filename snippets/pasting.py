"""The pages on which people paste."""

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from snippets import languages
from snippets.api.snippets import create_at_the_door
from snippets.compat import plain_text
from snippets.creating import share
from snippets.drafts import Draft
from snippets.editor import editor
from snippets.forks import parent_id
from snippets.forms import Form, is_form
from snippets.human import size
from snippets.owners import set_cookie
from snippets.refused import Refused
from snippets.site import site

pasting = Blueprint("pasting", __name__)


@pasting.get("/")
def new() -> str:
    """Show an empty form."""
    return editor(Draft())


@pasting.post("/")
def create() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Save first, enqueue then: the answer never waits for a highlighter."""
    if request.mimetype == "application/json":
        return create_at_the_door()
    if not is_form(request):
        return plain_text.create()
    form = Form(request)
    if form.add or form.remove:
        return editor(form.edited(), form.draft.refusal, parent=form.parent), 200
    owner_hash, cookie = site().owners.ensure(request)
    try:
        snippet = share(form.draft, owner_hash, parent_id(form.parent))
    except Refused as refusal:
        return editor(form.draft, refusal, parent=form.parent), refusal.status, refusal.headers
    response = redirect(url_for("reading.show", snippet_id=snippet.id), 303)
    if cookie:
        set_cookie(response, cookie, path=url_for("pasting.new"), secure=request.is_secure)
    return response


@pasting.get("/languages")
def language() -> Response:
    """Say which language a file name stands for, as the server itself would decide."""
    found = languages.LANGUAGES.get(languages.by_filename(request.args.get("name", "").rsplit("/", 1)[-1][:255]) or "")
    response = jsonify(alias=found and found.alias, name=found and found.name)
    response.cache_control.max_age = 3600
    return response


@pasting.get("/about")
def about() -> str:
    """Say what the site is, what it takes, and how to use it from a shell."""
    settings = site().settings
    return render_template(
        "about.html",
        max_size=size(settings.max_snippet_bytes),
        max_files=settings.max_files,
        keep_networks=settings.keep_networks,
        contact=settings.contact,
        base_url=request.url_root,
    )
