"""What a page weighs is what goes over the wire, compressed or not as the server has it."""

import gzip
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from werkzeug.serving import make_server

from bench.weight import wire

TEXT = b"the same again and again " * 400
PACKED = gzip.compress(TEXT)


@contextmanager
def server(answer: Callable[[str], tuple[str, dict[str, str], bytes]]) -> Iterator[str]:
    """A server that answers by what a client accepts."""

    def app(environ, start_response) -> Iterable[bytes]:
        status, headers, body = answer(environ.get("HTTP_ACCEPT_ENCODING", ""))
        start_response(status, list(headers.items()))
        return [body]

    serving = make_server("127.0.0.1", 0, app)
    thread = Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}/"
    serving.shutdown()
    thread.join()
    serving.server_close()


def test_a_compressed_body_weighs_what_was_sent_of_it():
    with server(lambda accepted: ("200 OK", {"Content-Encoding": "gzip"}, PACKED) if accepted == "gzip"
                else ("200 OK", {}, TEXT)) as url:  # fmt: skip
        assert (wire(url), wire(url, "identity")) == (len(PACKED), len(TEXT))


def test_a_body_that_is_served_plain_weighs_all_of_it():
    with server(lambda accepted: ("200 OK", {}, TEXT)) as url:
        assert wire(url) == len(TEXT)


def test_a_page_that_is_not_there_weighs_nothing_that_counts():
    with server(lambda accepted: ("404 Not Found", {}, b"none")) as url, pytest.raises(RuntimeError, match="404"):
        wire(url)
