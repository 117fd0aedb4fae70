"""highlighter.py as a process of its own, spoken to by real HTTP; and its tokens for any text at all."""

import html
import io
import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.token import STANDARD_TYPES

import highlighter

SERVICE = highlighter.__file__
LIMIT = 0.5
MAX_BYTES = 1_000_000
POISON = {"lang": "c", "code": "\n" * 16_000}  # Pygments' lexer needs nine seconds for these blank lines
BAD_OPTION = {"options": "startinline=perhaps"}
NESTED = {"lang": "json", "code": "[" * 40_000}  # tree-sitter needs four times the limit for these, Pygments 2 ms


class Running:
    """A service on a port of its own, logging into a file."""

    def __init__(self, log: Path) -> None:
        self.log = log
        options = "--port", "0", "--limit", str(LIMIT), "--max-bytes", str(MAX_BYTES)
        with log.open("w") as out:
            self.process = psutil.Popen([sys.executable, SERVICE, *options], stdout=out)
        assert eventually(lambda: log.read_text().endswith("\n"))
        self.url = log.read_text().split()[-1]

    def post(self, path: str, **body: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=10, **body)

    def tokens(self, lang: str, code: str) -> list[tuple[str, str]]:
        """The reply to /tokens as (class, text)."""
        response = self.post("/tokens", json={"lang": lang, "code": code})
        assert response.status_code == 200, response.text
        return [(css, text) for css, text, _, _ in read(response.json(), code)]

    def end(self, by: signal.Signals) -> list[psutil.Process]:
        """Send the signal; return what is still there when there should be nothing."""
        family = [self.process, *self.process.children(recursive=True)]
        self.process.send_signal(by)
        left: list[psutil.Process] = psutil.wait_procs(family, timeout=LIMIT + 2)[1]
        for process in left:
            process.kill()
        return left


def read(reply: dict[str, Any], code: str) -> list[tuple[str, str, int, int]]:
    """The tokens of a reply as (class, text, start, end)."""
    units, flat = code.encode("utf-16-le"), reply["tokens"]
    triples = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    return [(reply["classes"][css], units[2 * a : 2 * b].decode("utf-16-le"), a, b) for a, b, css in triples]


def text_of(page: str) -> str:
    return html.unescape(re.sub("<[^>]*>", "", page)).removesuffix("\n")


def eventually(condition: Callable[[], bool], seconds: float = 3.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def gone(process: psutil.Process) -> bool:
    """A process that nobody has buried yet is gone all the same."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def in_background(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    time.sleep(0.1)  # the request is with a worker now
    return thread


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("highlighter") / "log")
    yield running
    assert not running.end(signal.SIGINT)


@pytest.mark.drill
def test_the_pygments_door_answers_html_with_short_classes_and_exactly_the_text(service):
    code = '\n\n\tif x < "é😀":  # \ufeff &amp;\r\n    pass'

    response = service.post("/", data={"lang": "python", "code": code})

    assert response.status_code == 200
    assert response.text.startswith('<div class="highlight"><pre>')
    assert '<span class="k">if</span>' in response.text
    assert text_of(response.content.decode()) == code


@pytest.mark.drill
@pytest.mark.parametrize("lang", ["robotframework", "console", "text"])
def test_a_lexer_that_would_change_the_text_does_not(service, lang):
    code = "\n*** Test Cases ***\r\nA  b\tc\n$ ls\n\n  x"

    response = service.post("/", data={"lang": lang, "code": code})

    assert text_of(response.content.decode()) == code


def test_the_hilite_door_answers_html_with_inline_styles_and_exactly_the_text(service):
    form = {"lexer": "python", "code": "\ndef f(): pass", "options": "stripnl=False,ensurenl=False", "style": "monokai"}

    response = service.post("/api", data=form)

    assert response.status_code == 200
    assert '<span style="color: #66D9EF">def</span>' in response.text
    assert text_of(response.text) == form["code"]


def test_the_hilite_door_heeds_lexer_options_and_line_numbers(service):
    form = {"lexer": "php", "code": "echo 1;\n", "options": "startinline=True", "linenos": "1"}

    response = service.post("/api", data=form)

    assert 'bold">echo</span>' in response.text
    assert 'class="linenos"' in response.text


@pytest.mark.parametrize("wrong", [{"lexer": "nope"}, {"style": "nope"}, {"style": "../x"}, {"code": ""}, BAD_OPTION])
def test_the_hilite_door_refuses_what_it_does_not_know(service, wrong):
    response = service.post("/api", data={"lexer": "php", "code": "x"} | wrong)

    assert response.status_code == 400


def test_tokens_cover_what_they_claim_beyond_the_basic_plane(service):
    tokens = service.tokens("python", '\ufeffx = "😀é"  # 😀\ndef f(): return 1')

    assert ("s", '"😀é"') in tokens
    assert ("c", "# 😀") in tokens
    assert ("k", "def") in tokens
    assert ("nf", "f") in tokens
    assert ("m", "1") in tokens


def test_a_language_that_tree_sitter_lacks_is_coloured_by_pygments(service):
    assert ("nt", "key") in service.tokens("yaml", "# 😀\nkey: 1\n")


@pytest.mark.parametrize(("lang", "code"), [("yaml", "a: b"), ("lilypond", "c4 \\time 3/4"), ("prolog", "'a'.")])
def test_a_kind_of_token_that_a_lexer_made_up_gets_the_class_of_its_parent(service, lang, code):
    page = service.post("/", data={"lang": lang, "code": code}).text
    classes = {*re.findall('<span class="([^"]*)"', page), *(css for css, _ in service.tokens(lang, code))}

    assert classes <= {*STANDARD_TYPES.values()}


@pytest.mark.parametrize(("alias", "word"), [("tsx", "const"), ("js", "const"), ("jsx", "const"), ("PY", "def")])
def test_a_language_goes_by_any_of_its_aliases(service, alias, word):
    assert ("k", word) in service.tokens(alias, f"{word} a")


def test_neighbours_of_one_class_are_one_token_and_blanks_are_none(service):
    assert service.tokens("javascript", "((1  ))\n\n") == [("p", "(("), ("m", "1"), ("p", "))")]


def test_health_says_how_many_languages_there_are(service):
    health = requests.get(service.url + "/health", timeout=5).json()

    assert health["status"] == "ok"
    assert health["languages"] > 500 > health["tree_sitter"] > 40


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", {}, 405),
        ("POST", "/health", {}, 405),
        ("POST", "/nowhere", {}, 404),
        ("POST", "/", {"data": {"lang": "nope", "code": "x"}}, 400),
        ("POST", "/", {"data": {"lang": "python"}}, 400),
        ("POST", "/", {"data": b"lang=python&code=%ff"}, 400),
        ("POST", "/", {"data": b"lang=python&code=\xff"}, 400),
        ("POST", "/", {"data": iter([b"lang=python&code=1"])}, 411),
        ("POST", "/", {"data": b"x" * (MAX_BYTES + 1)}, 413),
        ("POST", "/tokens", {"json": {"lang": "nope", "code": "x"}}, 400),
        ("POST", "/tokens", {"json": {"lang": "python", "code": 1}}, 400),
        ("POST", "/tokens", {"json": {"lang": "python", "code": "\ud800"}}, 400),
        ("POST", "/tokens", {"json": ["python", "x"]}, 400),
        ("POST", "/tokens", {"data": b"{"}, 400),
        ("POST", "/tokens", {"data": b"[" * 100_000}, 400),
    ],
)
def test_a_wrong_request_gets_its_status_and_one_sentence(service, method, path, body, status):
    response = requests.request(method, service.url + path, timeout=5, **body)

    assert response.status_code == status
    assert re.fullmatch(r"[A-Z][^\n]+\.\n", response.content.decode())


def test_a_caller_that_sends_all_before_it_reads_is_told_that_it_is_too_much(service):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(service.url, b"x" * (4 * MAX_BYTES), timeout=5)

    refusal.value.close()
    assert refusal.value.code == 413


def test_no_browser_takes_a_reply_for_a_page(service):
    for path, body in (("/", {"lang": "python", "code": "x"}), ("/api", {"lexer": "python", "code": "x"})):
        response = service.post(path, data=body)

        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.drill
def test_poison_ends_at_the_limit_while_others_are_served(service):
    began, poisoned = time.monotonic(), []
    thread = in_background(lambda: poisoned.append(service.post("/", data=POISON)))

    for _ in range(10):
        assert ("k", "def") in service.tokens("python", "def f(): pass")
    others_done = time.monotonic() - began
    thread.join()
    poison_done = time.monotonic() - began

    assert others_done < LIMIT
    assert poisoned[0].status_code == 503
    assert poisoned[0].text == "This took longer than 0.5 s.\n"
    assert poison_done < LIMIT + 1.5


@pytest.mark.drill
def test_nobody_waits_for_work_whose_caller_has_hung_up(service):
    """Or every caller with less patience than the limit would leave some behind for the next one to wait for."""
    for _ in range(8):
        with pytest.raises(requests.ReadTimeout):
            requests.post(service.url, data=POISON, timeout=0.05)
    began = time.monotonic()

    service.tokens("python", "x = 1")

    assert time.monotonic() - began < LIMIT
    assert eventually(lambda: service.log.read_text().count(" 499 ") == 8)


def test_what_tree_sitter_cannot_finish_is_given_to_pygments(service):
    began = time.monotonic()

    tokens = service.tokens(**NESTED)

    assert tokens == [("p", NESTED["code"])]
    assert time.monotonic() - began < LIMIT + 1.5


def test_a_text_that_makes_tree_sitter_abort_is_coloured_all_the_same(service):
    assert service.tokens("markdown", "> " * 20_000)


def test_a_killed_worker_is_replaced(service):
    victim = service.process.children()[0]
    orphans = victim.children()

    victim.kill()

    assert eventually(lambda: not victim.is_running() and len(service.process.children()) == 2)
    assert eventually(lambda: all(map(gone, orphans)))
    for _ in range(4):
        assert service.post("/", data={"lang": "python", "code": "x"}).status_code == 200


def test_a_killed_child_is_replaced(service):
    for process in service.process.children(recursive=True):
        if process.ppid() != service.process.pid:
            process.kill()
            assert eventually(lambda child=process: gone(child))

    for _ in range(4):
        assert service.post("/", data={"lang": "python", "code": "x"}).status_code == 200


def test_the_log_names_the_request_but_never_its_code(service):
    service.post("/", data={"lang": "python", "code": "password = 'hunter2'"})

    log = service.log.read_text()
    assert re.fullmatch(r"POST / 200 python \d+ [\d.]+ms", log.splitlines()[-1])
    assert "hunter2" not in log


@pytest.mark.drill
def test_no_process_is_left_when_the_service_is_ended_amid_its_work(tmp_path):
    running = Running(tmp_path / "log")
    assert requests.get(running.url + "/health", timeout=5).ok
    answers = []
    thread = in_background(lambda: answers.append(running.post("/", data=POISON)))

    left = running.end(signal.SIGTERM)
    thread.join()

    assert not left
    assert running.process.wait() == 0
    assert answers[0].status_code == 503  # whoever is being served is served to the end


def test_a_port_in_use_is_one_clear_sentence(service):
    port = service.url.rpartition(":")[2]

    second = subprocess.run(
        [sys.executable, SERVICE, "--port", port], capture_output=True, text=True, timeout=5, check=False
    )

    assert second.returncode == 1
    assert second.stderr == f"highlighter: cannot listen on 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.drill
def test_every_grammar_offered_can_be_loaded():
    for grammar in {*highlighter.GRAMMARS.values()} - {*highlighter.WARM.split()}:  # those are loaded at each start
        assert json.loads(highlighter.tree_tokens("x\n", grammar))["unit"] == "utf-16"


@pytest.fixture(scope="module")
def ask() -> Iterator[Callable[[str, str], dict[str, Any]]]:
    """The application in this process, without a server."""
    app = highlighter.Service(limit=10)

    def post(lang: str, code: str) -> dict[str, Any]:
        body, status = json.dumps({"lang": lang, "code": code}).encode(), []
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/tokens", "CONTENT_LENGTH": str(len(body))}
        reply = app(environ | {"wsgi.input": io.BytesIO(body)}, lambda code, headers: status.append(code))
        assert status == ["200 OK"]
        return json.loads(b"".join(reply))

    yield post
    app.child.end()


SCRAPS = st.sampled_from(["def f():\n", *"\t \"'`😀é\ufeff\n\r\0#{(", "\r\n", "<a>", "&amp;", "/*", "*/", "1.5"])
TEXTS = st.text(max_size=40) | st.lists(SCRAPS | st.text(max_size=3), max_size=25).map("".join)
LANGS = "python javascript html markdown php c bash css yaml console robotframework diff text".split()


@pytest.mark.drill
@settings(max_examples=100, deadline=None)
@given(lang=st.sampled_from(LANGS), code=TEXTS)
def test_tokens_of_any_text_follow_each_other_within_it_and_split_no_character(ask, lang, code):
    reply = ask(lang, code)

    done = 0
    for css, text, start, end in read(reply, code):  # decoding fails on half a character
        assert done <= start < end
        assert text.strip("\t\r\n ")
        assert css in STANDARD_TYPES.values()
        done = end
    assert done <= len(code.encode("utf-16-le")) // 2


def fails(code: str) -> str:
    raise KeyError(code)


@pytest.mark.drill
def test_a_failure_of_the_child_is_told_by_its_kind_and_place_and_without_the_text(capfd):
    child = highlighter.Child()

    with pytest.raises(highlighter.Refused):
        child.run(time.monotonic() + 5, None, fails, "a secret")

    told = capfd.readouterr().err
    assert "highlighter: KeyError at " in told
    assert "test_highlighter_service.py" in told
    assert "a secret" not in told
