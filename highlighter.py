"""An HTTP highlighter to run beside the site, of which it knows nothing: `python highlighter.py [--port 8001]`.

POST /        form lang, code                 → HTML with Pygments' short classes (the pygments dialect)
POST /api     form lexer, code, options,      → HTML with inline styles (hilite.me's dialect)
              style, linenos, divstyles
POST /tokens  JSON {"lang", "code"}           → JSON {"classes": […], "tokens": [start, end, class…], "unit": "utf-16"}
GET  /health                                  → JSON {"status": "ok", "languages": …, "tree_sitter": …}

Tokens come from tree-sitter (fastpylight) where it has the language, all else from Pygments. A few kB of the wrong text
keep any lexer busy for minutes, tree-sitter in C code that no signal handler interrupts: so all of it runs in a child
of the HTTP worker, which kills the child when time is up.
"""

import argparse
import json
import math
import os
import resource
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any
from urllib.parse import parse_qs

import fastpylight
import pygments
from gunicorn.app.base import BaseApplication
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.styles import STYLE_MAP as STYLES
from pygments.token import STANDARD_TYPES, Text, _TokenType
from pygments.util import OptionError

Piece = tuple[str, str]  # class, text
Environ = dict[str, Any]
Door = Callable[[Environ], tuple[str, str]]  # returns content type and text

PLAIN, JSON = "text/plain; charset=utf-8", "application/json"  # HTML is plain too, as the originals': none shall run it
STATUS = {
    200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 411: "Length Required",
    413: "Content Too Large", 499: "Client Closed Request", 500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip
CHILD_MEMORY = 1 << 30  # bytes more than it was born with; a megabyte of Python needs a fifth of it
WARM = "python javascript typescript tsx html css json bash sql java c cpp csharp go rust php ruby markdown"

LANGUAGES = {alias.lower(): aliases for _, aliases, *_ in get_all_lexers(plugins=False) for alias in aliases}
# 0.1.19 cannot load its scala and swift; its diff colours words where Pygments colours lines.
UNFIT = {"plaintext", "scala", "swift", "diff"}
GRAMMARS = {name: name for name in fastpylight.languages() if name not in UNFIT} | {"jsx": "javascript"}
CAPTURES = {  # tree-sitter's names by Pygments' classes; "keyword.operator.python" is looked up as "keyword.operator"
    capture: css
    for css, captures in {
        "bp": "variable.builtin", "c": "comment", "cp": "keyword.directive", "fm": "function.macro", "gd": "diff.minus",
        "ge": "markup.italic markup.quote", "gh": "markup.heading.1", "gi": "diff.plus", "gs": "markup.strong",
        "gu": "markup.heading", "k": "keyword markup.list", "kc": "boolean constant.builtin",
        "kd": "keyword.modifier keyword.type", "kn": "keyword.import", "kt": "type.builtin", "m": "number",
        "mf": "number.float", "n": "variable", "na": "property tag.attribute markup.link.url", "nb": "function.builtin",
        "nc": "type constructor", "nd": "attribute", "nf": "function", "ni": "character.special", "nl": "label",
        "nn": "module namespace", "no": "constant", "nt": "tag markup.link.label", "o": "operator",
        "ow": "keyword.operator", "p": "punctuation tag.delimiter", "s": "string", "sb": "markup.raw",
        "sc": "character", "sd": "string.documentation comment.documentation", "se": "string.escape",
        "si": "punctuation.special", "sr": "string.regexp", "ss": "string.special.symbol",
    }.items()
    for capture in captures.split()
}  # fmt: skip


class Refused(Exception):
    """A request that gets no colours: the HTTP status, and one sentence for whoever sent it."""


class HungUp(Exception):
    """The caller has not waited for its answer."""


# What the child does: text in, text out.


def tree_tokens(code: str, grammar: str) -> str:
    """Return the reply to /tokens by tree-sitter."""
    return _packed(_tree_pieces(code, grammar))


def pygments_tokens(code: str, language: str) -> str:
    """Return the reply to /tokens by Pygments."""
    return _packed((STANDARD_TYPES[kind], text) for kind, text in _pygments_pieces(code, language))


def page(code: str, language: str) -> str:
    """Return the reply to /."""
    return _html(code, language, "", HtmlFormatter())


def inline_page(code: str, language: str, form: dict[str, str]) -> str:
    """Return the reply to /api."""
    formatter: HtmlFormatter[str] = HtmlFormatter(
        style=form["style"],
        noclasses=True,
        cssclass="",
        cssstyles=form.get("divstyles", ""),
        prestyles="margin: 0",
        linenos="table" if form.get("linenos") else False,
    )
    return _html(code, language, form.get("options", ""), formatter)


def _html(code: str, language: str, options: str, formatter: HtmlFormatter[str]) -> str:
    html = pygments.format(_pygments_pieces(code, language, options), formatter)
    # The formatter ends the last line even when the code does not.
    return html if code.endswith("\n") else html.replace("\n</pre></div>", "</pre></div>")


@lru_cache(maxsize=256)
def _lexer(language: str, options: str = "") -> Lexer:
    """Return the lexer, compiled: that costs 10 to 170 ms once. `options` as hilite.me has them: `a=1,b=2`."""
    given = dict(option.strip().partition("=")[::2] for option in options.split(",") if option.strip())
    try:
        return get_lexer_by_name(language, **{**given, "stripnl": False, "ensurenl": False})
    except (OptionError, TypeError, ValueError) as error:
        raise Refused(400, "These options do not suit the lexer.") from error


def _pygments_pieces(code: str, language: str, options: str = "") -> list[tuple[_TokenType, str]]:
    """Cut the code into tokens that join up to exactly the code, which `Lexer.get_tokens` would have normalised."""
    text = code if code.endswith("\n") else code + "\n"  # 20 console lexers lose an unfinished last line
    tokens = _lexer(language, options).get_tokens_unprocessed(text)
    pieces = [(Text if value.isspace() else _standard(kind), value) for _, kind, value in tokens if value]
    if "".join(value for _, value in pieces) != text:  # robotframework rewrites its text
        return [(Text, code)]
    if text != code:
        pieces[-1] = (pieces[-1][0], pieces[-1][1][:-1])
    return pieces


def _standard(kind: _TokenType) -> _TokenType:
    """Return the nearest kind that has a short class: lexers make up others."""
    while kind not in STANDARD_TYPES and kind.parent is not None:  # not `and kind.parent`: the root is falsy
        kind = kind.parent
    return kind


def _tree_pieces(code: str, grammar: str) -> Iterator[Piece]:
    """Cut the code where tree-sitter does. Its offsets count bytes of UTF-8."""
    source, done = code.encode(), 0
    for start, end, capture in fastpylight.tokenize(code, grammar):
        yield "", source[done:start].decode()
        yield _class(capture), source[start:end].decode()
        done = end
    yield "", source[done:].decode()


@lru_cache(maxsize=1024)
def _class(capture: str) -> str:
    while capture not in CAPTURES and "." in capture:
        capture = capture.rpartition(".")[0]
    return CAPTURES.get(capture, "")


def _packed(pieces: Iterable[Piece]) -> str:
    """Write the pieces as ranges of UTF-16 units: blanks are left out, neighbours of one class are one."""
    classes: dict[str, int] = {}
    flat: list[int] = []
    position = 0
    for css, text in pieces:
        start = position
        position += len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
        if not css or not text or text.isspace():
            continue
        index = classes.setdefault(css, len(classes))
        if flat and flat[-2:] == [start, index]:
            flat[-2] = position
        else:
            flat += start, position, index
    return json.dumps({"classes": list(classes), "tokens": flat, "unit": "utf-16"}, separators=(",", ":"))


# The child, and how it is ended.


class Child:
    """A forked process that does one job at a time and is killed when it takes too long. Not for two threads."""

    def __init__(self) -> None:
        self._pid = 0
        self._pipe: Connection[Any, Any] | None = None

    def run(self, deadline: float, caller: socket.socket | None, job: Callable[..., str], *arguments: Any) -> str:
        """Return what `job` returns, by `deadline` (of time.monotonic) or TimeoutError; Refused when it fails.

        Raises HungUp as soon as the `caller` does: work that nobody waits for would hold up those who do wait.
        """
        if caller and wait([caller], 0) and _hung_up(caller):
            raise HungUp
        if self._pipe is None or self._pipe.poll():  # an idle child speaks only by dying
            self._pipe = self._start()
        try:
            self._pipe.send((deadline, job, arguments))
            _wait_for_reply(self._pipe, caller, deadline)
            reply = self._pipe.recv()
        except (TimeoutError, HungUp):
            self.end()
            raise
        except (EOFError, ConnectionError) as error:
            self.end()  # tree-sitter aborts on some texts, memory ran out, a lexer has a bug
            raise Refused(500, "The highlighter failed on this text.") from error
        if isinstance(reply, Refused):
            raise reply
        return str(reply)

    def _start(self) -> "Connection[Any, Any]":
        self.end()
        ours, theirs = Pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                _serve(theirs)
            except EOFError:
                pass  # the worker is gone
            except BaseException as error:  # noqa: BLE001  a message may hold the code: its place alone is told
                last = traceback.extract_tb(error.__traceback__)[-1]
                os.write(2, f"highlighter: {type(error).__name__} at {last.filename}:{last.lineno}\n".encode())
            finally:
                os._exit(1)
        theirs.close()
        return ours

    def end(self) -> None:
        """Kill the child, if there is one, whatever it is doing."""
        if self._pipe is not None:
            self._pipe.close()
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pipe = None


def _wait_for_reply(pipe: "Connection[Any, Any]", caller: socket.socket | None, deadline: float) -> None:
    ends: list[Any] = [pipe, caller] if caller else [pipe]
    while pipe not in (ready := wait(ends, max(0.0, deadline - time.monotonic()))):
        if not ready:
            raise TimeoutError
        if caller and _hung_up(caller):
            raise HungUp
        ends = [pipe]  # it sends its next request already


def _hung_up(caller: socket.socket) -> bool:
    """Whether a caller of whom there is something to read has ended the connection."""
    try:
        return not caller.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return True


def _serve(pipe: "Connection[Any, Any]") -> None:
    """Do jobs until the worker is gone."""
    _isolate(pipe.fileno())
    while True:
        deadline, job, arguments = pipe.recv()
        # Were the worker killed now, nobody would be left to end this child: the kernel will.
        cpu = time.process_time() + max(0.0, deadline - time.monotonic()) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(cpu), resource.RLIM_INFINITY))
        try:
            pipe.send(job(*arguments))
        except Refused as refusal:
            pipe.send(refusal)


def _isolate(keep: int) -> None:
    """Let go of what the worker has, but one pipe: the caller's connection, the listening socket, signal handlers."""
    os.closerange(3, keep)
    os.closerange(keep + 1, 1024)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGABRT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the worker too, and that ends the pipe
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold people's code
    most = _address_space() + CHILD_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _address_space() -> int:
    """Return the bytes that this process has mapped, as a child most of it from its parent; 0 where nobody says."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 — one call, in every child
            return int(statm.read().split()[0]) * resource.getpagesize()
    except FileNotFoundError:
        return 0


# The doors.


class Service:
    """The WSGI application: four doors, a limit in seconds and one in bytes."""

    def __init__(self, limit: float = 3.0, max_bytes: int = 8 << 20) -> None:
        self.limit, self.max_bytes, self.child = limit, max_bytes, Child()
        self.doors: dict[str, tuple[str, Door]] = {
            "/": ("POST", self._page),
            "/api": ("POST", self._inline_page),
            "/tokens": ("POST", self._tokens),
            "/health": ("GET", self._health),
        }

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        """Answer one request, and log it without its code."""
        began, status, headers = time.monotonic(), 200, [("X-Content-Type-Options", "nosniff")]
        environ |= {"deadline": began + self.limit, "language": "-"}
        try:
            kind, text = self._door(environ, headers)(environ)
        except Refused as refusal:
            status, kind, text = refusal.args[0], PLAIN, f"{refusal.args[1]}\n"
        except HungUp:
            status, kind, text = 499, PLAIN, ""  # as nginx logs it
        body = text.encode()
        headers += ("Content-Type", kind), ("Content-Length", str(len(body)))
        start_response(f"{status} {STATUS[status]}", headers)
        path = environ["PATH_INFO"] if environ["PATH_INFO"] in self.doors else "?"
        took = (time.monotonic() - began) * 1000
        _log(f"{environ['REQUEST_METHOD']} {path} {status} {environ['language']} {len(body)} {took:.1f}ms")
        return [body]

    def _door(self, environ: Environ, headers: list[tuple[str, str]]) -> Door:
        if environ["PATH_INFO"] not in self.doors:
            raise Refused(404, f"The doors here are {', '.join(self.doors)}.")
        method, door = self.doors[environ["PATH_INFO"]]
        if environ["REQUEST_METHOD"] != method:
            headers.append(("Allow", method))
            raise Refused(405, f"This door takes {method} only.")
        return door

    def _page(self, environ: Environ) -> tuple[str, str]:
        form = self._form(environ, "lang", "code")
        return PLAIN, self._run(environ, page, form["code"], _language(environ, form["lang"]))

    def _inline_page(self, environ: Environ) -> tuple[str, str]:
        form = self._form(environ, "lexer", "code")
        language, form["style"] = _language(environ, form["lexer"]), form.get("style") or "colorful"
        if not form["code"]:
            raise Refused(400, "There is no code to colour.")
        if form["style"] not in STYLES:
            raise Refused(400, f"There is no style {form['style'][:40]!r}.")
        return PLAIN, self._run(environ, inline_page, form["code"], language, form)

    def _tokens(self, environ: Environ) -> tuple[str, str]:
        code, alias = self._json(environ)
        language = _language(environ, alias)
        grammar = next((GRAMMARS[name] for name in (alias.lower(), *LANGUAGES[language]) if name in GRAMMARS), None)
        if grammar:
            # A megabyte takes half a second: what takes half the limit is poison, and Pygments may have the other half.
            try:
                half = environ["deadline"] - self.limit / 2
                return JSON, self.child.run(half, environ.get("gunicorn.socket"), tree_tokens, code, grammar)
            except (TimeoutError, Refused):
                pass
        return JSON, self._run(environ, pygments_tokens, code, language)

    def _health(self, _environ: Environ) -> tuple[str, str]:
        languages = set(LANGUAGES.values())
        by_tree = sum(not GRAMMARS.keys().isdisjoint(names) for names in languages)
        return JSON, json.dumps({"status": "ok", "languages": len(languages), "tree_sitter": by_tree})

    def _run(self, environ: Environ, job: Callable[..., str], *arguments: Any) -> str:
        try:
            return self.child.run(environ["deadline"], environ.get("gunicorn.socket"), job, *arguments)
        except TimeoutError:
            raise Refused(503, f"This took longer than {self.limit:g} s.") from None

    def _form(self, environ: Environ, *needed: str) -> dict[str, str]:
        try:
            fields = parse_qs(self._text(environ), keep_blank_values=True, errors="strict", max_num_fields=16)
        except ValueError:
            raise Refused(400, "The form is not urlencoded UTF-8.") from None
        if missing := [name for name in needed if name not in fields]:
            raise Refused(400, f"The form lacks {' and '.join(missing)}.")
        return {name: values[0] for name, values in fields.items()}

    def _json(self, environ: Environ) -> tuple[str, str]:
        try:
            match json.loads(self._text(environ)):
                case {"code": str(code), "lang": str(lang)}:
                    code.encode()  # "\\ud800" is JSON, but half a character is no text
                    return code, lang
        except (ValueError, RecursionError):
            pass
        raise Refused(400, 'The body is not JSON like {"lang": "python", "code": "…"}.')

    def _text(self, environ: Environ) -> str:
        try:
            length = int(environ.get("CONTENT_LENGTH") or "")
        except ValueError:
            raise Refused(411, "Say how long the body is (Content-Length).") from None
        if length > self.max_bytes:
            environ["wsgi.input"].read(min(length, 4 * self.max_bytes))  # who is still sending reads no answer
            raise Refused(413, f"The body may have {self.max_bytes} bytes.")
        body = environ["wsgi.input"].read(length)
        try:
            return str(body, "utf-8")
        except UnicodeDecodeError:
            raise Refused(400, "The body is not UTF-8.") from None


def _log(line: str) -> None:
    sys.stdout.write(f"{line}\n")  # in one piece, or the workers' lines would mix
    sys.stdout.flush()


def _language(environ: Environ, alias: str) -> str:
    """Return the first alias of the lexer, noting it for the log."""
    try:
        environ["language"] = LANGUAGES[alias.lower()][0]
    except KeyError:
        raise Refused(400, f"There is no language {alias[:40]!r}.") from None
    return str(environ["language"])


# The server.


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with the service inside: one request at a time in each worker, and a dead worker is replaced."""

    def __init__(self, service: Service, **options: Any) -> None:
        self.service, self.settings = service, options
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn, which looks at no file and no environment variable then."""
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self) -> Service:
        """Compile the usual languages once, for all workers, at 10 to 190 ms each; early callers wait meanwhile."""
        for language in WARM.split():
            tree_tokens("x\n", language)
            page("x\n", language)
        return self.service


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = _options()
    listener = _listener(options)
    service = Service(options.limit, options.max_bytes)
    _log("highlighter: http://{}:{}".format(*listener.getsockname()[:2]))
    Server(
        service,
        bind=f"fd://{listener.fileno()}",
        workers=options.workers,
        timeout=math.ceil(options.limit) + 2,  # only a caller that neither sends nor reads can hold a worker so long
        graceful_timeout=math.ceil(options.limit) + 1,
        preload_app=True,
        max_requests=5000,  # whatever leaks is given back
        max_requests_jitter=1000,
        loglevel="warning",
        control_socket_disable=True,
        worker_exit=lambda _server, _worker: service.child.end(),
    ).run()


def _listener(options: argparse.Namespace) -> socket.socket:
    """Return the socket that whoever started us hands over (sd_listen_fds(3)), or one of our own."""
    if os.environ.pop("LISTEN_PID", None) == str(os.getpid()):  # gunicorn would else take the same one a second time
        return socket.socket(fileno=3)
    try:
        return socket.create_server((options.host, options.port))
    except OSError as error:
        sys.exit(f"highlighter: cannot listen on {options.host}:{options.port}: {os.strerror(error.errno or 0)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="An HTTP highlighter.")
    parser.add_argument("--host", default="127.0.0.1", help="whoever reaches it can use it (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8001, help="0 picks a free one (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="requests coloured at a time (default: %(default)s)")
    parser.add_argument("--limit", type=float, default=3.0, help="seconds for one request (default: %(default)s)")
    parser.add_argument("--max-bytes", type=int, default=8 << 20, help="of a request's body (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
