"""What all calls about gists have in common: the caller's token, and errors in GitHub's words."""

from flask import Blueprint, jsonify, request
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from snippets.models import hash_secret
from snippets.owners import SECRET, presented
from snippets.problems import Problem, answer_problems
from snippets.site import site

api = Blueprint("gists", __name__)
enterprise = Blueprint("enterprise", __name__)  # what is asked for under /api/v3 alone: at / there is the site itself

BAD_TOKEN = "Bad credentials"  # noqa: S105 — GitHub's words
NO_TOKEN = "Requires authentication"  # noqa: S105


@api.before_request
def refuse_bad_token() -> None:
    """Answer 401 to a token that is no secret: taken for none, it would look as if it had worked."""
    secret = presented(request)
    if secret is not None and not SECRET.fullmatch(secret):
        raise Unauthorized(BAD_TOKEN)


@api.after_request
def tell_caches(response: Response) -> Response:
    """Let caches ask each time, for each caller."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.vary.update(("Authorization", "X-Token", "Cookie"))
    return response


def owner_hashes() -> list[str]:
    """Return what is stored of the caller's secrets; answers 401 where there is none."""
    if hashes := site().owners.hashes(request):
        return hashes
    raise Unauthorized(NO_TOKEN)


def own_login() -> str:
    """Return the caller's login: a pseudonym of the secret. Answers 401 where there is none.

    It is told to nobody else, so that nobody learns which snippets one person shared; see objects.owner.
    """
    return f"owner-{hash_secret(f'login {owner_hashes()[0]}')[:12]}"


def answer(problem: Problem) -> Response:
    """Tell a problem as GitHub does: clients compare its statuses and some of its words."""
    told: dict[str, object] = {"message": problem.detail}
    status = problem.status
    if status in (404, 410):  # a client that deletes asks whether it is gone, and expects 404
        status, told = 404, {"message": "Not Found", "detail": problem.detail}
    elif status == 422:
        field = {"title": "description"}.get(problem.where or "files", (problem.where or "files").split(".", 1)[0])
        error = {"resource": "Gist", "field": field, "code": "custom", "message": problem.detail}
        told = {"message": "Validation Failed", "errors": [error]}
    response: Response = jsonify(told | {"status": str(status)})
    response.status_code = status
    response.headers.extend(problem.headers)
    return response


answer_problems(api, answer)
answer_problems(enterprise, answer)
