"""No box lies on another, no line on a box, and lines run from left to right."""

from __future__ import annotations

import itertools

import numpy
import pytest
from hypothesis import given, settings, strategies as st

from wengert.explaining.layered import Layout, Place, layout

Reads = list[list[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Reads:
    count = draw(st.integers(1, 14))
    return [draw(st.lists(st.integers(0, i - 1), max_size=3)) if i else [] for i in range(count)]


def sizes_for(reads: Reads) -> list[tuple[float, float]]:
    random = numpy.random.default_rng(len(reads))
    return [(float(w), float(h)) for w, h in random.uniform(20, 200, size=(len(reads), 2))]


def columns(plan: Layout) -> list[list[Place]]:
    places = sorted([*plan.boxes, *plan.waypoints], key=lambda place: (place.layer, place.y))
    return [list(column) for _, column in itertools.groupby(places, key=lambda place: place.layer)]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_nothing_overlaps_and_every_line_arrives(reads: Reads) -> None:
    sizes = sizes_for(reads)
    plan = layout(sizes, reads)
    for column in columns(plan):
        for upper, lower in itertools.pairwise(column):
            assert lower.y - lower.height / 2 >= upper.y + upper.height / 2 + 15.9
    assert all(target.layer == source.layer + 1 for source, target in plan.segments)
    assert all(target.x >= source.column_end for source, target in plan.segments)
    for box, sources in zip(plan.boxes, reads, strict=True):
        assert origins(plan, box) == {plan.boxes[s] for s in sources}


def origins(plan: Layout, box: Place) -> set[Place]:
    """The boxes from which lines lead to a box."""
    found: set[Place] = set()
    waiting = [source for source, target in plan.segments if target is box]
    while waiting:
        place = waiting.pop()
        if place.box >= 0:
            found.add(place)
        else:
            waiting.extend(source for source, target in plan.segments if target is place)
    return found


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_everything_lies_within_the_picture(reads: Reads) -> None:
    plan = layout(sizes_for(reads), reads)
    for place in [*plan.boxes, *plan.waypoints]:
        assert place.x >= 0
        assert place.column_end <= plan.width + 1e-9
        assert place.y - place.height / 2 >= -1e-9
        assert place.y + place.height / 2 <= plan.height + 1e-9


def test_lines_that_need_not_cross_do_not() -> None:
    plan = layout([(40.0, 20.0)] * 6, [[], [], [], [2], [1], [0]])
    heights = [box.y for box in plan.boxes]
    assert sorted(heights[:3]) == pytest.approx(sorted(heights[3:]))
    assert heights[:3] == pytest.approx(heights[:2:-1])


def test_a_box_stands_beside_its_only_reader_when_its_source_is_needed_there_anyway() -> None:
    reads = [[], [0], [1], [2, 0], [0], [3, 4]]
    assert [box.layer for box in layout([(40.0, 20.0)] * 6, reads).boxes] == [0, 1, 2, 3, 3, 4]


def test_a_box_stands_beside_its_only_reader_when_that_lengthens_one_line_and_shortens_another() -> None:
    reads = [[], [], [0], [0, 1], [2, 3], [1], [4, 5]]
    assert [box.layer for box in layout([(40.0, 20.0)] * 7, reads).boxes] == [0, 0, 1, 1, 2, 2, 3]


def test_a_chain_is_level() -> None:
    plan = layout([(40.0, 20.0), (90.0, 50.0), (40.0, 20.0)], [[], [0], [1]])
    assert len({round(box.y, 6) for box in plan.boxes}) == 1


def test_an_empty_list_needs_no_room() -> None:
    plan = layout([], [])
    assert (plan.width, plan.height, plan.boxes) == (0.0, 0.0, [])
