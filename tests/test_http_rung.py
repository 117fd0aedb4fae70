"""The remote rung over real sockets: bounded in time and bytes whatever the peer does; what it tells, and to whom."""

import socket
import ssl
import subprocess
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import replace

import pytest

from snippets.markup import Runs
from snippets.notes import Note
from snippets.settings import Settings
from workers import connection, http
from workers.failure import HighlighterError

from hostile import Hostile

CODE = "def total(prices):\n    return 1 < 2\n"


@pytest.fixture
def hostile():
    with Hostile() as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*command.split(), *files], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def secure(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with Hostile(tls=context) as server:
        yield server


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setattr(connection.session(), "verify", str(certificate / "cert.pem"))


def colours(settings: Settings, code: str = CODE) -> Runs:
    return http.highlight(code, "python", settings)


def refusal(settings: Settings, code: str = CODE) -> Note:
    with pytest.raises(HighlighterError) as caught:
        colours(settings, code)
    return caught.value.note


def test_the_connection_is_kept_for_the_next_call(hostile):
    for name in ("honest", "honest-in-chunks", "honest", "tokens-honest"):
        assert colours(hostile.settings(name))

    assert hostile.connections == 1


def test_a_forked_process_has_a_session_of_its_own(monkeypatch):
    ours = connection.session()
    monkeypatch.setattr("os.getpid", lambda: 0)

    assert connection.session() is not ours


def test_the_deadline_holds_on_a_kept_connection_too(hostile):
    colours(hostile.settings("honest"))
    started = time.monotonic()

    assert refusal(hostile.settings("drips-its-headers")) == Note.SLOW
    assert time.monotonic() - started < 1
    assert hostile.connections == 1


def test_an_answer_left_over_on_the_connection_is_nobodys(hostile):
    for code in ("def f(): pass", "class A: pass", "if 1: pass"):
        found = colours(hostile.settings("answers-twice"), code)

        assert sum(length for _, length in found) == len(code)


def test_after_a_bad_answer_the_connection_is_not_used_again(hostile):
    assert refusal(hostile.settings("alters-a-character"), "x = 1") == Note.ALTERED
    assert colours(hostile.settings("honest"))

    assert hostile.connections == 2


def test_after_a_call_that_took_too_long_the_next_one_works(hostile):
    assert refusal(hostile.settings("drips-its-body", highlighter_deadline=0.1)) == Note.SLOW

    assert colours(hostile.settings("honest"))


@pytest.mark.parametrize(("dialect", "path"), [("pygments", "/"), ("tokens", "/tokens")])
@pytest.mark.parametrize("given", ["", "/"])
def test_a_url_without_a_path_means_the_dialects_own(hostile, dialect, path, given):
    base = hostile.url("").rstrip("/")

    assert colours(Settings(highlighter_url=base + given, highlighter_dialect=dialect))
    assert hostile.calls == [path]


def test_a_url_with_a_path_is_used_as_it_is(hostile):
    assert colours(Settings(highlighter_url=hostile.url("honest")))
    assert hostile.calls == ["/honest"]


def test_what_the_service_is_told(hostile):
    colours(hostile.settings("honest"), "\ufeff\n\nif x:\n  y\n\n")

    (asked,) = hostile.asked
    assert asked.fields == {"lang": "python", "code": "if x:\n  y"}
    assert "accept-encoding: identity\r\n" in asked.headers.lower()
    assert "authorization" not in asked.headers.lower()


def test_a_cookie_is_not_sent_back(hostile):
    colours(hostile.settings("honest-with-a-cookie"))
    colours(hostile.settings("honest-with-a-cookie"))

    assert "cookie" not in hostile.asked[-1].headers.lower()


def test_the_environment_names_no_proxy(hostile, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, hostile.url("refuses"))

    assert colours(hostile.settings("honest"))


def test_a_reply_may_be_as_large_as_allowed_and_no_larger(hostile, monkeypatch):
    reply = len(b'<div class="highlight"><pre><span></span><span class="n">x</span>\n</pre></div>\n')
    monkeypatch.setattr(http, "BYTES_PER_BYTE", 0)

    monkeypatch.setattr(http, "BYTES_ALLOWED", reply)
    assert colours(hostile.settings("honest"), "x")

    monkeypatch.setattr(http, "BYTES_ALLOWED", reply - 1)
    assert refusal(hostile.settings("honest"), "x") == Note.LARGE


@pytest.mark.parametrize("name", ["never-ends", "never-ends-its-headers", "never-ends-its-trailers"])
def test_no_more_is_read_off_the_wire_than_allowed(hostile, name, monkeypatch):
    read = []
    count = http.Call.count
    monkeypatch.setattr(http.Call, "count", lambda call, size: (read.append(size), count(call, size)))

    assert refusal(hostile.settings(name)) == Note.LARGE
    most = http.BYTES_ALLOWED + http.OVERHEAD + http.BYTES_PER_BYTE * len(CODE)
    assert most < sum(read) < most + 2 * http.PIECE


def test_a_redirects_body_is_not_read(hostile, monkeypatch):
    read = []
    count = http.Call.count
    monkeypatch.setattr(http.Call, "count", lambda call, size: (read.append(size), count(call, size)))

    assert refusal(hostile.settings("redirects-with-a-gzip-bomb")) == Note.REDIRECTED
    assert sum(read) < 20_000


@pytest.mark.drill
def test_a_service_that_never_reads_is_too_slow():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = Settings(highlighter_url=f"http://127.0.0.1:{listener.getsockname()[1]}", highlighter_deadline=0.2)
        started = time.monotonic()

        assert refusal(settings, "x = 1\n" * 1_000_000) == Note.SLOW
        assert time.monotonic() - started < 2


def test_a_service_that_never_accepts_is_not_reached():
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):  # fill its backlog: the next one's SYN is dropped
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        settings = Settings(highlighter_url=f"http://127.0.0.1:{listener.getsockname()[1]}", highlighter_deadline=0.2)
        started = time.monotonic()

        assert refusal(settings) in {Note.UNREACHABLE, Note.SLOW}
        assert time.monotonic() - started < 1


@pytest.mark.parametrize("url", ["http://no-such-host.invalid/", "http://127.0.0.1:1/", "http://.example/"])
def test_an_address_that_leads_nowhere_is_not_reached(url):
    assert refusal(Settings(highlighter_url=url, highlighter_deadline=2.0)) == Note.UNREACHABLE


def test_the_reason_holds_neither_the_text_nor_the_address(hostile):
    for name in ("refuses", "hangs-up", "says-it-is-longer", "alters-a-character", "is-not-utf-8", "adds-a-tag"):
        with pytest.raises(HighlighterError) as caught:
            colours(hostile.settings(name))

        assert "total" not in str(caught.value)
        assert "127.0.0.1" not in str(caught.value)


def test_a_lone_surrogate_is_a_refusal_too(hostile):
    assert refusal(hostile.settings("honest"), "x\ud800") == Note.ALTERED


@pytest.mark.drill
@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    "name",
    ["hangs-before-the-headers", "drips-its-headers", "drips-its-body", "drips-and-closes"],
)
def test_the_deadline_holds_over_tls(secure, name):
    started = time.monotonic()

    assert refusal(secure.settings(name)) == Note.SLOW
    assert time.monotonic() - started < 0.8


@pytest.mark.usefixtures("trusted")
def test_an_honest_service_over_tls_keeps_its_connection(secure):
    assert colours(secure.settings("honest"))
    assert colours(secure.settings("honest"))
    assert secure.connections == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(secure):
    assert refusal(secure.settings("honest")) == Note.UNREACHABLE
    assert secure.calls == []


def test_a_handshake_that_drips_ends_in_time():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sent = []

        def drip():
            peer, _ = listener.accept()
            with peer, suppress(OSError):
                for byte in b"\x16\x03\x03\x40\x00" + bytes(200):  # the start of a long handshake record
                    peer.sendall(bytes([byte]))
                    sent.append(byte)
                    time.sleep(0.03)

        threading.Thread(target=drip, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        started = time.monotonic()

        assert refusal(Settings(highlighter_url=url, highlighter_deadline=0.2)) == Note.SLOW
        assert time.monotonic() - started < 0.8
        assert len(sent) > 3  # it was dripping all the while


@pytest.fixture
def look_ups(monkeypatch):
    """Names that a name server is to tell: what it does for each, and whom it was asked for."""
    real, asked, does = socket.getaddrinfo, [], {}

    def look_up(host, *args, **options):
        asked.append(host)
        return does.get(host, real)(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr("workers.names._book", lambda _pid, book={}: book)
    return asked, does, real


def test_a_name_server_that_hangs_costs_no_more_than_the_deadline(hostile, look_ups):
    asked, does, real = look_ups
    answers = threading.Event()
    does["slow.example"] = lambda host, *args: (answers.wait(20), real("127.0.0.1", *args))[1]
    settings = hostile.settings("honest", highlighter_deadline=0.2)
    slow = replace(settings, highlighter_url=settings.highlighter_url.replace("127.0.0.1", "slow.example"))
    started = time.monotonic()

    assert refusal(slow) in {Note.SLOW, Note.UNREACHABLE}
    assert refusal(slow) in {Note.SLOW, Note.UNREACHABLE}
    assert time.monotonic() - started < 10
    answers.set()
    assert colours(replace(slow, highlighter_deadline=3))

    assert asked.count("slow.example") == 1, "the second call waited for the look-up of the first"


def test_every_address_of_a_name_is_tried(hostile, look_ups):
    _, does, real = look_ups
    does["two.example"] = lambda host, *args: [*real("127.0.0.2", *args), *real("127.0.0.1", *args)]

    assert colours(
        replace(hostile.settings("honest"), highlighter_url=hostile.url("honest").replace("127.0.0.1", "two.example"))
    )


def test_a_name_that_nobody_knows_is_unreachable_and_looked_up_anew(hostile, look_ups):
    asked, does, _ = look_ups
    does["none.example"] = lambda *args: (_ for _ in ()).throw(socket.gaierror("unknown"))
    unknown = Settings(highlighter_url="http://none.example/")

    assert [refusal(unknown), refusal(unknown)] == [Note.UNREACHABLE] * 2
    assert asked.count("none.example") == 2
