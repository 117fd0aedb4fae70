"""Static files under an address that holds the digest of them all: cached for a year, never stale.

One digest for the whole folder lets the modules import each other by relative names.
"""

import hashlib
from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory

from snippets.settings import ROOT
from snippets.themes import stylesheet

FOLDER = ROOT / "static"
YEAR = 365 * 86400


def assets(folder: Path = FOLDER) -> Blueprint:
    """Return the blueprint of the static files and the template function `asset(name)` that gives their address."""
    theme = stylesheet()
    digest = _digest(folder, theme)
    blueprint = Blueprint("assets", __name__, url_prefix="/static")

    @blueprint.get("/<version>/<path:name>")
    def static(version: str, name: str) -> Response:
        if version != digest:  # after an upgrade, an old page may ask; a wrong file would be cached under its name
            abort(404)
        made = name == "theme.css"
        response = Response(theme, mimetype="text/css") if made else send_from_directory(folder, name)
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = YEAR
        response.cache_control.immutable = True
        return response

    @blueprint.app_template_global()
    def asset(name: str) -> str:
        return f"/static/{digest}/{name}"

    return blueprint


def _digest(folder: Path, theme: str) -> str:
    digest = hashlib.sha256(theme.encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
