"""Sentry's end of the wire: a local HTTP server that keeps every byte it is sent."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SentryEnd:
    """Receives envelopes; one that hangs takes them and never answers."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.paths: list[str] = []
        self.received = b""
        self.events: list[dict] = []
        self._let_go = threading.Event()
        if not hangs:
            self._let_go.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.dsn = f"http://public@127.0.0.1:{self._server.server_port}/1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        self._let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, path: str, headers: str, body: bytes) -> None:
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.paths.append(path)
        self.received += headers.encode() + body
        lines = body.split(b"\n")  # a header of the envelope, then a header and a payload for each item
        for header, payload in zip(lines[1::2], lines[2::2], strict=False):
            if json.loads(header)["type"] == "event":
                self.events.append(json.loads(payload))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        end = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                end._take(self.path, str(self.headers), body)
                end._let_go.wait(60)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args: object) -> None:
                pass

        return Handler
