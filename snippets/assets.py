"""Static files under an address that holds the digest of them all: cached for a year, never stale.

One digest for the whole folder lets the modules import each other by relative names. Style sheets and scripts are
served without their comments and their layout.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, request
from rcssmin import cssmin
from rjsmin import jsmin

from snippets.kept_bytes import takes_gzip
from snippets.language_choice import options
from snippets.settings import ROOT
from snippets.theme_pairs import CALM, THEMES
from snippets.themes import stylesheet

FOLDER = ROOT / "static"
KEYS = ROOT / "templates" / "_keys.html"  # a page asks for them when they are to be shown
YEAR = 365 * 86400
WORTH = 0.9  # times its size: what gzip leaves of a file that is sent as gzip, at most


def assets(folder: Path = FOLDER) -> Blueprint:
    """Return the blueprint of the static files, and with it two names for templates.

    `asset(name)` gives a file's address, `themes` is the names of those that may be chosen instead of CALM.
    """
    files = _files(folder)
    digest = _digest(files)
    blueprint = Blueprint("assets", __name__, url_prefix="/static")

    @blueprint.get("/<version>/<path:name>")
    def static(version: str, name: str) -> Response:
        if version != digest or name not in files:  # an old page may ask; a wrong file would be cached under its name
            abort(404)
        packed = _packed(files[name]) if takes_gzip(request.headers.get("Accept-Encoding", "")) else None
        response = Response(packed or files[name], mimetype=mimetypes.guess_type(name)[0])
        response.vary.add("Accept-Encoding")
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        response.cache_control.public = True
        response.cache_control.max_age = YEAR
        response.cache_control.immutable = True
        return response

    more = " ".join(name.capitalize() for name in THEMES if name != CALM)
    blueprint.record(lambda state: _name(state.app.jinja_env.globals, digest, more))
    return blueprint


def _name(names: MutableMapping[str, Any], digest: str, themes: str) -> None:
    names.update(asset=lambda name: f"{names['root']}/static/{digest}/{name}", themes=themes)


@cache  # they are made once for however many sites a process holds
def _files(folder: Path) -> dict[str, bytes]:
    files = {path.relative_to(folder).as_posix(): _served(path) for path in folder.rglob("*") if path.is_file()}
    sheets = {f"theme-{name}.css": stylesheet(theme).encode() for name, theme in THEMES.items()}
    made = {"theme.css": sheets[f"theme-{CALM}.css"], "languages.html": options().encode()}
    made["keys.html"] = KEYS.read_bytes()
    return files | sheets | made


@cache
def _packed(content: bytes) -> bytes | None:
    """Return a file as gzip, where that is worth it: it is not for pictures."""
    packed = gzip.compress(content, 9, mtime=0)
    return packed if len(packed) < WORTH * len(content) else None


def _served(path: Path) -> bytes:
    content = path.read_bytes()
    minify = {".css": cssmin, ".js": jsmin}.get(path.suffix)
    return minify(content.decode()).encode() if minify else content


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:12]
