"""The colours of code: a small style sheet for each theme, made from a light and a dark Pygments style.

A style's own colours are its author's taste; here each is moved in lightness, keeping its hue, until it can be read
on every background that it meets. Only colour and slant are set, nothing that could move the text; not weight, since
the bold of a font that the browser falls back to may be wider.
"""

from collections import defaultdict
from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache

from pygments.style import Style
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES

from snippets.markup import CLASSES
from snippets.theme_pairs import CALM, THEMES, Scheme, Theme

CONTRAST = 4.5  # WCAG 2.2, 1.4.3 (AA)
TOKENS = {css: token for token, css in STANDARD_TYPES.items() if css in CLASSES}


def stylesheet(theme: Theme = THEMES[CALM]) -> str:
    """Return the style sheet of `theme`: papers and inks as custom properties, then classes, alike ones together."""
    pair = theme.light, theme.dark
    properties = {
        "--paper": [scheme.paper for scheme in pair],
        "--ink": [readable(scheme.ink, scheme.grounds) for scheme in pair],
        "--number": [readable(scheme.number, scheme.grounds) for scheme in pair],
        "--shade": [scheme.shade for scheme in pair],
        "--added": [scheme.added for scheme in pair],
        "--removed": [scheme.removed for scheme in pair],
    }
    root = "".join(f"{name}:light-dark({light},{dark});" for name, (light, dark) in properties.items())
    alike: dict[str, list[str]] = defaultdict(list)
    for css in sorted(CLASSES):
        alike[_declarations(css, theme)].append(f".{css}")
    rules = [f".code :is({','.join(classes)}){{{body}}}" for body, classes in alike.items() if body]
    return "\n".join([f":root{{{root}}}", *rules, ""])


def inks(scheme: Scheme) -> dict[str, str]:
    """Return the colour of each class on the paper of one scheme, and of no class as "": for what is no page."""
    plain = readable(scheme.ink, [scheme.paper, scheme.shade])
    return {"": plain} | {css: _look(css, scheme)[0].replace("var(--ink)", plain) for css in CLASSES}


def readable(colour: str, backgrounds: list[str]) -> str:
    """Return `colour`, made darker or lighter by as little as it takes to be read on all `backgrounds`."""
    hue, lightness, saturation = rgb_to_hls(*_channels(colour))
    grounds = [luminance(background) for background in backgrounds]
    step = -0.005 if grounds[0] > 0.18 else 0.005
    while min(_ratio(luminance(colour), ground) for ground in grounds) < CONTRAST:
        lightness += step
        if not 0 <= lightness <= 1:
            raise ValueError(f"nothing can be read on {backgrounds} alike")
        colour = "#" + "".join(f"{round(255 * channel):02x}" for channel in hls_to_rgb(hue, lightness, saturation))
    return colour


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio that WCAG defines, 1 to 21."""
    return _ratio(luminance(one), luminance(other))


@lru_cache(maxsize=1000)  # the styles of a theme have colours in common, and each process makes all as it starts
def luminance(colour: str) -> float:
    """Return the relative luminance that WCAG defines, 0 to 1, of `#rrggbb`."""
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: float, other: float) -> float:
    dim, bright = (one, other) if one < other else (other, one)
    return (bright + 0.05) / (dim + 0.05)


def _declarations(css: str, theme: Theme) -> str:
    (ink, paper, slant), (dark_ink, dark_paper, dark_slant) = (
        _look(css, scheme) for scheme in (theme.light, theme.dark)
    )
    body = f"color:light-dark({ink},{dark_ink})" if (ink, dark_ink) != ("var(--ink)", "var(--ink)") else ""
    if paper:
        body += f";background:light-dark({paper},{dark_paper})"
    if slant or dark_slant:
        body += ";font-style:italic"
    return body.lstrip(";")


def _look(css: str, scheme: Scheme) -> tuple[str, str | None, bool]:
    """Return the colour, the background and whether it slants, of one class."""
    style: type[Style] = get_style_by_name(scheme.style)
    look = style.style_for_token(TOKENS[css])
    own = style.style_for_token(TOKENS["x"])["color"]  # what the style gives to text without a meaning
    paper = {"gd": scheme.removed, "gi": scheme.added}.get(css)  # the only classes that keep one
    if not look["color"] or look["color"] == own:
        return "var(--ink)", paper, look["italic"]
    return readable(f"#{look['color']}", [paper] if paper else scheme.grounds), paper, look["italic"]


def _channels(colour: str) -> tuple[float, float, float]:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255
