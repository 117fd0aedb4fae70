"""What clients of gists ask besides: who they are, what the server is, stars and comments."""

from typing import NoReturn

from flask import abort, jsonify, request
from werkzeug.wrappers import Response

from snippets.access import find
from snippets.compat.gists.base import api, enterprise, own_login, owner_hashes
from snippets.compat.gists.objects import ANONYMOUS, person
from snippets.history import HERE

ANY = ("GET", "POST", "PUT", "PATCH", "DELETE")


@api.get("/user")
def user() -> Response:
    """Say who the caller is."""
    return jsonify(person(own_login()) | {"name": None})


@api.get("/users/<login>", endpoint="person")
def of_login(login: str) -> Response:
    """Say who somebody is: the caller, or nobody."""
    if login not in (ANONYMOUS, own_login()):
        abort(404)
    return jsonify(person(login))


@api.get("/rate_limit")
def rate_limit() -> NoReturn:
    """Say that calls are not counted, as a GitHub server says that does not either; creating too much is refused."""
    abort(404, "Rate limiting is not enabled.")


@api.route("/gists/<slug:gist_id>/star", methods=["GET", "PUT", "DELETE"])
def star(gist_id: str) -> tuple[str, int]:
    """Take a star, and say that there is none.

    Nobody here marks what others shared, so nothing is kept. A client that stars by habit is not stopped by that
    (204), and one that asks is told the truth (404).
    """
    owner_hashes()
    find(HERE, gist_id, unseal=True)
    if request.method == "GET":
        abort(404)
    return "", 204


@api.get("/gists/<slug:gist_id>/comments")
def comments(gist_id: str) -> Response:
    """List the comments, of which there are none."""
    find(HERE, gist_id, unseal=True)
    return jsonify([])


@api.route("/gists/<path:rest>", methods=ANY)
@enterprise.route("/<path:rest>", methods=ANY)
def nothing(**_: str) -> NoReturn:
    """Answer what is not offered, and what can be no id here, in the format of what is."""
    abort(404)


@enterprise.get("/")
def root() -> Response:
    """Say what is here: a client that is logging in asks for this, and looks at the status alone."""
    here = request.base_url.rstrip("/")
    names = {"current_user": "user", "gists": "gists{/gist_id}", "public_gists": "gists/public"}
    return jsonify({f"{name}_url": f"{here}/{path}" for name, path in names.items()})
