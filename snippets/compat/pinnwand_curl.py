"""pinnwand's door for curl: `curl -F 'raw=<-' …/curl`."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from snippets.compat.bodies import first, parts
from snippets.compat.moments import expiring
from snippets.compat.plain_text import say
from snippets.compat.programs import share_for_program
from snippets.drafts import Draft, DraftFile
from snippets.languages import find
from snippets.problems import Problem, answer_problems
from snippets.refused import Refused
from snippets.terms import Terms

pinnwand_curl = Blueprint("pinnwand_curl", __name__)


answer_problems(pinnwand_curl, say)


@pinnwand_curl.post("/curl")
def create() -> Response:
    """Share `raw`, and answer with three addresses, the last of which deletes it."""
    fields = parts(request)
    raw, lexer = first(fields, "raw"), first(fields, "lexer")
    if not raw:
        return _invalid("raw")
    if lexer and not find(lexer):
        return _invalid("lexer")
    try:
        terms: Terms = expiring(first(fields, "expiry"))
    except Refused:
        return _invalid("expiry")
    shared = share_for_program(Draft([DraftFile(raw, language=lexer)], terms=terms))
    lines = {"Paste": shared.address, "Raw": shared.raw_address, "Removal": shared.removal_address}
    text = "".join(f"{f'{name} URL:':<13}{address}\n" for name, address in lines.items())
    return Response(text, 200, shared.headers, mimetype="text/plain")


def _invalid(field: str) -> Response:
    return say(Problem(400, "Refused", f"Invalid `{field}` supplied."))
