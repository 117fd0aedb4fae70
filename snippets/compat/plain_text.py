"""The door for curl and its like: text in, an address out; DELETE takes it away again."""

from flask import Blueprint, Request, abort, request
from werkzeug.wrappers import Response

from snippets.access import find, owns
from snippets.compat.bodies import MULTIPART, Part, parts
from snippets.compat.options import Options, options
from snippets.compat.programs import share_for_program
from snippets.drafts import Draft, DraftFile
from snippets.forms import decoded, is_encoded, whole_body
from snippets.owning import remove
from snippets.problems import Problem, answer_problems, of_refusal
from snippets.reading import SNIPPET
from snippets.refused import Refused

plain_text = Blueprint("plain_text", __name__)

TEXTS = ("file", "f", "c", "raw", "content", "code", "data", "sprunge", "f:1", "text")  # fields, by their precedence
URLENCODED_TEXTS = frozenset({"content", "code", "raw", "sprunge", "text"})  # others may begin a text that looks so


def create(name: str = "") -> Response:
    """Share what a program posted, and answer with the address alone; a name in the request goes before `name`."""
    try:
        shared = share_for_program(_draft(request, name))
    except Refused as refusal:
        return say(of_refusal(refusal))
    shared.headers["Location"] = shared.address
    return Response(f"{shared.address}\n", 201, shared.headers, mimetype="text/plain")


def say(problem: Problem) -> Response:
    """Answer with one line of text."""
    return Response(f"{problem.detail}\n", problem.status, problem.headers, mimetype="text/plain")


answer_problems(plain_text, say)


@plain_text.put("/")
def put() -> Response:
    """Share the body, as `curl -T -` sends it."""
    return create()


@plain_text.put("/<name>")
def put_named(name: str) -> Response:
    """Share the body under a name, as `curl -T` sends it."""
    if "\ufffd" in name:  # werkzeug's, for what was not UTF-8
        return say(Problem(400, "Bad request", "The name in the address is not UTF-8."))
    return create(name)


@plain_text.delete("/<slug:snippet_id>")
def delete(snippet_id: str) -> Response:
    """Delete a snippet for who holds its owner's secret."""
    snippet = find(SNIPPET, snippet_id, unseal=True)
    if not owns(snippet):
        abort(403, "Only who shared this snippet can delete it: send the secret that came with it as X-Token.")
    remove(snippet)
    return Response("Deleted.\n", mimetype="text/plain")


def _draft(request: Request, name: str) -> Draft:
    is_form = request.mimetype == MULTIPART or is_encoded(request, URLENCODED_TEXTS)
    fields = parts(request) if is_form and request.method == "POST" else []
    asked = options(request, fields)
    if fields or request.mimetype == MULTIPART:
        files = _files(fields, asked)
    else:
        files = [
            DraftFile(decoded(whole_body(request), asked.filename or name), asked.filename or name, asked.language)
        ]
    return Draft(files, asked.title, asked.terms)


def _files(fields: list[Part], asked: Options) -> list[DraftFile]:
    """Return all the fields of the first name that is known for a text: `-F f=@a.py -F f=@b.py` is two files."""
    for known in TEXTS:
        if texts := [part for part in fields if part.name == known and part.content]:
            break
    else:
        raise Refused(f"There is nothing to share: send the text in a field called {', '.join(TEXTS[:-1])} or text.")
    names = [asked.filename or texts[0].filename, *(part.filename for part in texts[1:])]
    return [
        DraftFile(decoded(part.content, name or part.name, number), name, asked.language)
        for number, (part, name) in enumerate(zip(texts, names, strict=True), start=1)
    ]
