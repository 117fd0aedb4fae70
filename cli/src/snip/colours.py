"""Code in the sixteen colours of a terminal, which are its reader's own."""

from collections.abc import Iterable, Sequence

from snip.terminal import visible

Runs = Sequence[tuple[str, int]]  # Pygments' short class, "" for none; how many characters of the code

# By class, else by the letters that it begins with.
_STYLES = dict(
    each.split("=")
    for each in (
        "c=90 cp=35 cpf=32 k=94 kc=95 kt=36 s=32 se=33 si=33 sr=35 l=95 m=95 nf=33 fm=33 nc=93 ne=93 nb=36 bp=36 nt=94"
        " na=36 nd=35 no=95 ow=94 err=91 gd=31 gi=32 gr=91 gh=1 gs=1 gu=35 ge=3 gp=90 gt=94"
    ).split()
)


def coloured(code: str, runs: Iterable[tuple[str, int]]) -> str:
    """Return the code with colours; what is in it cannot colour, move or set anything itself.

    Plain, where the runs do not add up to the code.
    """
    runs = list(runs)
    if any(length < 0 for _, length in runs) or sum(length for _, length in runs) != len(code):
        return visible(code)
    pieces, at = [], 0
    for css, length in runs:
        pieces.append(_painted(code[at : at + length], _style(css)))
        at += length
    return "".join(pieces)


def _style(css: str) -> str | None:
    return next((_STYLES[css[:length]] for length in (3, 2, 1) if css[:length] in _STYLES), None)


def _painted(text: str, style: str | None) -> str:
    """Return a text in one style, which ends and begins again at each line end: pagers show lines."""
    if style is None:
        return visible(text)
    return "\n".join(
        f"\x1b[{style}m{visible(line)}\x1b[0m" if line.strip() else visible(line) for line in text.split("\n")
    )
