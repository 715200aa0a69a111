"""A drawing of a short list as a graph: inputs on the left, the result on the right, arrows as curves."""

from __future__ import annotations

from collections.abc import Sequence

from .boxes import Box
from .layered import GAP_BETWEEN_COLUMNS, Layout, Place, layout
from .sheet import (
    LABEL_GAP,
    LINE_HEIGHT,
    PADDING,
    TIP,
    Arrow,
    Drawn,
    Point,
    Sheet,
    Text,
    height_of,
    label_at,
    rows_of,
    width_of,
)

WIDEST_BOX = 30
"""In characters."""


def graph(boxes: Sequence[Box], digits: int) -> Sheet:
    """Boxes in layers, each further to the right than what it reads."""
    rows = [rows_of(box, WIDEST_BOX, digits) for box in boxes]
    sizes = [
        (max(width_of(row) for row, _ in lines) + 2 * PADDING, height_of(len(lines), len(box.reads)))
        for box, lines in zip(boxes, rows, strict=True)
    ]
    labels = [width_of(read.label(digits)) for box in boxes for read in box.reads]
    level = max(labels, default=0.0) + 2 * LABEL_GAP + TIP
    plan = layout(sizes, [[read.source for read in box.reads] for box in boxes], GAP_BETWEEN_COLUMNS + level)
    drawn = [_drawn(box, place, lines) for box, place, lines in zip(boxes, plan.boxes, rows, strict=True)]
    arrows = [
        _arrow(plan, drawn, place, position, digits, level)
        for place, box in enumerate(boxes)
        for position in range(len(box.reads))
    ]
    return Sheet(drawn, arrows, [], [], plan.width, plan.height)


def _drawn(box: Box, place: Place, rows: Sequence[tuple[str, str]]) -> Drawn:
    top = place.y - place.height / 2
    first = top + PADDING / 2 + LINE_HEIGHT / 2
    texts = [Text(place.x + PADDING, first + i * LINE_HEIGHT, row, style) for i, (row, style) in enumerate(rows)]
    return Drawn(box, place.x, top, place.width, place.height, tuple(texts))


def _arrow(plan: Layout, drawn: Sequence[Drawn], place: int, position: int, digits: int, level: float) -> Arrow:
    """The arrow of an operand, which is level from some distance before the box on, where the labels are."""
    target = drawn[place]
    read = target.box.reads[position]
    y = target.port(position)
    label = label_at(target.x, y, read.label(digits))
    end = (label.x - LABEL_GAP, y) if label.text else (target.x - TIP, y)
    source = drawn[read.source]
    title = f"{source.box.line.name} to {target.box.line.name}: {read.label(6) or 'no derivative'}"
    way = (*_way(plan, read.source, plan.arrivals[place][position], level), (target.x - level, y), end)
    return Arrow(way, label, (target.x, y), True, bool(label.text), title)


def _way(plan: Layout, source: int, arrival: Place, level: float) -> list[Point]:
    """The ends of the level pieces of a line, from the right side of a box to the end of its last waypoint's column."""
    begin = plan.boxes[source]
    before = {target: source for source, target in plan.segments if target.box < 0}
    places = [arrival]
    while places[-1].box < 0:
        places.append(before[places[-1]])
    points = [(begin.x + begin.width, begin.y), (begin.column_end, begin.y)]
    for place in reversed(places[:-1]):
        points += [(place.x - level, place.y), (place.column_end, place.y)]
    return points
