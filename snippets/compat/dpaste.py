"""dpaste's doors: POST /api/ as dpaste.org takes it, POST /api/v2/ as dpaste.com."""

from collections.abc import Sequence

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from snippets.compat.bodies import Part, first, parts
from snippets.compat.moments import expiring
from snippets.compat.programs import share_for_program
from snippets.drafts import Draft, DraftFile
from snippets.languages import LANGUAGES, find
from snippets.problems import Problem, answer_problems
from snippets.refused import Refused
from snippets.terms import Terms

dpaste = Blueprint("dpaste", __name__)

LIVES = ("onetime", "3600", "604800", "2592000", "never")
_ITS_OWN = {"_code": "text", "_text": "text", "_markdown": "markdown", "_rst": "rst"}  # how it shows text


def _say(problem: Problem) -> Response:
    status = 400 if problem.status in (413, 422) else problem.status
    return Response(f"{problem.detail}\n", status, problem.headers, mimetype="text/plain")


answer_problems(dpaste, _say)


@dpaste.post("/api")
@dpaste.post("/api/")
def create() -> Response:
    """Share `content`, and answer with the address in quotes, bare, or in JSON: whichever `format` says."""
    fields = parts(request)
    terms = _terms(first(fields, "expires").strip())
    file = _file(fields, first(fields, "lexer"), first(fields, "filename"))
    shared = share_for_program(Draft([file], terms=terms))
    said = first(fields, "format").strip().lower()
    if said == "json":
        [stored] = shared.snippet.files
        response: Response = jsonify(url=shared.address, content=stored.code, lexer=stored.language)
    else:
        response = Response(f"{shared.address}\n" if said == "url" else f'"{shared.address}"', mimetype="text/plain")
    response.headers.extend(shared.headers)
    return response


@dpaste.post("/api/v2")
@dpaste.post("/api/v2/")
def create_v2() -> Response:
    """Share `content` for `expiry_days`, and answer with the address; the text is there with `.txt` after it."""
    fields = parts(request)
    days = first(fields, "expiry_days").strip()
    if days and not (days.isascii() and days.isdecimal() and 0 < int(days[:6]) < 100_000):
        raise Refused("expiry_days must be a whole number of days.", "expiry_days", measured=(None, days[:60]))
    terms = expiring(f"{days} days" if days else "")
    draft = Draft([_file(fields, first(fields, "syntax"), "")], first(fields, "title"), terms)
    shared = share_for_program(draft)
    shared.headers["Location"] = shared.address
    return Response(f"{shared.address}\n", 201, shared.headers, mimetype="text/plain")


def _file(fields: Sequence[Part], lexer: str, filename: str) -> DraftFile:
    """Return `content` in the language that was asked for; in the one that its name tells where none was."""
    name = filename or next((part.filename for part in fields if part.name == "content"), "")
    content = first(fields, "content")
    if not content:
        raise Refused("No content given.", "code")
    lexer = lexer.strip()
    language = _ITS_OWN.get(lexer, lexer)
    if language and not find(language):
        valid = ", ".join((*_ITS_OWN, *LANGUAGES))
        raise Refused(f'Invalid lexer "{lexer[:60]}" given. Valid lexers are: {valid}', "language")
    return DraftFile(content, name, language)


def _terms(expires: str) -> Terms:
    """Return what dpaste's word for a life means; any number of seconds is taken, for one client sends 86000."""
    if expires == "onetime":
        return Terms(burn=True)
    if expires and expires != "never" and not (expires.isascii() and expires.isdecimal()):
        valid = ", ".join(LIVES)
        raise Refused(f'Invalid expire choice "{expires[:60]}" given. Valid values are: {valid}', "expires")
    return expiring(expires)
