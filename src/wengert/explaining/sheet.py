"""A sheet of paper with boxes, arrows and texts on it, as it is drawn: lengths in tenths of the size of the font."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .boxes import Box

EM = 10.0
CHARACTER = 6.02
"""Width of a character: no monospaced font in use has wider ones."""
LINE_HEIGHT = 10.5
PADDING = 3.0
TIP = 8.0
"""Length of an arrow behind its label."""
LABEL_GAP = 2.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text, from `x` on, with its middle at `y`."""

    x: float
    y: float
    text: str
    style: str = ""

    @property
    def end(self) -> float:
        return self.x + len(self.text) * CHARACTER


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box in its place, with its rows of text."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    rows: tuple[Text, ...]

    def port(self, position: int) -> float:
        """The height at which the arrow of an operand arrives."""
        return self.y + PADDING / 2 + (position + 0.5) * LINE_HEIGHT


@dataclass(frozen=True, slots=True)
class Arrow:
    """The way from one box to another.

    Attributes:
        points: corners of the line, or the control points of a curve; it ends at the label.
        label: the local derivative before the tip.
        tip: where it arrives.
        is_curved: whether the points are those of a curve.
        has_derivative: if not, the line is dashed.
        title: what it means, in words.
    """

    points: tuple[Point, ...]
    label: Text
    tip: Point
    is_curved: bool
    has_derivative: bool
    title: str

    @property
    def after_label(self) -> float:
        """Where the line goes on behind the label."""
        return self.label.end + LABEL_GAP if self.label.text else self.points[-1][0]


@dataclass(slots=True)
class Sheet:
    """Everything that is drawn, and the size that it takes."""

    boxes: list[Drawn] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    bars: list[tuple[float, float, float]] = field(default_factory=list)
    """Lines beside what repeats itself: x, from y, to y."""
    width: float = 0.0
    height: float = 0.0


def width_of(text: str) -> float:
    return len(text) * CHARACTER


def label_at(x: float, y: float, text: str) -> Text:
    """The label of an arrow whose tip is at `x`."""
    return Text(x - TIP - LABEL_GAP - width_of(text), y, text, "label")


def wrapped(words: Sequence[str], characters: int) -> list[str]:
    """Words in lines of at most so many characters; one that is longer is broken, at its blanks and brackets first."""
    lines: list[str] = []
    for word in words:
        for piece in [word] if len(word) <= characters else _pieces(word, characters):
            blank = "" if not lines or lines[-1].endswith("(") else " "
            if lines and len(lines[-1]) + len(blank) + len(piece) <= characters:
                lines[-1] += blank + piece
            else:
                lines.append(piece)
    return lines


def _pieces(word: str, characters: int) -> list[str]:
    """The parts of a long word: up to each blank and opening bracket, and where that is not enough, anywhere."""
    parts = [part for part in re.split(r"(?<=\()| ", word) if part]
    return [part[i : i + characters] for part in parts for i in range(0, len(part), characters)]


def rows_of(box: Box, characters: int, digits: int) -> list[tuple[str, str]]:
    """The lines of text in a box, with their styles: what was done, and the figures."""
    title = box.title if len(box.title) <= characters else box.title.replace(" ", "")
    words = [title] if len(title) <= characters else box.title.split(" ")
    return [
        *((row, "name") for row in wrapped(words, characters)),
        *((row, "value") for row in wrapped(box.figures(digits), characters)),
    ]


def height_of(rows: int, reads: int) -> float:
    """The height of a box with so many rows and arrows."""
    return max(rows, reads) * LINE_HEIGHT + PADDING
