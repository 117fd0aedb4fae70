"""A strict parser of HTML replies: it learns where the class changes, and refuses whatever it does not know."""

import re
from collections.abc import Callable, Iterator
from functools import cache

from snippets.markup import Runs
from snippets.notes import Note
from workers.failure import HighlighterError
from workers.frame import Piece, spelled

SPANS_PER_CHARACTER = 2  # a span that says something covers a character; some services nest two
SPANS_ALLOWED = 1000  # beside those, for short texts
DEPTH_ALLOWED = 100
WRAPPERS_ALLOWED = 6

_OPENED = re.compile(rf'(?:\s*<(?:div|pre|code)(?: (?:class|style)="[^"<>]*"){{0,2}}>){{0,{WRAPPERS_ALLOWED}}}')
_WRAPPER = re.compile(r"<(\w+)")
_TOKENS = {
    attribute: re.compile(
        r"([^<&]+)"  # 1: text
        r"|&(lt|gt|amp|quot|nbsp|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});"  # 2: entity
        rf'|(<span(?: {attribute}="([^"<>]*)")?>)'  # 3: span, 4: the attribute's value
        r"|(</span>)"  # 5
        r"|.",  # anything else is refused, at once, which keeps this linear
        re.DOTALL,
    )
    for attribute in ("class", "style")
}
_TEXT, _ENTITY, _SPAN, _VALUE, _END = range(1, 6)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "nbsp": "\xa0"}


def parse(html: str, source: str, attribute: str, css_class: Callable[[str], str]) -> Runs:
    """Return the runs that `html` gives to `source`; `css_class` turns a span's `attribute` into our class or "".

    The innermost class that we know wins. Raises HighlighterError: GARBLED for anything but text, entities, spans
    with that one attribute (`class` or `style`), and `div pre code` around it all; ALTERED when the text is not
    `source` (one newline more at its end is let pass); SPANS for too many of them. Takes linear time.
    """
    tokens = _TOKENS[attribute].finditer(html, *_inside(html))
    most_spans = SPANS_PER_CHARACTER * len(source) + SPANS_ALLOWED
    return spelled(_pieces(tokens, cache(css_class), most_spans), source, Note.ALTERED)


def _inside(html: str) -> tuple[int, int]:
    """Return where the text starts and ends within its wrapper, whose tags must close in order."""
    opened = _OPENED.match(html)
    start = opened.end() if opened else 0
    end = len(html)
    for name in _WRAPPER.findall(html, 0, start):
        while end > start and html[end - 1].isspace():
            end -= 1
        if not html.endswith(f"</{name}>", start, end):
            raise HighlighterError(Note.GARBLED, f"no </{name}> at the end")
        end -= len(f"</{name}>")
    return start, end


def _pieces(tokens: Iterator[re.Match[str]], css_class: Callable[[str], str], most_spans: int) -> Iterator[Piece]:
    css, outer = "", list[str]()
    for token in tokens:
        kind = token.lastindex
        if kind == _TEXT:
            yield css, token[_TEXT]
        elif kind == _ENTITY:
            yield css, _character(token[_ENTITY])
        elif kind == _END and outer:
            css = outer.pop()
        elif kind == _SPAN and len(outer) < DEPTH_ALLOWED:
            outer.append(css)
            css = (token[_VALUE] and css_class(token[_VALUE])) or css
            most_spans -= 1
            if most_spans < 0:
                raise HighlighterError(Note.SPANS)
        else:
            raise HighlighterError(Note.GARBLED, f"not understood at {token.start()} of {len(token.string)}")
    if outer:
        raise HighlighterError(Note.GARBLED, f"{len(outer)} spans left open")


@cache
def _character(entity: str) -> str:
    if entity in _NAMED:
        return _NAMED[entity]
    number = int(f"0{entity[1:]}", 16) if entity[1] == "x" else int(entity[1:])
    if number > 0x10FFFF:
        raise HighlighterError(Note.GARBLED, f"no such character: {number}")
    return chr(number)
