"""A drawing of a list in columns, as a newspaper is set: boxes below each other, arrows on tracks to their left.

An arrow whose source is in another column, or for which there is no track left, begins with a dot; the name of its
source stands in the box. Tracks are given to the shortest first, so that few cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from .boxes import Box, Entry, Heading, Read
from .sheet import (
    CHARACTER,
    LABEL_GAP,
    LINE_HEIGHT,
    PADDING,
    TIP,
    Arrow,
    Drawn,
    Sheet,
    Text,
    height_of,
    label_at,
    rows_of,
    wrapped,
)

GAP = 3.5
"""Between boxes; the line from a box leaves it there."""
TRACK = 4.5
TRACKS = {1: 12, 2: 8}
FEWEST_TRACKS = 4
"""In so many columns, and in more."""
BAR = 6.0
BETWEEN_COLUMNS = 4.0
UNBROKEN = 1000
NARROWEST = 11
"""So many characters a box has room for, at least."""
OUT = 6.0
"""How far from its left edge the line from a box leaves it."""
STUB = 5.0


@dataclass(frozen=True, slots=True)
class Setting:
    """How the list is set.

    Attributes:
        digits: of numbers.
        label: room for labels, and the tips behind them.
        tracks: how many tracks a column has.
        bars: room for bars at the right.
        characters: in a row of a box.
    """

    digits: int
    label: float
    tracks: int
    bars: float
    characters: int

    @property
    def box(self) -> float:
        return self.characters * CHARACTER + 2 * PADDING

    @property
    def before_box(self) -> float:
        return self.tracks * TRACK + self.label

    @property
    def column(self) -> float:
        return self.before_box + self.box + self.bars


class Wordings:
    """The entries as text, in as many characters and digits as are asked for."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.boxes: list[Box] = [entry for entry in entries if isinstance(entry, Box)]
        self.depth: int = max((box.depth for box in self.boxes), default=0)
        self.label = cache(self._label)
        self.widest = cache(self._widest)
        self.heights = cache(self._heights)

    def _label(self, digits: int) -> int:
        """The length of the longest label."""
        return max((len(read.label(digits)) for box in self.boxes for read in box.reads), default=0)

    def _widest(self, digits: int) -> int:
        """The length of the longest row of a box, or of two thirds of a heading."""
        rows = (len(row) for box in self.boxes for row, _ in rows_of(box, UNBROKEN, digits))
        headings = (min(len(entry.text), 2 * NARROWEST) for entry in self.entries if isinstance(entry, Heading))
        return max([*rows, *headings, NARROWEST])

    def _heights(self, characters: int, digits: int) -> list[float]:
        """The height of each entry, with the gap below."""
        return [self._height(entry, characters, digits) + GAP for entry in self.entries]

    @staticmethod
    def _height(entry: Entry, characters: int, digits: int) -> float:
        if isinstance(entry, Heading):
            return len(heading_rows(entry, characters)) * LINE_HEIGHT
        return height_of(len(rows_of(entry, characters, digits)), len(entry.reads))

    def setting(self, columns: int, width: float, digits: int) -> Setting | None:
        """How the list is set in so many columns on a sheet of a width; ``None`` if boxes would be too narrow."""
        longest = self.label(digits)
        label = (longest * CHARACTER + LABEL_GAP if longest else 0.0) + TIP + STUB
        tracks = TRACKS.get(columns, FEWEST_TRACKS) if any(box.reads for box in self.boxes) else 0
        bars = BAR * self.depth
        column = (width - BETWEEN_COLUMNS * (columns - 1)) / columns
        room = int((column - label - tracks * TRACK - bars - 2 * PADDING) / CHARACTER)
        return Setting(digits, label, tracks, bars, min(room, self.widest(digits))) if room >= NARROWEST else None


def heading_rows(heading: Heading, characters: int) -> list[str]:
    return wrapped(heading.text.split(" "), characters)


def columns_of(heights: Sequence[float], height: float) -> list[range]:
    """The entries in columns of at most a height; a single one may be higher."""
    found: list[range] = []
    begin, used = 0, 0.0
    for place, needed in enumerate(heights):
        if place > begin and used + needed - GAP > height:
            found.append(range(begin, place))
            begin, used = place, 0.0
        used += needed
    return [*found, range(begin, len(heights))]


def least_height(heights: Sequence[float], columns: int) -> float:
    """The least height at which so many columns are enough, to a tenth of a character."""
    low, high = max(heights, default=0.0), sum(heights)
    while high - low > 1.0:
        middle = (low + high) / 2
        low, high = (low, middle) if len(columns_of(heights, middle)) <= columns else (middle, high)
    return high


def listed(wordings: Wordings, setting: Setting, height: float) -> Sheet:
    """The entries in columns of a height, with no more tracks than are used."""
    widest = _Listed(wordings, setting, height)
    return _Listed(wordings, replace(setting, tracks=widest.tracks), height).sheet


class _Listed:
    """Places the entries, column after column, with their arrows and bars."""

    def __init__(self, wordings: Wordings, setting: Setting, height: float) -> None:
        self.entries = wordings.entries
        self.setting = setting
        self.sheet = Sheet()
        self.tracks = 0
        self.drawn: dict[int, Drawn] = {}
        self.column: dict[int, int] = {}
        heights = wordings.heights(setting.characters, setting.digits)
        for number, column in enumerate(columns_of(heights, height)):
            self._place(column, number, heights)
            self._connect(column)
            self._bars(column, number, heights)

    def _left(self, column: int) -> float:
        return column * (self.setting.column + BETWEEN_COLUMNS)

    def _place(self, column: range, number: int, heights: Sequence[float]) -> None:
        x, y = self._left(number) + self.setting.before_box, 0.0
        for place in column:
            entry = self.entries[place]
            self.column[place] = number
            if isinstance(entry, Heading):
                rows = heading_rows(entry, self.setting.characters)
                lines = [Text(x, y + (i + 0.5) * LINE_HEIGHT, row, "heading") for i, row in enumerate(rows)]
                self.sheet.texts += lines
            else:
                self.drawn[place] = self._box(entry, x, y)
                self.sheet.boxes.append(self.drawn[place])
            y += heights[place]
        self.sheet.height = max(self.sheet.height, y - GAP)
        self.sheet.width = self._left(number) + self.setting.column

    def _box(self, box: Box, x: float, y: float) -> Drawn:
        rows = rows_of(box, self.setting.characters, self.setting.digits)
        top = y + PADDING / 2
        texts = [Text(x + PADDING, top + (i + 0.5) * LINE_HEIGHT, row, style) for i, (row, style) in enumerate(rows)]
        return Drawn(box, x, y, self.setting.box, height_of(len(rows), len(box.reads)), tuple(texts))

    # -- arrows ------------------------------------------------------------------------------------

    def _connect(self, column: range) -> None:
        ends: dict[int, float] = {}
        for place in column:
            for position, read in enumerate(self._reads(place)):
                if read.source in column:
                    ends[read.source] = self.drawn[place].port(position)
        tracks = _tracks({s: (self._leaves(s), end) for s, end in ends.items()}, self.setting.tracks)
        self.tracks = max(self.tracks, *(track + 1 for track in tracks.values()), 0)
        for place in column:
            for position in range(len(self._reads(place))):
                self.sheet.arrows.append(self._arrow(place, position, tracks))

    def _reads(self, place: int) -> Sequence[Read]:
        entry = self.entries[place]
        return entry.reads if isinstance(entry, Box) else ()

    def _leaves(self, place: int) -> float:
        """The height at which the line from a box runs to its track."""
        drawn = self.drawn[place]
        return drawn.y + drawn.height + GAP / 2

    def _arrow(self, place: int, position: int, tracks: dict[int, int]) -> Arrow:
        target = self.drawn[place]
        read = target.box.reads[position]
        y = target.port(position)
        label = label_at(target.x, y, read.label(self.setting.digits))
        end = (label.x - LABEL_GAP, y) if label.text else (target.x - TIP, y)
        source = self.drawn[read.source]
        if read.source in tracks and self.column[read.source] == self.column[place]:
            track = source.x - self.setting.label - (tracks[read.source] + 0.5) * TRACK
            leaves = self._leaves(read.source)
            out = source.x + OUT
            points = ((out, source.y + source.height), (out, leaves), (track, leaves), (track, y), end)
        else:
            points = ((end[0] - STUB + LABEL_GAP, y), end)
        has_derivative = bool(label.text)
        title = f"{source.box.line.name} to {target.box.line.name}: {read.label(6) or 'no derivative'}"
        return Arrow(points, label, (target.x, y), False, has_derivative, title)

    # -- bars --------------------------------------------------------------------------------------

    def _bars(self, column: range, number: int, heights: Sequence[float]) -> None:
        """A bar for each loop, to the right of its boxes in this column; the outer ones further out."""
        right = self._left(number) + self.setting.column
        tops = dict(zip(column, _running(column, heights), strict=True))
        for place, entry in enumerate(self.entries):
            if isinstance(entry, Heading) and entry.end > place + 1:
                within = range(max(place, column.start), min(entry.end, column.stop))
                if within:
                    bottom = tops[within[-1]] + heights[within[-1]] - GAP
                    self.sheet.bars.append((right - (entry.depth + 0.5) * BAR, tops[within[0]], bottom))


def _running(column: range, heights: Sequence[float]) -> list[float]:
    """The top of each entry of a column."""
    tops, y = [], 0.0
    for place in column:
        tops.append(y)
        y += heights[place]
    return tops


def _tracks(spans: dict[int, tuple[float, float]], most: int) -> dict[int, int]:
    """A track for each source, the shortest nearest to the boxes; none for those that find none free."""
    taken: list[list[tuple[float, float]]] = [[] for _ in range(most)]
    found: dict[int, int] = {}
    for source, (top, bottom) in sorted(spans.items(), key=lambda item: item[1][1] - item[1][0]):
        for number, others in enumerate(taken):
            if all(bottom < begin or end < top for begin, end in others):
                others.append((top, bottom))
                found[source] = number
                break
    return found
