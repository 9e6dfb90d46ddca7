"""Plots as small SVG files: bars for rates side by side, lines for what depends on something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 36, 44, 48
"""Pixels around the field."""
COLOURS = ("#1f6feb", "#8c959f", "#bf8700")
"""Ours, the reference, another one."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each name, in `unit`. Names that begin alike have a colour each; ours come first."""

    title: str
    unit: str
    values: Mapping[str, float]

    def svg(self) -> str:
        """The file's text."""
        axis = Axis(0, max(self.values.values()), HEIGHT - BOTTOM, TOP)
        wide = (WIDTH - LEFT - RIGHT) / len(self.values)
        parts = _frame(self.title, self.unit, axis)
        for number, (name, value) in enumerate(self.values.items()):
            left, top = LEFT + wide * (number + 0.15), axis.at(value)
            colour = COLOURS[number % 2 if len(self.values) > len(COLOURS) else number]
            parts.append(f'<rect x="{left:.0f}" y="{top:.0f}" width="{wide * 0.7:.0f}" '
                         f'height="{HEIGHT - BOTTOM - top:.0f}" fill="{colour}"/>')  # fmt: skip
            parts.append(_text(left + wide * 0.35, top - 5, _number(value), "middle"))
            parts.append(_text(left + wide * 0.35, HEIGHT - BOTTOM + 18, name, "middle"))
        return _svg(parts)


@dataclass(frozen=True, slots=True)
class Lines:
    """A line of points (x, y) for each name, ours first. A scale may be logarithmic."""

    title: str
    x: str
    y: str
    series: Mapping[str, Sequence[tuple[float, float]]]
    log_x: bool = False
    log_y: bool = False

    def svg(self) -> str:
        """The file's text."""
        points = [point for line in self.series.values() for point in line]
        xs, ys = zip(*points, strict=True)
        across = Axis(min(xs), max(xs), LEFT, WIDTH - RIGHT, self.log_x)
        up = Axis(min(ys) if self.log_y else 0, max(ys), HEIGHT - BOTTOM, TOP, self.log_y)
        parts = _frame(self.title, self.y, up)
        parts += [_text(across.at(x), HEIGHT - BOTTOM + 18, _number(x), "middle") for x in _ticks_of(xs, across)]
        parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, self.x, "middle"))
        for number, (name, line) in enumerate(self.series.items()):
            places = [(across.at(x), up.at(y)) for x, y in line]
            path = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
            colour = COLOURS[number]
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            parts += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{colour}"/>' for x, y in places]
            x, y = places[-1]
            parts.append(_text(x, y - 8, name, "end", colour))
        return _svg(parts)


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from the pixel `start` to the pixel `end`."""

    least: float
    most: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value."""
        least, most = self._of(self.least), self._of(self.most)
        return self.start + (self.end - self.start) * (self._of(value) - least) / ((most - least) or 1)

    def ticks(self) -> list[float]:
        """A few round values."""
        if self.log:
            return [10.0**n for n in range(ceil(log10(self.least)), floor(log10(self.most)) + 1)]
        rough = (self.most - self.least) / 4
        power = 10.0 ** floor(log10(rough))
        step = next(power * round_one for round_one in (1, 2, 2.5, 5, 10) if power * round_one >= rough)
        return [step * n for n in range(ceil(self.least / step), floor(self.most / step) + 1)]

    def _of(self, value: float) -> float:
        return log10(value) if self.log else value


def _ticks_of(xs: Sequence[float], axis: Axis) -> list[float]:
    """Every value measured, where they are few; else round ones."""
    measured = sorted(set(xs))
    return measured if len(measured) <= 8 else axis.ticks()


def _frame(title: str, unit: str, axis: Axis) -> list[str]:
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold" fill="#1f2328">{escape(title)}</text>',
        _text(LEFT, 36, unit, "start"),
    ]
    for tick in axis.ticks():
        y = axis.at(tick)
        parts.append(f'<path d="M{LEFT} {y:.0f}H{WIDTH - RIGHT}" stroke="#d0d7de"/>')
        parts.append(_text(LEFT - 6, y + 4, _number(tick), "end"))
    return parts


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#59636e") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _svg(parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
            f'font-size="11">\n{body}\n</svg>\n')  # fmt: skip
