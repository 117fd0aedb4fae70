"""haste's door: POST /documents, and what its clients then read."""

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from snippets.compat.bodies import MULTIPART, parts
from snippets.compat.programs import find_by_key, share_for_program
from snippets.drafts import Draft, DraftFile
from snippets.forms import decoded, whole_body
from snippets.models import Snippet
from snippets.problems import Problem, answer_problems
from snippets.reading import as_text

haste = Blueprint("haste", __name__)

_ITS_WORDS = {
    404: (404, "Document not found."),
    410: (404, "Document not found."),
    413: (400, "Document exceeds maximum length."),
}


def _say(problem: Problem) -> Response:
    status, message = _ITS_WORDS.get(problem.status, (problem.status, problem.detail))
    response: Response = jsonify(message=message)
    response.status_code = status
    response.headers.extend(problem.headers)
    return response


answer_problems(haste, _say)


@haste.post("/documents")
def create() -> Response:
    """Share the whole body, whatever its type says, or the field `data` of a multipart form."""
    if request.mimetype == MULTIPART:
        contents = [part.content for part in parts(request) if part.name == "data"]
        text = decoded(b"".join(contents[:1]))
    else:
        text = decoded(whole_body(request))
    shared = share_for_program(Draft([DraftFile(text)]))
    response: Response = jsonify(key=shared.snippet.id)
    response.headers.extend(shared.headers)
    return response


@haste.get("/documents/<key>")
def document(key: str) -> Response:
    """Give the text of a snippet, and its key."""
    snippet = find_by_key(key)
    response: Response = jsonify(data=_text(snippet), key=snippet.id)
    return response


@haste.get("/raw/<key>")
def raw(key: str) -> Response:
    """Give the text of a snippet."""
    return as_text(find_by_key(key))


def _text(snippet: Snippet) -> str:
    return as_text(snippet).get_data(as_text=True)
