"""A layered drawing of a list: a column for each layer, lines that run from left to right.

The method of K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system
structures" (1981): layers by longest path, waypoints where a line crosses a layer, order within a layer by
barycentres. Heights within a layer by isotonic regression: as near as can be to the neighbours' mean
without an overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SWEEPS = 25
GAP_BETWEEN_COLUMNS = 40.0
GAP_WITHIN_COLUMN = 16.0
WAYPOINT_HEIGHT = 2.0
STRAIGHTNESS = 4.0
"""How much more it matters that a line through waypoints runs straight than that boxes are level."""


@dataclass(eq=False, slots=True)
class Place:
    """Where a box (or, with ``box=-1``, a waypoint of lines) is drawn.

    Attributes:
        box: number of the box.
        layer: number of the column.
        x: left edge.
        y: middle.
        column_width: width of the widest box in the column.
    """

    box: int
    layer: int
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    column_width: float = 0.0

    @property
    def column_end(self) -> float:
        """Where the column ends: from there a line may turn without touching a box."""
        return self.x + self.column_width


Segment = tuple[Place, Place]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is.

    Attributes:
        boxes: the places of the boxes in their order.
        waypoints: where lines cross a layer.
        segments: the pieces of line.
        arrivals: for each box, for each of its reads, the place in the layer before from which the line comes.
        width: of it all.
        height: likewise.
    """

    boxes: list[Place]
    waypoints: list[Place]
    segments: list[Segment]
    arrivals: list[list[Place]]
    width: float
    height: float


def layout(
    sizes: Sequence[tuple[float, float]], reads: Sequence[Sequence[int]], gap: float = GAP_BETWEEN_COLUMNS
) -> Layout:
    """Place boxes of given (width, height), of which each reads from earlier ones, in columns with a gap between."""
    layers = _layers(reads)
    boxes = [Place(i, layer, *size) for i, (layer, size) in enumerate(zip(layers, sizes, strict=True))]
    waypoints, segments, arrivals = _route(boxes, reads)
    columns: list[list[Place]] = [[] for _ in range(max(layers, default=-1) + 1)]
    for place in [*boxes, *waypoints]:
        columns[place.layer].append(place)
    before, after = _neighbours(segments)
    _order(columns, before, after)
    width = _set_x(columns, gap)
    height = _set_y(columns, before, after)
    return Layout(boxes, waypoints, segments, arrivals, width, height)


def _layers(reads: Sequence[Sequence[int]]) -> list[int]:
    """The longest path from an input to each box; then boxes move towards their readers if that is no detour."""
    layers: list[int] = []
    for sources in reads:
        layers.append(1 + max((layers[s] for s in sources), default=-1))
    readers: list[list[int]] = [[] for _ in reads]
    for box, sources in enumerate(reads):
        for source in set(sources):
            readers[source].append(box)
    for box in reversed(range(len(reads))):
        latest = min((layers[r] for r in readers[box]), default=0) - 1
        if reads[box] and latest > layers[box] and _lengthened(box, latest, reads, readers, layers) <= 1:
            layers[box] = latest
    return layers


def _lengthened(
    box: int, layer: int, reads: Sequence[Sequence[int]], readers: Sequence[Sequence[int]], layers: Sequence[int]
) -> int:
    """How many lines get longer if the box moves to the layer (those to a later reader do not)."""
    return sum(all(layers[r] < layer for r in readers[source] if r != box) for source in set(reads[box]))


def _route(
    boxes: Sequence[Place], reads: Sequence[Sequence[int]]
) -> tuple[list[Place], list[Segment], list[list[Place]]]:
    """Waypoints in the layers between, of which the lines from one box share theirs; pieces of line; arrivals."""
    trunks: list[list[Place]] = [[box] for box in boxes]
    segments: list[Segment] = []
    arrivals: list[list[Place]] = []
    for target, sources in zip(boxes, reads, strict=True):
        for source in dict.fromkeys(sources):
            trunk, start = trunks[source], boxes[source].layer
            while start + len(trunk) < target.layer:
                trunk.append(Place(-1, start + len(trunk), 0.0, WAYPOINT_HEIGHT))
                segments.append((trunk[-2], trunk[-1]))
            segments.append((trunk[target.layer - 1 - start], target))
        arrivals.append([trunks[source][target.layer - 1 - boxes[source].layer] for source in sources])
    return [place for trunk in trunks for place in trunk[1:]], segments, arrivals


Neighbours = dict[Place, list[Place]]


def _neighbours(segments: Sequence[Segment]) -> tuple[Neighbours, Neighbours]:
    before: Neighbours = {}
    after: Neighbours = {}
    for source, target in segments:
        before.setdefault(target, []).append(source)
        after.setdefault(source, []).append(target)
    return before, after


def _order(columns: Sequence[list[Place]], before: Neighbours, after: Neighbours) -> None:
    """Sort each column by the mean position of the neighbours, to and fro; keep the order that crosses least."""
    best = [list(column) for column in columns]
    fewest = _crossings(columns, after)
    for sweep in range(SWEEPS):
        neighbours = after if sweep % 2 else before
        for column in reversed(columns) if sweep % 2 else columns:
            _sort_by_barycentre(column, neighbours, _positions(columns))
        count = _crossings(columns, after)
        if count < fewest:
            fewest, best = count, [list(column) for column in columns]
    for column, places in zip(columns, best, strict=True):
        column[:] = places


def _positions(columns: Sequence[list[Place]]) -> dict[Place, float]:
    return {place: i - len(column) / 2 for column in columns for i, place in enumerate(column)}


def _sort_by_barycentre(column: list[Place], neighbours: Neighbours, position: dict[Place, float]) -> None:
    def barycentre(place: Place) -> float:
        return _mean([position[p] for p in neighbours.get(place, [place])])

    column.sort(key=barycentre)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _crossings(columns: Sequence[list[Place]], after: Neighbours) -> int:
    """How many pairs of lines between neighbouring columns cross."""
    position = _positions(columns)
    total = 0
    for column in columns:
        ends: list[float] = []
        for place in column:
            reached = [position[p] for p in after.get(place, [])]
            total += sum(end > r for r in reached for end in ends)
            ends.extend(reached)
    return total


def _set_x(columns: Sequence[list[Place]], gap: float) -> float:
    """Columns from left to right, boxes flush left; gives the width of all."""
    x = 0.0
    for column in columns:
        width = max(place.width for place in column)
        for place in column:
            place.x = x
            place.column_width = width
        x += width + gap
    return max(x - gap, 0.0)


def _set_y(columns: Sequence[list[Place]], before: Neighbours, after: Neighbours) -> float:
    """Heights near the mean of the neighbours; gives the height of all."""
    for column in columns:
        _settle(column, [0.0] * len(column))
    for sweep in range(SWEEPS):
        for column in reversed(columns) if sweep % 2 else columns:
            _settle(column, [_wish(place, before, after) for place in column])
    everything = [place for column in columns for place in column]
    top = min((p.y - p.height / 2 for p in everything), default=0.0)
    for place in everything:
        place.y -= top
    return max((p.y + p.height / 2 for p in everything), default=0.0)


def _wish(place: Place, before: Neighbours, after: Neighbours) -> float:
    """The mean height of the neighbours, weighted for straight lines."""
    neighbours = before.get(place, []) + after.get(place, [])
    if not neighbours:
        return place.y
    weights = [STRAIGHTNESS ** ((place.box < 0) + (p.box < 0)) for p in neighbours]
    return sum(w * p.y for w, p in zip(weights, neighbours, strict=True)) / sum(weights)


def _settle(column: Sequence[Place], wishes: Sequence[float]) -> None:
    """Nearest to the wishes in least squares, in order and without overlap (pool adjacent violators)."""
    offsets = _stacked(column)
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        total, count = wish - offset, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            earlier = pools.pop()
            total, count = total + earlier[0], count + earlier[1]
        pools.append((total, count))
    levels = [total / count for total, count in pools for _ in range(count)]
    for place, level, offset in zip(column, levels, offsets, strict=True):
        place.y = level + offset


def _stacked(column: Sequence[Place]) -> list[float]:
    """The middles of the places when they stand as close as may be."""
    middles: list[float] = []
    edge = 0.0
    for place in column:
        middles.append(edge + place.height / 2)
        edge += place.height + GAP_WITHIN_COLUMN
    return middles
