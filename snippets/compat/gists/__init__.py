"""GitHub's gists, under each of the three bases that clients use: `/gists`, `/api/gists`, and `/api/v3/gists`.

Every address in an answer begins with the base that was called: Flask resolves `.name` within the blueprint it serves.
"""

from flask import Blueprint

from snippets.compat.gists import account, lists, one, queries, versions
from snippets.compat.gists.base import api, enterprise

__all__ = ["account", "gists", "lists", "one", "queries", "versions"]  # importing them puts their routes on `api`

gists = Blueprint("gists", __name__)
gists.register_blueprint(api, name="bare")
gists.register_blueprint(api, name="api", url_prefix="/api")
gists.register_blueprint(api, name="v3", url_prefix="/api/v3")
gists.register_blueprint(enterprise, url_prefix="/api/v3")
