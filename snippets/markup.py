"""Runs to numbered lines of HTML: the one place where code becomes markup.

Both the plain page and the worker call `lines`, so that nothing moves by a pixel when colours land.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape, unescape

Run = tuple[str, int]  # a class of CLASSES, or "" for none; how many characters of the code it covers
Runs = list[Run]

NUMBERED = 100_000  # lines
UNCUT = 500  # lines: no more are laid out at once
SHEET = 100  # lines; site.css knows this number

SHORT, KEPT = 40, 10_000  # characters of a text whose markup is kept for the next time that it comes; such texts

_SHEET = '<span class="sheet">'
_NUMBERED_LINE = '<span id="'

# Pygments' short class names (pygments.token.STANDARD_TYPES): every theme knows them, and no other class exists.
CLASSES = frozenset(
    (
        "bp c c1 ch cm cp cpf cs dl err esc fm g gd ge ges gh gi go gp gr gs gt gu il k kc kd kn kp kr kt l ld m mb mf"
        " mh mi mo n na nb nc nd ne nf ni nl nn no nt nv nx o ow p pm py s s1 s2 sa sb sc sd se sh si sr ss sx"
        " vc vg vi vm w x"
    ).split()
)

_PIECES = re.compile(r'<span class="(?!sheet")(\w+)">|(</span>)|(<[^>]+>)|([^<]+)')
_OPENING = re.compile(r'(?:</span>)*(?P<sheet><span class="sheet">)?(?P<number><span id="\w+"><a [^>]*></a>)?')


def plain(code: str) -> Runs:
    """Return the runs of uncoloured text."""
    return [("", len(code))]


def lines(code: str, runs: Iterable[Run], prefix: str = "", start: int = 1) -> str:
    """Return one element per line of `code`, each whole in itself, coloured as `runs` say.

    The text content of the result is `code`, character for character; line 10 has the id `L10` after `prefix`
    (`f2` for the second file of a snippet), counted from `start`. The number is an attribute that the style sheet
    shows, so that it is never copied with the text. A long file is cut into sheets, so that a browser need not lay out
    what is not seen; one of more than NUMBERED lines has no numbers: they would be most of its page, up to 78 bytes for
    one of text.

    Raises ValueError when the runs do not add up to the code or name a class outside CLASSES.
    """
    every = list(_coloured_lines(code, runs))
    if len(every) <= NUMBERED:
        every = [
            f'{_NUMBERED_LINE}{prefix}L{number}"><a href=#{prefix}L{number} aria-label={number} tabindex=-1></a>'
            f"{line}</span>"
            for number, line in enumerate(every, start)
        ]
    if len(every) <= UNCUT:
        return "".join(every)
    sheets = ("".join(every[at : at + SHEET]) for at in range(0, len(every), SHEET))
    return "".join(f"{_SHEET}{sheet}</span>" for sheet in sheets)


def cut(html: str, first: int, last: int) -> str:
    """Return lines `first` to `last`, from 1, of what `lines` made of at most NUMBERED lines, without sheets."""
    if html.startswith(_SHEET):
        html = html.removeprefix(_SHEET).removesuffix("</span>").replace(f"</span>{_SHEET}", "")
    return "".join(f"{_NUMBERED_LINE}{line}" for line in html.split(_NUMBERED_LINE)[first : last + 1])


def apart(html: str, numbers: Iterable[int]) -> dict[int, str]:
    """Return the markup of some lines, counted from 0, without number and line end: what `lines` has put together."""
    pieces = html.split("\n")
    opening = _OPENING.match(html)
    closers = "</span>" * sum(each is not None for each in opening.groups()) if opening else ""
    pieces[-1] = pieces[-1].removesuffix(closers)
    return {number: _OPENING.sub("", pieces[number], count=1) for number in numbers}


def runs(html: str) -> Runs:
    """Return what `lines` was given; blanks and line ends have no class there, and neighbours of one class are one."""
    found: Runs = []
    open_spans: list[str] = []
    for css, closing, tag, text in _PIECES.findall(html):
        if css:
            open_spans.append(css)
        elif closing:
            open_spans.pop()
        elif tag:
            open_spans += [""] * tag.startswith("<span")
        else:
            kind = next((each for each in reversed(open_spans) if each), "")
            before = found.pop()[1] if found and found[-1][0] == kind else 0
            found.append((kind, before + len(unescape(text))))
    return found


def _coloured_lines(code: str, runs: Iterable[Run]) -> Iterator[str]:
    """Yield the markup of each line with its line end; spans are closed at a line's end and reopened after it."""
    line: list[str] = []
    spans = _Spans()
    for css, text in _merged(code, runs):
        rest = text
        if "\n" in text:
            *ended, rest = text.split("\n")
            for piece in ended:
                line += spans[css, piece], "\n"
                yield "".join(line)
                line.clear()
        if rest:
            line.append(spans[css, rest])
    if last := "".join(line):
        yield last


def _merged(code: str, runs: Iterable[Run]) -> Iterator[tuple[str, str]]:
    """Yield (class, text) with neighbours of one class joined; blanks have no class."""
    start = end = 0
    current = ""
    for css, length in runs:
        if length < 0 or (css and css not in CLASSES):
            raise ValueError(f"not a run of ours: {css!r}, {length}")
        kind = "" if not css or code[end : end + length].isspace() else css
        if kind != current:
            yield current, code[start:end]
            start, current = end, kind
        end += length
    if end != len(code):
        raise ValueError(f"the runs cover {end} characters of {len(code)}")
    yield current, code[start:end]


class _Spans(dict[tuple[str, str], str]):
    """The markup of each text of a class; KEPT short ones are kept, for code says the same again and again."""

    def __missing__(self, key: tuple[str, str]) -> str:
        css, text = key
        escaped = escape(text, quote=False)
        span = f'<span class="{css}">{escaped}</span>' if css and text and not text.isspace() else escaped
        if len(text) <= SHORT and len(self) < KEPT:
            self[key] = span
        return span
