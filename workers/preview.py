"""A picture of a snippet, 1200 × 630 as chats and networks want it: its title and its first lines, coloured.

Whatever the text, it is drawn on a grid, character by character: nothing is laid out, shaped or measured, no more of
it is looked at than fits, and what has no shape of its own (controls, direction marks, combining marks) is left out.
"""

import io
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from snippets.human import plural
from snippets.previews import Subject
from snippets.theme_pairs import CALM, THEMES
from snippets.themes import inks

FONT = Path(__file__).parent / "fonts" / "DejaVuSansMono.ttf"
SIZE = 1200, 630
EDGE = 60
TOP = 164  # of the panel
CELL = 13, 31  # pixels of a character of code
GUTTER = 5  # cells for the numbers
COLUMNS = (SIZE[0] - 2 * EDGE - 24) // CELL[0] - GUTTER
ROWS = (SIZE[1] - TOP) // CELL[1] + 1  # the last one runs out of the picture
PAGE, TEXT, QUIET, LINE = "#f7f7f5", "#1d1f23", "#5f6368", "#dededa"  # as in site.css

_SHAPELESS = ("Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn", "Zl", "Zp")
_PIECE = re.compile(r'<span class="([a-z0-9]{1,3})">|(</span>)|<[^>]*>?|([^<]+)')

Cell = tuple[int, int, str, str]  # column, row, character, class


def draw(subject: Subject, site_name: str) -> bytes:
    """Return the picture as a PNG of some 20 to 60 kB, in some 60 ms."""
    picture = Image.new("RGB", SIZE, PAGE)
    pen = ImageDraw.Draw(picture)
    facts = f"{subject.language} · {plural(subject.lines, 'line')}"
    _label(pen, (EDGE, 44), subject.title, 40, TEXT, 44)
    _label(pen, (EDGE, 106), facts, 24, QUIET, 45)
    name = "".join(_drawn(site_name))[:26]
    _label(pen, (SIZE[0] - EDGE - round(_font(24).getlength(name)), 106), name, 24, QUIET, 26)
    _code(pen, subject.html)
    saved = io.BytesIO()
    picture.quantize(64).save(saved, "PNG", optimize=True)
    return saved.getvalue()


def cells(html: str) -> Iterator[Cell]:
    """Yield what fits into the panel of a file's markup, which may be cut off anywhere."""
    column = row = 0
    css = ""
    for found in _PIECE.finditer(html):
        begun, ended, text = found.groups()
        if begun or ended:
            css = begun or ""
        for each in _drawn(unescape(text or "")):
            if each == "\n":
                column, row = 0, row + 1
            elif each == "\t":
                column += 4 - column % 4
            else:
                if column < COLUMNS and not each.isspace():
                    yield column, row, each, css
                column += _width(each)
            if row >= ROWS:
                return


def _drawn(text: str) -> Iterator[str]:
    """Yield the characters of a text that have a shape, line ends and tabs."""
    for each in unicodedata.normalize("NFC", text):
        if each in "\n\t" or unicodedata.category(each) not in _SHAPELESS:
            yield each


def _width(each: str) -> int:
    return 2 if unicodedata.east_asian_width(each) in "WF" else 1


def _label(pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, ink: str, most: int) -> None:
    """Write one line of at most `most` characters."""
    shown = "".join(_drawn(text)).replace("\n", " ").replace("\t", " ")
    pen.text(at, shown if len(shown) <= most else f"{shown[: most - 1]}…", ink, _font(size))


def _code(pen: ImageDraw.ImageDraw, html: str) -> None:
    colours, scheme, font = inks(THEMES[CALM].light), THEMES[CALM].light, _font(22)
    width, height = CELL
    pen.rounded_rectangle((EDGE, TOP, SIZE[0] - EDGE, SIZE[1] + 20), 12, scheme.paper, LINE, 2)
    numbered = -1
    for column, row, each, css in cells(html):
        for number in range(numbered + 1, row + 1):
            told = str(number + 1).rjust(GUTTER - 2)
            pen.text((EDGE + 12, TOP + 14 + number * height), told, scheme.number, font)
        numbered = max(numbered, row)
        pen.text(
            (EDGE + 12 + (GUTTER + column) * width, TOP + 14 + row * height), each, colours.get(css, colours[""]), font
        )


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)
