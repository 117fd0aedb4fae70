"""A site that speaks the API as its clients know it, over a real socket, and misbehaves where a test tells it to."""

import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result
from werkzeug import Request, Response
from werkzeug.exceptions import Conflict, Forbidden, Gone, HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.serving import make_server

from snip.command_line import snip as command
from snippets.settings import ROOT

ROUTES = {
    "create": ("POST", "/snippets"),
    "listed": ("GET", "/snippets"),
    "read": ("GET", "/snippets/<snippet_id>"),
    "change": ("PATCH", "/snippets/<snippet_id>"),
    "delete": ("DELETE", "/snippets/<snippet_id>"),
    "open": ("POST", "/snippets/<snippet_id>/open"),
    "runs": ("GET", "/snippets/<snippet_id>/files/<int:number>/runs"),
    "search": ("GET", "/search"),
    "limits": ("GET", "/limits"),
}
FIELDS = {"files", "title", "visibility", "tags", "expires", "burn", "password"}


@dataclass
class Site:
    """What it holds, what it was asked, and what to answer instead of the truth."""

    url: str = ""
    snippets: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    instead: list[Response] = field(default_factory=list)  # each once
    pending: int = 0  # questions for colours to be put off
    max_bytes: int = 1024 * 1024
    _keys: dict[str, str] = field(default_factory=dict)

    def __call__(self, environ, start_response):
        request = Request(environ)
        request.get_data()
        self.asked.append(request)
        return self._answer(request)(environ, start_response)

    def holds(self, code: str, **fields: Any) -> str:
        """Put a snippet there, which nobody owns; return its id."""
        snippet = self._keep({"files": [{"code": code}], **fields}, owner=fields.pop("owner", None))
        return snippet["id"]

    @property
    def secret(self) -> str:
        """The last secret that was sent."""
        return self.asked[-1].headers["Authorization"].removeprefix("Bearer ")

    def _answer(self, request: Request) -> Response:
        if self.instead:
            return self.instead.pop(0)
        adapter = Map(
            [Rule(f"/api/v1{path}", methods=[method], endpoint=name) for name, (method, path) in ROUTES.items()]
        )
        try:
            name, values = adapter.bind_to_environ(request.environ).match()
            data = getattr(self, f"_{name}")(request, **values)
        except HTTPException as error:
            problem = {"title": error.name, "status": error.code, "detail": error.description}
            return Response(json.dumps(problem), error.code, content_type="application/problem+json")
        status, headers = 200, {}
        if isinstance(data, tuple):
            data, status, headers = data
        return Response(json.dumps(data) if data is not None else "", status, headers, content_type="application/json")

    def _create(self, request: Request):
        assert set(request.json) <= FIELDS
        key = request.headers.get("Idempotency-Key", "")
        if key not in self._keys:
            self._keys[key] = self._keep(request.json, request.authorization.token)["id"]
        return self._seen(self._keys[key], request), 201, {}

    def _keep(self, body: dict[str, Any], owner: str | None) -> dict[str, Any]:
        snippet_id = secrets.token_urlsafe(8).replace("-", "_")
        self.snippets[snippet_id] = {"id": snippet_id, "owner": owner, "revision": 1, **body}
        return self.snippets[snippet_id]

    def _seen(self, snippet_id: str, request: Request | None = None) -> dict[str, Any]:
        kept = self.snippets[snippet_id]
        token = request.authorization.token if request and request.authorization else None
        files = [
            {
                "number": number,
                "name": file.get("name"),
                "language": file.get("language") or "text",
                "size": len(file["code"].encode()),
                "code": file["code"],
            }
            for number, file in enumerate(kept["files"], 1)
        ]
        return {
            "id": snippet_id,
            "url": f"{self.url}/{snippet_id}",
            "title": kept.get("title"),
            "visibility": kept.get("visibility", "unlisted"),
            "tags": kept.get("tags", []),
            "burn": kept.get("burn", False),
            "has_password": bool(kept.get("password")),
            "revision": kept["revision"],
            "created_at": "2030-01-02T03:04:05+00:00",
            "is_owner": token is not None and token == kept["owner"],
            "files": files,
        }

    def _find(self, request: Request, snippet_id: str) -> dict[str, Any]:
        if snippet_id not in self.snippets:
            raise NotFound("There is no such snippet.")
        seen = self._seen(snippet_id, request)
        password = self.snippets[snippet_id].get("password")
        if (
            password
            and not seen["is_owner"]
            and unquote(request.headers.get("X-Password", "").removeprefix("UTF-8''")) != password
        ):
            raise Forbidden("A password protects this snippet.")
        return seen

    def _read(self, request: Request, snippet_id: str):
        seen = self._find(request, snippet_id)
        if seen["burn"]:
            raise Forbidden("This snippet can be read once only, and reading deletes it: open its page to do so.")
        return seen

    def _open(self, request: Request, snippet_id: str):
        seen = self._find(request, snippet_id)
        del self.snippets[snippet_id]
        return seen

    def _change(self, request: Request, snippet_id: str):
        if request.json["revision"] != self._find(request, snippet_id)["revision"]:
            raise Conflict("Somebody has changed it meanwhile.")
        self.snippets[snippet_id] |= {"files": request.json["files"], "revision": request.json["revision"] + 1}
        return self._seen(snippet_id, request)

    def _delete(self, request: Request, snippet_id: str):
        if snippet_id in self.snippets and not self._seen(snippet_id, request)["is_owner"]:
            raise Forbidden("This snippet is not yours.")
        if not self.snippets.pop(snippet_id, None):
            raise Gone("It was deleted.")
        return None, 204, {}

    def _runs(self, request: Request, snippet_id: str, number: int):
        code = self._find(request, snippet_id)["files"][number - 1]["code"]
        if self.pending:
            self.pending -= 1
            return {"status": {"state": "queued"}, "runs": []}, 202, {"Retry-After": "0"}
        return {"status": {"state": "highlighted"}, "runs": [["k", 2], ["", len(code) - 2]]}

    def _listed(self, request: Request):
        token = request.authorization.token if request.authorization else None
        return self._page(request, [key for key, each in self.snippets.items() if each["owner"] == token])

    def _search(self, request: Request):
        words = request.args["q"].split()
        return self._page(
            request,
            [key for key, each in self.snippets.items() if all(word in each["files"][0]["code"] for word in words)],
        )

    def _page(self, request: Request, ids: list[str]):
        ids.reverse()
        first = ids.index(request.args["before"]) + 1 if "before" in request.args else 0
        last = first + int(request.args["limit"])
        shown = [{**self._seen(each), "files": [{"number": 1, "name": None}]} for each in ids[first:last]]
        return {"snippets": shown, "next": ids[last - 1] if last < len(ids) else None}

    def _limits(self, request: Request):
        return {"max_bytes": self.max_bytes, "max_files": 100}


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve a site from this process."""
    server = make_server("127.0.0.1", 0, site, threaded=True)
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


class Snip:
    """The command line: in this process, or in one of its own where the process matters."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.config = folder / "work", folder / "config" / "snip"
        self.folder.mkdir()
        monkeypatch.chdir(self.folder)
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))

    def __call__(self, *words: str, stdin: str | bytes = "") -> Result:
        return CliRunner().invoke(command, list(words), input=stdin, prog_name="snip", catch_exceptions=False)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def process(self, *words: str, **options: Any) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "cli/src"), "TERM": "xterm"}
        return subprocess.Popen([sys.executable, "-m", "snip", *words], env=environment, **options)
