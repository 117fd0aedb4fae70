"""pinnwand's door, which steck and bpython know: /api/v1/paste in JSON."""

import json
from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from snippets.compat.moments import expiring
from snippets.compat.programs import find_by_key, share_for_program
from snippets.drafts import Draft, DraftFile
from snippets.expiry import allowed
from snippets.forms import decoded, whole_body
from snippets.languages import LANGUAGES, find
from snippets.problems import Problem, answer_problems
from snippets.refused import Refused
from snippets.site import site

pinnwand = Blueprint("pinnwand", __name__, url_prefix="/api/v1")

EXPIRIES = {
    "10m": "10min",
    "1h": "1hour",
    "1d": "1day",
    "1w": "1week",
    "30d": "30days",
    "1y": "1year",
    "never": "never",
}


def _say(problem: Problem) -> Response:
    status = 400 if problem.status == 422 else problem.status
    response: Response = jsonify(state="error", code=status, message=problem.detail)
    response.status_code = status
    response.headers.extend(problem.headers)
    return response


answer_problems(pinnwand, _say)


@pinnwand.post("/paste")
def create() -> Response:
    """Share some files, and answer with the address of the page, and one that deletes them."""
    given = _object(_json(decoded(whole_body(request), "The body")), "the body")
    files = given.get("files")
    if not isinstance(files, list) or not files:
        raise Refused("files must be a list of at least one file", "files")
    draft = Draft([_file(each) for each in files], terms=expiring(_string(given, "expiry")))
    shared = share_for_program(draft)
    response: Response = jsonify(link=shared.address, removal=shared.removal_address)
    response.headers.extend(shared.headers)
    return response


@pinnwand.get("/paste/<key>")
def detail(key: str) -> Response:
    """Give the files of a snippet."""
    files = find_by_key(key).files
    answer: Response = jsonify(
        files=[{"name": file.name, "lexer": file.language, "content": file.code} for file in files]
    )
    return answer


@pinnwand.get("/lexer")
def lexers() -> dict[str, str]:
    """Give every language, by its alias."""
    return {language.alias: language.name for language in LANGUAGES.values()}


@pinnwand.get("/expiry")
def expiries() -> dict[str, str]:
    """Give the lives that a snippet may have here, by the names that pinnwand would give them."""
    choices = allowed(site().settings.expiry_max)
    return {EXPIRIES[name]: str(life) if life else "never" for name, (_, life) in choices.items()}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("could not parse json body") from None


def _file(given: Any) -> DraftFile:
    file = _object(given, "a file")
    lexer = _string(file, "lexer")
    if lexer and not find(lexer):
        raise Refused("invalid lexer", "language")
    return DraftFile(_string(file, "content"), _string(file, "name"), lexer)


def _object(given: Any, what: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Refused(f"{what} must be a JSON object")
    return given


def _string(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str | None):
        raise Refused(f"{name} must be a string", name)
    return value or ""
