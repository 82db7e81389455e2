"""The picture of a curve, in points from the upper left corner: the same in PDF and HTML."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .blocks import Figure
from .curve import lines
from .ticks import time_ticks, value_ticks

WIDTH, HEIGHT = 505.0, 160.0
FONT_SIZE = 7.0
_LETTER = 0.62 * FONT_SIZE
"""About the width of a digit."""
_TOP, _BOTTOM = 16.0, 16.0
_STRIP = 4.0
"""How high the strip is that marks a time without readings."""
_LEAST = 0.6
"""What is marked is at least so wide, else a short one is not seen."""
_COLUMNS_PER_POINT = 2
_LABEL_WIDTH = 40.0
"""What a label of the time axis takes, with some air."""
_AIR = 0.08
"""What is left free above the highest and below the lowest value, as a part of their distance."""

type Style = Literal["excursion", "gap", "unknown", "grid", "midnight", "frame", "limit", "curve"]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    style: Style


@dataclass(frozen=True, slots=True)
class Path:
    """Lines from point to point."""

    points: tuple[tuple[float, float], ...]
    style: Style


@dataclass(frozen=True, slots=True)
class Label:
    """A text on its baseline; x is where it starts, or its middle or end."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"]


type Shape = Area | Path | Label


class Plot:
    """A figure at its place and scale."""

    def __init__(self, figure: Figure) -> None:
        """Take a figure with at least one reading."""
        self._figure = figure
        channel = figure.channel
        shown = [*channel.values, *(value for value, _ in figure.limits)]
        air = _AIR * (max(shown) - min(shown)) or 1.0
        self._low, self._high = min(shown) - air, max(shown) + air
        self._values, self._digits = value_ticks(self._low, self._high)
        labels = [figure.say.number(value, self._digits) for value in self._values]
        self._labels = labels
        self._left = max(map(len, labels)) * _LETTER + 6
        self._right = WIDTH - max((len(text) for _, text in figure.limits), default=0) * _LETTER - 6
        self._base = HEIGHT - _BOTTOM
        self._start = figure.start.timestamp()
        self._span = figure.end.timestamp() - self._start

    def _x(self, at: float) -> float:
        part = (at - self._start) / self._span
        return self._left + min(max(part, 0.0), 1.0) * (self._right - self._left)

    def _y(self, value: float) -> float:
        part = (value - self._low) / (self._high - self._low)
        return self._base - part * (self._base - _TOP)

    def shapes(self) -> Iterator[Shape]:
        """Yield what is to be drawn, in this order."""
        yield from self._marks()
        yield from self._value_axis()
        yield from self._time_axis()
        yield from self._limits()
        yield from self._curve()
        corners = ((self._left, _TOP), (self._left, self._base), (self._right, self._base))
        yield Path(corners, "frame")

    def _marks(self) -> Iterator[Shape]:
        figures = self._figure.channel.figures
        height = self._base - _TOP
        for excursion in figures.excursions:
            x, width = self._stretch(excursion.start, excursion.end)
            yield Area(x, _TOP, width, height, "excursion")
        for gap in figures.gaps:
            x, width = self._stretch(gap.start, gap.end)
            yield Area(x, _TOP, width, height, "gap")
            yield Area(x, self._base - _STRIP, width, _STRIP, "unknown")

    def _stretch(self, start: datetime, end: datetime) -> tuple[float, float]:
        x = self._x(start.timestamp())
        return x, max(self._x(end.timestamp()) - x, _LEAST)

    def _value_axis(self) -> Iterator[Shape]:
        for value, text in zip(self._values, self._labels, strict=True):
            y = self._y(value)
            yield Path(((self._left, y), (self._right, y)), "grid")
            yield Label(self._left - 4, y + 0.35 * FONT_SIZE, text, "end")
        yield Label(self._left, _TOP - 6, self._figure.channel.unit, "start")

    def _time_axis(self) -> Iterator[Shape]:
        figure = self._figure
        most = int((self._right - self._left) / _LABEL_WIDTH)
        for at, text in time_ticks(figure.start, figure.end, most, figure.say):
            x = self._x(at.timestamp())
            yield Path(((x, _TOP), (x, self._base + (3 if text else 0))), "midnight")
            if text:
                yield Label(x, self._base + 11, text, "middle")

    def _limits(self) -> Iterator[Shape]:
        for value, text in self._figure.limits:
            y = self._y(value)
            yield Path(((self._left, y), (self._right, y)), "limit")
            yield Label(self._right + 4, y + 0.35 * FONT_SIZE, text, "start")

    def _curve(self) -> Iterator[Shape]:
        figure = self._figure
        columns = int((self._right - self._left) * _COLUMNS_PER_POINT)
        for line in lines(figure.channel, figure.start, figure.end, columns):
            yield Path(tuple((self._x(at), self._y(value)) for at, value in line), "curve")
