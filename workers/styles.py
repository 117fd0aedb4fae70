"""Inline styles back to classes: what hilite.me paints is one of Pygments' styles, so its looks name the class."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

from snippets.notes import Note
from workers.failure import HighlighterError

_SHORT_COLOUR = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])(?![0-9a-f])")  # Pygments has written both since 2.17

# What a Pygments style may say of a token, as the HTML formatter writes it.
_LOOKS = {
    "color": "color:#{}",
    "bold": "font-weight:bold",
    "italic": "font-style:italic",
    "underline": "text-decoration:underline",
    "bgcolor": "background-color:#{}",
    "border": "border:1px solid #{}",
}
_USUAL = ["", "k", "s", "c", "m", "nf", "nc", "nb", "nt", "o", "n"]


@lru_cache(maxsize=8)
def class_of(style: str) -> Callable[[str], str]:
    """Return the function from the inline CSS of the Pygments style `style` to a class, "" for CSS that is not in it.

    Where several classes look alike, the most usual one is meant, then the most general. Raises
    HighlighterError(GARBLED) for a style that Pygments does not have: nothing could be understood.
    """
    try:
        kinds: list[tuple[Any, Any]] = sorted(get_style_by_name(style), key=lambda kind: _rank(kind[0]))
    except ClassNotFound:
        raise HighlighterError(Note.GARBLED, "HIGHLIGHTER_STYLE is not one of Pygments'") from None
    table: dict[frozenset[str], str] = {}
    for kind, look in kinds:
        css = ";".join(form.format(look[name]) for name, form in _LOOKS.items() if look[name])
        table.setdefault(_normal(css), STANDARD_TYPES.get(kind, ""))
    return lambda css: table.get(_normal(css), "")


def _rank(kind: Any) -> tuple[int, int]:
    css = STANDARD_TYPES.get(kind, "")
    return _USUAL.index(css) if css in _USUAL else len(_USUAL), len(kind)


def _normal(css: str) -> frozenset[str]:
    """Return the declarations of `css`, whatever their order, case, spaces and length of colours."""
    declarations = (re.sub(r"\s*:\s*", ":", " ".join(part.split())) for part in css.lower().split(";"))
    return frozenset(_SHORT_COLOUR.sub(r"#\1\1\2\2\3\3", part) for part in declarations if part)
