"""Small plots as SVG that is made here: paths and attributes alone, the colours are the style sheet's."""

from collections.abc import Sequence

from markupsafe import Markup

HEIGHT = 32  # units; one step is one unit wide, and the style sheet stretches it all


def bars(label: str, *series: Sequence[float | None]) -> Markup:
    """Return one bar for each step, the series one before the other on one scale from 0; None leaves a gap.

    The label is what is said to who cannot see it. Class `bar-0` is the first series, which stands behind.
    """
    top = max((value for values in series for value in values if value), default=0)
    paths = Markup().join(
        Markup('<path class="bar-{}" d="{}"/>').format(number, _path(values, top))
        for number, values in enumerate(series)
    )
    width = max(map(len, series), default=1)
    return Markup(
        '<svg class="plot" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(width, HEIGHT, label, paths)


def _path(values: Sequence[float | None], top: float) -> str:
    return "".join(
        f"M{at}.1 {HEIGHT}v-{_height(value, top)}h.8v{_height(value, top)}z" for at, value in enumerate(values) if value
    )


def _height(value: float, top: float) -> float:
    return max(1, round(HEIGHT * value / top, 1))  # what is there at all is to be seen
