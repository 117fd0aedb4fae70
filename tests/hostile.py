"""An HTTP highlighter that misbehaves on purpose, over real sockets: one way of misbehaving per path."""

import gzip
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Self
from urllib.parse import parse_qs

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from snippets.notes import Note
from snippets.settings import Settings

LONG = 30  # seconds: longer than any deadline in a test
KEPT_ALIVE = {
    "honest",
    "honest-in-chunks",
    "honest-with-a-cookie",
    "answers-twice",
    "alters-a-character",
    "tokens-honest",
}
STANDARD_PATHS = {"/": "honest", "/tokens": "tokens-honest"}


def _message(body: str | bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(data) if length is None else length}", *headers, "", ""]
    return "\r\n".join(head).encode() + data


@dataclass(frozen=True)
class Asked:
    """What was posted, and the socket to answer on."""

    connection: socket.socket
    path: str
    headers: str
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        if "application/json" in self.headers:
            return json.loads(self.body)
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}

    @property
    def code(self) -> str:
        return self.fields.get("code") or self.fields.get("content", "")

    def html(self) -> str:
        """What an honest service answers."""
        lexer = get_lexer_by_name(self.fields.get("lang", "python"), stripnl=False)
        return highlight(self.code, lexer, HtmlFormatter())

    def answer(self, body: str | bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> None:
        self.connection.sendall(_message(body, status, *headers, length=length))

    def drip(self, data: bytes, pause: float = 0.05) -> None:
        for byte in data:
            self.connection.sendall(bytes([byte]))
            time.sleep(pause)


@dataclass(frozen=True)
class Behaviour:
    act: Callable[[Asked], None]
    note: Note | None  # what the ladder is to note; None: the answer is good
    dialect: str


_behaviours: dict[str, Behaviour] = {}


def _does(note: Note | None, dialect: str = "pygments") -> Callable[[Callable[[Asked], None]], Callable[[Asked], None]]:
    def register(act: Callable[[Asked], None]) -> Callable[[Asked], None]:
        _behaviours[act.__name__.replace("_", "-")] = Behaviour(act, note, dialect)
        return act

    return register


def _answers(name: str, note: Note | None, change: Callable[[str], str | bytes], dialect: str = "pygments") -> None:
    """Register a service that changes the honest HTML."""
    _behaviours[name] = Behaviour(lambda asked: asked.answer(change(asked.html())), note, dialect)


@_does(None)
def honest(asked: Asked) -> None:
    asked.answer(asked.html())


@_does(None)
def honest_but_slow(asked: Asked) -> None:
    time.sleep(0.2)
    asked.answer(asked.html())


@_does(None)
def honest_in_chunks(asked: Asked) -> None:
    data = asked.html().encode()
    asked.connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for start in range(0, len(data), 100):
        piece = data[start : start + 100]
        asked.connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
    asked.connection.sendall(b"0\r\n\r\n")


@_does(None)
def honest_with_a_cookie(asked: Asked) -> None:
    asked.answer(asked.html(), "200 OK", "Set-Cookie: who=you; Path=/")


@_does(None)
def answers_twice(asked: Asked) -> None:
    """Leave a second answer on the connection, for whoever asks next."""
    asked.connection.sendall(_message(asked.html()) + _message("<pre>yours</pre>" * 1000))


@_does(Note.UNREACHABLE)
def refuses(asked: Asked) -> None:
    raise AssertionError("its port is closed")


@_does(Note.STATUS)
def answers_500(asked: Asked) -> None:
    asked.answer(asked.html(), "500 Internal Server Error")


@_does(Note.STATUS)
def asks_to_wait(asked: Asked) -> None:
    asked.answer("", "503 Service Unavailable", "Retry-After: 3600")


@_does(Note.BROKEN)
def hangs_up(asked: Asked) -> None:
    pass


@_does(Note.BROKEN)
def speaks_no_http(asked: Asked) -> None:
    asked.connection.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n")


@_does(Note.SLOW)
def hangs_before_the_headers(asked: Asked) -> None:
    time.sleep(LONG)


@_does(Note.SLOW)
def hangs_after_the_headers(asked: Asked) -> None:
    asked.answer("", length=100)
    time.sleep(LONG)


@_does(Note.SLOW)
def drips_its_headers(asked: Asked) -> None:
    asked.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Drip: drip\r\n" * 50)


@_does(Note.SLOW)
def drips_one_header(asked: Asked) -> None:
    asked.drip(b"HTTP/1.1 200 OK\r\nX-Drip: " + b"x" * 1000)


@_does(Note.SLOW)
def drips_its_body(asked: Asked) -> None:
    asked.answer("", length=1000)
    asked.drip(b"x" * 1000)


@_does(Note.SLOW)
def drips_and_closes(asked: Asked) -> None:
    asked.connection.sendall(b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n")
    asked.drip(asked.html().encode() * 10)


@_does(Note.SLOW)
def drips_chunks(asked: Asked) -> None:
    asked.connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(100):
        asked.connection.sendall(b"1\r\nx\r\n")
        time.sleep(0.05)


@_does(Note.SLOW)
def says_continue_for_ever(asked: Asked) -> None:
    while True:
        asked.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.02)


@_does(Note.LARGE)
def never_ends(asked: Asked) -> None:
    asked.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    _pour(asked, b"x" * 65536)


@_does(Note.LARGE)
def never_ends_its_headers(asked: Asked) -> None:
    asked.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    _pour(asked, b"HTTP/1.1 100 Continue\r\nX: " + b"x" * 60000 + b"\r\n\r\n")


@_does(Note.BROKEN)
def never_ends_a_chunk_size(asked: Asked) -> None:
    asked.connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    _pour(asked, b"0" * 65536)


@_does(Note.LARGE)
def never_ends_its_trailers(asked: Asked) -> None:
    asked.connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
    _pour(asked, b"X: x\r\n" * 10000)


def _pour(asked: Asked, data: bytes) -> None:
    while True:
        asked.connection.sendall(data)


@_does(Note.ENCODED)
def answers_a_gzip_bomb(asked: Asked) -> None:
    asked.answer(_bomb(), "200 OK", "Content-Encoding: gzip")


@_does(Note.REDIRECTED)
def redirects_with_a_gzip_bomb(asked: Asked) -> None:
    asked.answer(_bomb(), "302 Found", "Location: /redirect-target", "Content-Encoding: gzip")


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(50 * 2**20), compresslevel=6)


@_does(Note.REDIRECTED)
def redirects(asked: Asked) -> None:
    asked.answer("", "307 Temporary Redirect", "Location: /redirect-target")


@_does(None)
def redirect_target(asked: Asked) -> None:
    asked.answer(asked.html())


@_does(Note.BROKEN)
def says_it_is_longer(asked: Asked) -> None:
    html = asked.html()
    asked.answer(html, length=len(html.encode()) + 50)


@_does(Note.GARBLED)
def says_it_is_shorter(asked: Asked) -> None:
    html = asked.html()
    asked.answer(html, length=len(html.encode()) - 50)


@_does(Note.SPANS)
def sends_thousands_of_spans(asked: Asked) -> None:
    asked.answer("<span></span>" * 4500 + asked.html())


@_does(Note.LARGE)
def sends_100_000_spans(asked: Asked) -> None:
    asked.answer("<span></span>" * 100_000 + asked.html())


_answers("answers-nothing", Note.ALTERED, lambda html: "")
_answers("alters-a-character", Note.ALTERED, lambda html: html.replace(">1<", ">2<", 1))
_answers("drops-a-line", Note.ALTERED, lambda html: html.replace("\n", "", 1))
_answers("adds-a-line", Note.ALTERED, lambda html: html.replace("</pre>", "\n</pre>"))
_answers("numbers-the-lines", Note.ALTERED, lambda html: html.replace("<pre>", "<pre>1 "))
_answers("adds-a-zero-width-space", Note.ALTERED, lambda html: html.replace("total", "to\u200btal", 1))
_answers("adds-a-mark-of-direction", Note.ALTERED, lambda html: html.replace("total", "\u202etotal", 1))
_answers("swaps-in-a-look-alike", Note.ALTERED, lambda html: html.replace("total", "tot\u0430l", 1))
_answers("adds-a-tag", Note.GARBLED, lambda html: html.replace("total", "<b>total</b>", 1))
_answers("adds-an-image", Note.GARBLED, lambda html: html.replace("total", "total<img src=x onerror=alert(1)>", 1))
_answers("adds-an-attribute", Note.GARBLED, lambda html: html.replace("<span ", '<span onclick="alert(1)" ', 1))
_answers("adds-an-id", Note.GARBLED, lambda html: html.replace("<span ", '<span id="L1" ', 1))
_answers("adds-a-style", Note.GARBLED, lambda html: html.replace('<span class="k"', '<span style="color: red"', 1))
_answers("adds-a-script", Note.GARBLED, lambda html: html.replace("</pre>", "<script>alert(1)</script></pre>"))
_answers("adds-a-script-after-the-end", Note.GARBLED, lambda html: html + "<script>alert(1)</script>")
_answers("adds-a-comment", Note.GARBLED, lambda html: html.replace("total", "<!-- -->total", 1))
_answers("answers-a-whole-page", Note.GARBLED, lambda html: f"<!doctype html><html><body>{html}</body></html>")
_answers("leaves-a-span-open", Note.GARBLED, lambda html: html.replace("</span>", "", 1))
_answers("closes-a-span-twice", Note.GARBLED, lambda html: html.replace("</span>", "</span></span>", 1))
_answers("nests-a-thousand-deep", Note.GARBLED, lambda html: html.replace("<pre>", "<pre>" + "<span>" * 1000))
_answers("forgets-to-escape", Note.GARBLED, lambda html: html.replace("&lt;", "<"))
_answers("breaks-an-entity", Note.GARBLED, lambda html: html.replace("&lt;", "&lt"))
_answers("is-not-utf-8", Note.GARBLED, lambda html: html.encode("utf-16"))
_answers(
    "uses-the-site's-own-classes", Note.GARBLED, lambda html: re.sub('class="[a-z]', 'class="button danger ', html)
)


def _tokens(name: str, note: Note | None, reply: Callable[[str], object]) -> None:
    def act(asked: Asked) -> None:
        value = reply(asked.code)
        asked.answer(value if isinstance(value, str) else json.dumps(value))

    _behaviours[f"tokens-{name}"] = Behaviour(act, note, "tokens")


def _flat(*tokens: object, classes: object = ("k", "nf"), **more: object) -> dict[str, object]:
    return {"classes": classes, "tokens": tokens, "unit": "utf-16", **more}


_tokens("honest", None, lambda code: _flat(0, 3, 0, 4, 9, 1))
_tokens("of-no-interest", None, lambda code: _flat(0, 3, 1))
_tokens("of-the-site's-own-classes", Note.GARBLED, lambda code: _flat(0, 3, 0, classes=["button danger"]))
_tokens("not-json", Note.GARBLED, lambda code: "{tokens: [0, 3, 0]}")
_tokens("nested-too-deep", Note.GARBLED, lambda code: "[" * 60_000)
_tokens("of-a-long-number", Note.GARBLED, lambda code: "9" * 60_000)
_tokens("not-an-object", Note.GARBLED, lambda code: [0, 3, 0])
_tokens("missing", Note.GARBLED, lambda code: {})
_tokens("in-halves", Note.GARBLED, lambda code: _flat(0, 3))
_tokens("beyond-the-end", Note.GARBLED, lambda code: _flat(0, len(code) + 100, 0))
_tokens("before-the-start", Note.GARBLED, lambda code: _flat(-3, 0, 0))
_tokens("overlapping", Note.GARBLED, lambda code: _flat(0, 5, 0, 4, 9, 1))
_tokens("backwards", Note.GARBLED, lambda code: _flat(3, 0, 0))
_tokens("out-of-order", Note.GARBLED, lambda code: _flat(4, 9, 1, 0, 3, 0))
_tokens("of-no-class", Note.GARBLED, lambda code: _flat(0, 3, 2))
_tokens("of-a-negative-class", Note.GARBLED, lambda code: _flat(0, 3, -1))
_tokens("of-true", Note.GARBLED, lambda code: _flat(0, True, 0))
_tokens("of-fractions", Note.GARBLED, lambda code: _flat(0, 3.0, 0))
_tokens("of-nan", Note.GARBLED, lambda code: _flat(0, float("nan"), 0))
_tokens("of-text", Note.GARBLED, lambda code: _flat(0, "3", 0))
_tokens("of-numbered-classes", Note.GARBLED, lambda code: _flat(0, 3, 0, classes=[1, 2]))
_tokens("in-bytes", Note.GARBLED, lambda code: _flat(0, 3, 0, unit="utf-8"))


class Hostile:
    """The server, for use in a `with`: `url(name)` misbehaves as `name` (one of `names`) says.

    `calls` lists the paths asked for, `asked` all that was; `connections` counts the connections made. `tls`, when
    given, wraps each connection.
    """

    names = tuple(_behaviours)

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls

    def __enter__(self) -> Self:
        self.calls: list[str] = []
        self.asked: list[Asked] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self._closed_port = socket.socket()
        self._closed_port.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._closed_port.close()

    def url(self, name: str) -> str:
        port = (self._closed_port if name == "refuses" else self._listener).getsockname()[1]
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{port}/{name}"

    def dialect(self, name: str) -> str:
        return _behaviours[name].dialect

    def note(self, name: str) -> Note | None:
        """Say what is to be noted of it; None: it only looks bad, or is honest."""
        return _behaviours[name].note

    def settings(self, name: str, **more: object) -> Settings:
        """Return settings that point there, with little patience for what takes too long and much for all else."""
        chosen = {
            "highlighter_url": self.url(name),
            "highlighter_dialect": self.dialect(name),
            "highlighter_deadline": 0.2 if self.note(name) == Note.SLOW else 3.0,
        }
        return Settings(**{**chosen, **more})

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), self._secured(connection) as secured:
            for asked in _requests(secured):
                self.calls.append(asked.path)
                self.asked.append(asked)
                name = STANDARD_PATHS.get(asked.path, asked.path.removeprefix("/"))
                _behaviours[name].act(asked)
                if name not in KEPT_ALIVE:
                    return


def _requests(connection: socket.socket) -> Iterator[Asked]:
    with connection.makefile("rb") as stream:
        while line := stream.readline():
            headers = b"".join(iter(stream.readline, b"\r\n")).decode()
            length = re.search(r"(?im)^content-length: *(\d+)", headers)
            body = stream.read(int(length[1]) if length else 0)
            yield Asked(connection, line.split()[1].decode(), headers, body)
