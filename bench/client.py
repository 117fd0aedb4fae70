"""One visitor: a single connection that is kept alive."""

import json
import time
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import requests

from bench.inputs import NAME

PATIENCE = 60  # seconds


def form(code: str) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of a paste as the page's form sends it: multipart, with CR LF."""
    fields = {"code": (None, code.replace("\n", "\r\n")), "name": (None, NAME)}
    made = requests.Request("POST", "http://localhost", files=fields).prepare()
    assert isinstance(made.body, bytes)
    return made.body, {"Content-Type": str(made.headers["Content-Type"])}


class Client:
    """Pastes, and asks for colours."""

    def __init__(self, url: str) -> None:
        """Connect at the first request."""
        parts = urlsplit(url)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def paste(self, body: bytes, headers: dict[str, str]) -> str:
        """Post a form, and return the path of the new page."""
        answer, _ = self._ask("POST", "/", body, headers)
        if answer.status != 303:
            raise RuntimeError(f"not pasted: {answer.status}")
        return str(answer.headers["Location"])

    def wait_for_colours(self, page: str, every: float = 0.002) -> None:
        """Ask for the status each `every` seconds until the first file is highlighted. Raises when it never is."""
        deadline = time.monotonic() + PATIENCE
        while (state := self._state(page)) != "highlighted":
            if state == "plain" or time.monotonic() > deadline:
                raise RuntimeError(f"{page} is {state}")
            time.sleep(every)

    def _state(self, page: str) -> str:
        _, body = self._ask("GET", f"{page}/files/1", None, {"Accept": "application/json"})
        return str(json.loads(body)["state"])

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[HTTPResponse, bytes]:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer, answer.read()
