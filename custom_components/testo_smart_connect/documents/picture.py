"""A figure on a page of a PDF."""

from typing import override

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from .blocks import Figure
from .plot import FONT_SIZE, HEIGHT, WIDTH, Area, Label, Path, Plot
from .styles import FILLS, MUTED, STROKES
from .typeface import PLAIN


class Picture(Flowable):
    """Draws the shapes of a plot, whose y runs downwards."""

    def __init__(self, figure: Figure) -> None:
        """Take a figure with at least one reading."""
        super().__init__()
        self._plot = Plot(figure)

    @override
    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        return WIDTH, HEIGHT

    def draw(self) -> None:
        """Draw one shape after the other."""
        for shape in self._plot.shapes():
            match shape:
                case Area():
                    self._area(shape)
                case Path():
                    self._path(shape)
                case _:
                    self._label(shape)

    def _area(self, area: Area) -> None:
        self.canv.setFillColor(HexColor(FILLS[area.style]))
        y = HEIGHT - area.y - area.height
        self.canv.rect(area.x, y, area.width, area.height, stroke=0, fill=1)

    def _path(self, path: Path) -> None:
        stroke = STROKES[path.style]
        self.canv.setStrokeColor(HexColor(stroke.colour))
        self.canv.setLineWidth(stroke.width)
        self.canv.setDash(list(stroke.dash))
        # Round, so that a single reading is a dot.
        self.canv.setLineCap(1)
        self.canv.setLineJoin(1)
        line = self.canv.beginPath()
        (x, y), *others = path.points
        line.moveTo(x, HEIGHT - y)
        for x, y in others:
            line.lineTo(x, HEIGHT - y)
        self.canv.drawPath(line)

    def _label(self, label: Label) -> None:
        self.canv.setFont(PLAIN, FONT_SIZE)
        self.canv.setFillColor(HexColor(MUTED))
        draw = {
            "start": self.canv.drawString,
            "middle": self.canv.drawCentredString,
            "end": self.canv.drawRightString,
        }[label.anchor]
        draw(label.x, HEIGHT - label.y, label.text)
