"""The local rung: Pygments, within limits of size and time."""

from functools import cache

from pygments.lexer import Lexer
from pygments.lexers import LEXERS, get_lexer_by_name
from pygments.token import STANDARD_TYPES, Token, _TokenType
from rq.timeouts import BaseTimeoutException

from snippets.markup import Runs, plain
from snippets.notes import Note
from snippets.settings import Settings
from workers.alarm import Overtime, ticking, within
from workers.failure import HighlighterError
from workers.frame import framed, spelled
from workers.patience import Patience


def highlight(code: str, language: str, settings: Settings, patience: Patience | None = None) -> Runs:
    """Return Pygments' runs of `code`, whose `language` is an alias of Pygments' ("text": a plain run).

    Takes no longer than the settings say, nor than the `patience` lasts. Raises HighlighterError: LOCAL_LARGE,
    LOCAL_SLOW, or LOCAL_FAILED when a lexer is unknown, raises, or alters text.
    """
    if language == "text":
        return plain(code)
    if len(code.encode(errors="surrogatepass")) > settings.pygments_max_bytes:
        raise HighlighterError(Note.LOCAL_LARGE)
    lexer = _lexer(language)  # before the alarm: one that rings in a first compile leaves it as a ValueError
    return framed(code, lambda core: _timed(lexer, core, settings.pygments_deadline, patience))


def warm(language: str) -> None:
    """Load and compile the lexer of `language` (11 to 167 ms), so that a forked child inherits it ready."""
    _lexer(language)


@cache
def _lexer(language: str) -> Lexer:
    if language not in _aliases():  # asking Pygments would search every installed package for a plugin
        raise HighlighterError(Note.LOCAL_FAILED, "unknown language")
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    for _ in lexer.get_tokens("x\n"):
        pass
    return lexer


@cache
def _aliases() -> frozenset[str]:
    return frozenset(alias for _, _, aliases, _, _ in LEXERS.values() for alias in aliases)


def _timed(lexer: Lexer, text: str, seconds: float, patience: Patience | None) -> Runs:
    try:
        return within(seconds, lambda: _runs(lexer, text, seconds), patience)
    except Overtime:
        raise HighlighterError(Note.LOCAL_SLOW) from None
    except (HighlighterError, BaseTimeoutException):
        raise  # ours, and RQ's end of the whole job
    except Exception as error:  # noqa: BLE001  600 lexers by hundreds of hands: whatever one raises is its failure
        raise HighlighterError(Note.LOCAL_FAILED, type(error).__name__) from None


def _runs(lexer: Lexer, text: str, seconds: float) -> Runs:
    """Lex the text with a newline after it: without one, console lexers lose the last line."""
    tokens = ticking(seconds, lexer.get_tokens(text + "\n"))
    return spelled(((_css_class(kind), value) for kind, value in tokens), text, Note.LOCAL_FAILED)


@cache
def _css_class(kind: _TokenType) -> str:
    while kind not in STANDARD_TYPES:
        kind = kind.parent or Token
    return STANDARD_TYPES[kind]
