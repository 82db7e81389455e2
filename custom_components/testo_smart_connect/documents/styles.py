"""Colours and lines of both kinds of documents: calm, and apart in black and white too."""

from dataclasses import dataclass

from .blocks import Tone
from .plot import Style

INK = "#1b1f24"
MUTED = "#5b6570"
RULE = "#c9ced4"
HAIRLINE = "#e3e6e9"
PANEL = "#f4f6f8"
ACCENT = "#1f4e79"
TONES: dict[Tone, str] = {"good": "#e4f1e7", "bad": "#f7dcd8", "unsure": "#fbf0d6"}
FILLS: dict[Style, str] = {"excursion": "#f6d3cd", "gap": "#f1f2f4", "unknown": "#6b7480"}


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line is drawn; lengths in points."""

    colour: str
    width: float
    dash: tuple[float, ...] = ()


STROKES: dict[Style, Stroke] = {
    "grid": Stroke(HAIRLINE, 0.4),
    "midnight": Stroke(HAIRLINE, 0.4),
    "frame": Stroke(MUTED, 0.6),
    "limit": Stroke("#a3271b", 0.9, (4, 2.5)),
    "curve": Stroke(ACCENT, 0.8),
}
