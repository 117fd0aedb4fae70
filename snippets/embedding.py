"""What other sites show of a snippet: a page for a frame, and the script that puts the frame there."""

from flask import Blueprint, abort, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from snippets.access import find
from snippets.embeds import Choice, Excerpt, excerpts, height
from snippets.errors import said
from snippets.models import Snippet
from snippets.presenters import title_of
from snippets.reading import SNIPPET
from snippets.refused import Refused

embedding = Blueprint("embedding", __name__)

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"


@embedding.get("/<slug:snippet_id>/embed")
def frame(snippet_id: str) -> Response:
    """Show the code alone, to be framed by any page; it needs no script and no cookie."""
    snippet, choice, shown = chosen(snippet_id)
    return _kept(
        render_template("embed.html", snippet=snippet, title=title_of(snippet), theme=choice.theme, shown=shown)
    )


@embedding.get("/<slug:snippet_id>/embed.js")
def script(snippet_id: str) -> Response:
    """Give the script that puts the frame behind itself, as tall as the code."""
    snippet, _, shown = chosen(snippet_id)
    response = _kept(render_template("embed.js", title=title_of(snippet), height=height(shown)))
    response.mimetype = "text/javascript"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def chosen(snippet_id: str) -> tuple[Snippet, Choice, list[Excerpt]]:
    """Return a snippet, what the request's options choose, and that part. Answers 400, 403, 404 with a sentence."""
    snippet = find(SNIPPET, snippet_id)
    if snippet.is_closed:
        abort(403, "This snippet is not for everyone, so other sites cannot show it.")
    try:
        choice = Choice.read(request.args)
        return snippet, choice, excerpts(snippet.files, choice)
    except Refused as refusal:
        abort(refusal.status, refusal.message)


@embedding.after_request
def _may_be_framed(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    return response


@embedding.errorhandler(HTTPException)
def _in_the_frame(error: HTTPException) -> Response:
    """Say in the frame what is wrong: the error page of the site may not be framed."""
    _, sentence = said(error)
    response = make_response(error.get_response())
    response.data = f"{sentence}\n"
    response.mimetype = "text/plain"
    if request.endpoint == "embedding.frame":
        address = url_for("reading.show", snippet_id=(request.view_args or {})["snippet_id"])
        response.data = render_template("embed.html", theme="auto", shown=[], sentence=sentence, address=address)
        response.mimetype = "text/html"
    return response


def _kept(text: str) -> Response:
    """Return a page that caches ask for each time: an edit or the end of a snippet shows at once."""
    response: Response = make_response(text)
    response.cache_control.no_cache = True
    response.add_etag()
    return response.make_conditional(request)
