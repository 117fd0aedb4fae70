"""Line charts as SVG, with the range of each point: enough for slopes, and nothing to install."""

import math
from collections.abc import Iterator, Sequence
from html import escape

from bench.points import Point, Series

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 840, 340, 60, 40, 330, 50
COLOURS = "#1f6feb #d1242f #1a7f37 #9a6700 #8250df #bf3989 #57606a #0a7ea4 #953800 #116329".split()
FONT = 'font-family="system-ui, sans-serif" font-size="12"'
STEPS = 5  # of a linear axis, about


def chart(title: str, across: str, up: str, lines: Series, *, linear: bool = False) -> str:
    """Return an SVG with one line for each name, ten at most; both axes are logarithmic, or linear from 0 on."""
    scale = _Linear if linear else _Logarithmic
    points = [point for line in lines.values() for point in line]
    x = scale([point.at for point in points], LEFT, WIDTH - RIGHT)
    y = scale([value for point in points for value in (point.low, point.high)], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" {FONT}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-weight="bold">{escape(title)}</text>',
        *_axes(x, y),
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{escape(across)}</text>',
        f'<text transform="translate(14 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(up)}</text>',
    ]
    for number, (name, line) in enumerate(lines.items()):
        colour, at = COLOURS[number], TOP + 18 * number
        parts += _line(line, x, y, colour)
        parts.append(f'<rect x="{WIDTH - RIGHT + 16}" y="{at - 4}" width="14" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 36}" y="{at + 3}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


class _Logarithmic:
    """Whole powers of ten around the values, give or take a little, from one coordinate to another."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = math.log10(min(values)), math.log10(max(values))
        self.low, self.high = math.floor(low + 1e-9), max(math.ceil(high - 0.05), math.floor(low) + 1)
        self._start, self._step = start, (end - start) / (self.high - self.low)

    def __call__(self, value: float) -> float:
        return self._start + (math.log10(value) - self.low) * self._step

    def ticks(self) -> Iterator[tuple[float, str]]:
        for power in range(self.low, self.high + 1):
            yield self(10.0**power), f"{10**power:,}" if power >= 0 else f"{10.0**power:.{-power}f}"


class _Linear:
    """From 0 to a round number that no value is above, from one coordinate to another."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        rough = max(values) / STEPS
        power = 10.0 ** math.floor(math.log10(rough))
        self._tick = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
        self._ticks = math.ceil(max(values) / self._tick - 1e-9)
        self._start, self._step = start, (end - start) / (self._ticks * self._tick)

    def __call__(self, value: float) -> float:
        return self._start + value * self._step

    def ticks(self) -> Iterator[tuple[float, str]]:
        for number in range(self._ticks + 1):
            yield self(number * self._tick), f"{number * self._tick:,g}"


Scale = _Logarithmic | _Linear


def _line(line: Sequence[Point], x: Scale, y: Scale, colour: str) -> Iterator[str]:
    path = " ".join(f"{x(point.at):.1f},{y(point.middle):.1f}" for point in line)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for point in line:
        at = f"{x(point.at):.1f}"
        yield f'<path d="M{at} {y(point.low):.1f}V{y(point.high):.1f}" stroke="{colour}" stroke-width="1"/>'
        yield f'<circle cx="{at}" cy="{y(point.middle):.1f}" r="3" fill="{colour}"/>'


def _axes(x: Scale, y: Scale) -> Iterator[str]:
    for at, label in x.ticks():
        yield f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#d0d7de"/>'
        yield f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{label}</text>'
    for at, label in y.ticks():
        yield f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#d0d7de"/>'
        yield f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{label}</text>'
