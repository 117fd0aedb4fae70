"""One adapter per protocol: how the request is written, and how the reply becomes runs."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from snippets.markup import Runs
from snippets.settings import Settings
from workers import hljs, reply, styles, tokens
from workers.classes import first_known
from workers.failure import HighlighterError

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
HILITE_COMMENT = "<!-- HTML generated using hilite.me -->"
HTML_KEYS = ("html", "value", "result", "code")  # highlight.js' own result has the HTML in value, the source in code


@dataclass(frozen=True)
class Dialect:
    """What one kind of service speaks; `path` is where it listens when the URL names no path."""

    path: str
    content_type: str
    request: Callable[[str, str, Settings], bytes]  # the code, its language → the body to post
    runs: Callable[[str, str, Settings], Runs]  # the reply, the code → the runs; raises HighlighterError


def _form(**values: str) -> bytes:
    return urlencode(values, errors="replace").encode()


def _json(**values: str) -> bytes:
    return json.dumps(values).encode()


def _pygments_request(code: str, language: str, _settings: Settings) -> bytes:
    return _form(lang=language, code=code)


def _pygments_runs(html: str, code: str, _settings: Settings) -> Runs:
    return reply.parse(html, code, "class", first_known)


def _hilite_request(code: str, language: str, settings: Settings) -> bytes:
    """Keep the text's blank edges; never ask for `linenos`, whose numbers would enter the text."""
    options = "stripnl=False,ensurenl=False"
    return _form(code=code, lexer=language, options=options, style=settings.highlighter_style, divstyles="")


def _hilite_runs(html: str, code: str, settings: Settings) -> Runs:
    return reply.parse(html.removeprefix(HILITE_COMMENT), code, "style", styles.class_of(settings.highlighter_style))


def _hljs_request(code: str, language: str, settings: Settings) -> bytes:
    language_field, _, code_field = settings.highlighter_fields.partition(",")
    return _json(**{language_field.strip(): hljs.LANGUAGES.get(language, language), code_field.strip(): code})


def _hljs_runs(answer: str, code: str, _settings: Settings) -> Runs:
    return reply.parse(_hljs_html(answer), code, "class", hljs.class_of)


def _hljs_html(answer: str) -> str:
    """Return the HTML of a reply that is HTML itself, a JSON string, or a JSON object with it under a usual key."""
    try:
        value = tokens.document(answer)
    except HighlighterError:
        return answer
    if isinstance(value, dict):
        value = next((value[key] for key in HTML_KEYS if key in value), None)
    return value if isinstance(value, str) else answer


def _tokens_request(code: str, language: str, _settings: Settings) -> bytes:
    return _json(lang=language, code=code)


def _tokens_runs(answer: str, code: str, _settings: Settings) -> Runs:
    return tokens.parse(answer, code)


DIALECTS = {
    "pygments": Dialect("/", FORM, _pygments_request, _pygments_runs),
    "hilite": Dialect("/api", FORM, _hilite_request, _hilite_runs),
    "hljs": Dialect("/", JSON, _hljs_request, _hljs_runs),
    "tokens": Dialect("/tokens", JSON, _tokens_request, _tokens_runs),
}
