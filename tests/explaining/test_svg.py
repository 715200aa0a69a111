"""Drawings are legible: nothing lies on anything else, nothing is cut off, and all of it is on a page of A4."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.etree import ElementTree

import numpy
import pytest
from hypothesis import given, settings, strategies as st

import wengert as wg
import wengert.numpy as np
from wengert.explaining.boxes import Box, Entry, Heading, entries_of
from wengert.explaining.folding import folded
from wengert.explaining.names import names_for
from wengert.explaining.sheet import CHARACTER, EM, Arrow, Point, Sheet, Text
from wengert.explaining.svg import PAGE_HEIGHT, PAGE_WIDTH, POINT, fitted, svg
from wengert.explaining.trace import Decision, Line, Trace

SPACE = "{http://www.w3.org/2000/svg}"
GLYPH = 3.5
"""Half the height of a letter."""

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def polynomial(x: Any, y: Any) -> Any:
    return x**2 * y + y + 2


def newton(a: Any) -> Any:
    return wg.while_loop(lambda x: np.abs(x * x - a) > 1e-12, lambda x: (x + a / x) / 2, a)


# -- the law ---------------------------------------------------------------------------------------


def listing(operations: Sequence[tuple[str, tuple[int, ...], float]], inputs: Sequence[str], decisions: int) -> Trace:
    """A list of operations, each of which reads so many places back."""
    names = names_for(inputs, len(operations))
    value = numpy.array(1.0)
    lines = [Line(name, "", name, (), value, value, value) for name in inputs]
    for name, (operation, back, partial) in zip(names.lines[len(inputs) :], operations, strict=True):
        reads = tuple(lines[max(len(lines) - b, 0)].name for b in back) if lines else ()
        size = numpy.array(partial)
        text = f"{operation}({', '.join(reads)})"
        lines.append(Line(name, operation, text, reads, size, size, -size, (partial,) * len(reads)))
    told = tuple(Decision(len(lines) // (i + 1), f"{lines[-1].name} > 1e-12", True) for i in range(decisions))
    return Trace("f", tuple(lines), len(inputs), lines[-1].name, 1.0, (), 1.0, names, told)


OPERATION = st.tuples(
    st.sampled_from(["sin", "multiply", "add", "concatenate"]),
    st.lists(st.integers(1, 12) | st.integers(1, 200), min_size=0, max_size=3).map(tuple),
    st.sampled_from([1.0, -1.0, 0.5, -0.283662185463, 1.23456e-12, -9.87654e110, float("nan")]),
)


@st.composite
def programs(draw: st.DrawFn) -> Trace:
    """Programs of all lengths, in which parts may repeat themselves."""
    inputs = draw(st.lists(st.sampled_from(["x", "y", "weights['bias']", "self.layers[0].w"]), unique=True, max_size=3))
    operations = draw(st.lists(OPERATION, min_size=1, max_size=30))
    operations = operations * draw(st.sampled_from([1, 1, 2, 5])) + draw(st.lists(OPERATION, max_size=30))
    return listing(operations, inputs, draw(st.integers(0, 2)))


def drawn(program: Trace) -> tuple[list[Entry], float, Sheet]:
    entries = entries_of(program, folded(program.lines, program.inputs, program.output_line))
    return entries, *fitted(entries)


def around(text: Text) -> Rectangle:
    return text.x, text.y - GLYPH, text.end, text.y + GLYPH


def boxes_of(sheet: Sheet) -> list[Rectangle]:
    return [(box.x, box.y, box.x + box.width, box.y + box.height) for box in sheet.boxes]


def is_within(part: Rectangle, whole: Rectangle, slack: float = 0.01) -> bool:
    before = part[0] >= whole[0] - slack, part[1] >= whole[1] - slack
    return all(before) and part[2] <= whole[2] + slack and part[3] <= whole[3] + slack


def overlaps(some: numpy.ndarray, others: numpy.ndarray, slack: float = 0.01) -> numpy.ndarray:
    """For each pair whether one lies on the other."""
    a, b = some[:, None], others[None]
    return ((a[..., :2] < b[..., 2:] - slack) & (b[..., :2] < a[..., 2:] - slack)).all(axis=-1)


def pieces(arrow: Arrow) -> list[Rectangle]:
    """The pieces of an arrow: level or upright ones, and of a curve many short ones."""
    corners = bent(arrow.points) if arrow.is_curved else list(arrow.points)
    sides = [(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in itertools.pairwise(corners)]
    return [(left, top, right + 0.1, bottom + 0.1) for left, top, right, bottom in sides]


def bent(points: Sequence[Point]) -> list[Point]:
    """Points on a line that is level in its first, third, ... piece, and a cubic curve in the others."""
    found = list(points[:2])
    for (x, y), (end, height) in zip(points[1::2], points[2::2], strict=False):
        for t in numpy.linspace(0, 1, 20):
            along, across = 3 * t * (1 - t) / 2 + t**3, 3 * t**2 * (1 - t) + t**3
            found.append((x + (end - x) * along, y + (height - y) * across))
    return [*found, points[-1]]


def check_sheet(entries: list[Entry], size: float, sheet: Sheet) -> None:
    boxes, labels = boxes_of(sheet), [around(a.label) for a in sheet.arrows if a.label.text]
    texts = [around(text) for text in sheet.texts]
    page = (0.0, 0.0, sheet.width, sheet.height)
    solid = [*boxes, *labels, *texts]
    for thing in solid:
        assert is_within(thing, page), thing
    solids = numpy.array([*boxes, *labels, *texts])
    assert not overlaps(solids, solids)[numpy.triu_indices(len(solids), 1)].any()
    lines = [piece for arrow in sheet.arrows for piece in pieces(arrow)]
    if lines:
        assert not overlaps(numpy.array(lines), numpy.array([*boxes, *labels])).any()
    for box in sheet.boxes:
        for row in box.rows:
            assert is_within(around(row), (box.x, box.y, box.x + box.width, box.y + box.height))
    assert not any(on_one_track(*pair) for pair in itertools.combinations(tracks(sheet), 2))
    for x, _, _ in sheet.bars:
        assert not any(left < x < right for left, _, right, _ in boxes)


def tracks(sheet: Sheet) -> list[tuple[float, float, float, Point]]:
    """The upright piece of each arrow: x, from y, to y; and from where the arrow comes."""
    ways = [arrow.points for arrow in sheet.arrows if len(arrow.points) == 5 and not arrow.is_curved]
    return [(points[2][0], points[2][1], points[3][1], points[0]) for points in ways]


def on_one_track(a: tuple[float, float, float, Point], b: tuple[float, float, float, Point]) -> bool:
    """Whether two lines from different boxes run on one another."""
    return a[3] != b[3] and a[0] == b[0] and a[1] < b[2] and b[1] < a[2]


def check_content(entries: list[Entry], sheet: Sheet) -> None:
    boxes = [entry for entry in entries if isinstance(entry, Box)]
    assert [box.box for box in sheet.boxes] == boxes
    expected = [(box, position) for box in sheet.boxes for position in range(len(box.box.reads))]
    assert len(sheet.arrows) == len(expected)
    for arrow, (box, position) in zip(sheet.arrows, expected, strict=True):
        assert arrow.tip == (box.x, box.port(position))
        assert arrow.label.text in {box.box.reads[position].label(digits) for digits in (6, 4, 3)}
    assert letters(text.text for text in sheet.texts) == letters(e.text for e in entries if isinstance(e, Heading))
    for box in sheet.boxes:
        assert any(
            letters(row.text for row in box.rows) == letters([box.box.title, *box.box.figures(digits)])
            for digits in (6, 4, 3)
        )


def letters(texts: Iterable[str]) -> str:
    """Texts without their blanks, and so however they are broken into lines."""
    return "".join("".join(texts).split())


@settings(max_examples=40, deadline=None)
@given(programs())
def test_nothing_overlaps_and_everything_is_there(program: Trace) -> None:
    entries, size, sheet = drawn(program)
    check_sheet(entries, size, sheet)
    check_content(entries, sheet)
    assert size >= 6
    assert (
        float(re.findall(r'width="([\d.]+)mm"', svg(program, folded(program.lines, program.inputs)))[0]) <= PAGE_WIDTH
    )


@pytest.mark.parametrize("seed", range(2))
def test_two_hundred_operations_are_on_one_page(seed: int) -> None:
    random = numpy.random.default_rng(seed)
    kinds = ["sin", "cos", "tanh", "exp"]
    operations = [
        (kinds[random.integers(4)], tuple(random.integers(1, 40, size=random.integers(1, 3)).tolist()), random.normal())
        for _ in range(200)
    ]
    program = listing(operations, ["x", "y", "z"], 0)
    entries, size, sheet = drawn(program)
    assert len(sheet.boxes) > 180
    check_sheet(entries, size, sheet)
    picture = svg(program, folded(program.lines, program.inputs, program.output_line))
    width, height = map(float, re.findall(r'(?:width|height)="([\d.]+)mm"', picture))
    assert width <= PAGE_WIDTH
    assert height <= PAGE_HEIGHT
    assert size >= 6


def test_a_box_that_lies_on_another_is_noticed() -> None:
    entries, size, sheet = drawn(listing([("sin", (1,), 0.5)] * 3, ["x"], 0))
    check_sheet(entries, size, sheet)
    sheet.boxes[1] = sheet.boxes[0]
    with pytest.raises(AssertionError):
        check_sheet(entries, size, sheet)


# -- the file --------------------------------------------------------------------------------------


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SPACE}text")]


def test_each_box_says_what_was_done_its_value_and_its_adjoint() -> None:
    root = ElementTree.fromstring(wg.explain(polynomial, 3.0, 4.0).svg())
    boxes = [group for group in root.iter(f"{SPACE}g") if group.find(f"{SPACE}rect") is not None]
    rows = [[text.text for text in box.findall(f"{SPACE}text")] for box in boxes]
    assert rows == [
        ["x", "3 | 24"],
        ["y", "4 | 10"],
        ["v1 = x**2", "9 | 4"],
        ["v2 = v1 * y", "36 | 1"],
        ["v3 = v2 + y", "40 | 1"],
        ["result = v4 = v3 + 2", "42 | 1"],
    ]
    assert boxes[2].findtext(f"{SPACE}title") == "v1 = x**2: value 9, tangent 6, adjoint 4"
    assert root.findtext(f"{SPACE}title") == "polynomial = 42"
    assert root.findtext(f"{SPACE}desc") == (
        "The 4 operations of polynomial, in the order of their execution, from 2 inputs. "
        "Its value is 42; its derivatives are x: 24, y: 10."
    )


def test_each_arrow_says_its_local_derivative() -> None:
    root = ElementTree.fromstring(wg.explain(polynomial, 3.0, 4.0).svg())
    labels = [group for group in root.iter(f"{SPACE}g") if group.find(f"{SPACE}text[@class='label']") is not None]
    assert [group.findtext(f"{SPACE}title") for group in labels] == [
        "x to v1: 6",
        "v1 to v2: 4",
        "y to v2: 9",
        "v2 to v3: 1",
        "y to v3: 1",
        "v3 to v4: 1",
    ]
    product = texts(wg.explain(lambda w, x: np.sum(np.tanh(w @ x)), numpy.ones((3, 2)), numpy.ones(2)).svg())
    assert [text for text in product if text.startswith("J ")] == ["J 3x6", "J 3x2", "J 3x3", "J 1x3"]


def test_the_figures_are_those_of_the_text_and_of_the_lines() -> None:
    explained = wg.explain(newton, 2.0)
    told, shown = explained.text(), explained.svg()
    for line in explained.lines[:4]:
        value, adjoint = f"{float(line.value):.6g}", f"{float(line.adjoint):.6g}"
        assert f" = {value}" in told
        assert adjoint in told
        assert f"value {value}, tangent" in shown
        assert f"adjoint {adjoint}<" in shown


def test_turns_are_drawn_once() -> None:
    shown = texts(wg.explain(newton, 2.0).svg())
    assert " ".join(shown).count("v1 = a / a") == 1
    assert "5 turns of 3 operations, carrying v3 (a at first)" in " ".join(shown)
    assert "v3 = v2 / 2; y = v15" in shown
    assert "1.5 .. 1.41421 | 1.62785e-22 .. 1" in shown
    assert "abs(v15 * v15 - a) > 1e-12 is False" in " ".join(shown)


@pytest.mark.parametrize(
    ("f", "boxes", "shown"),
    [
        (lambda: 3.0, 0, "y = 3"),
        (lambda x: np.where(x > 0, x, -x), 4, "True | none"),
        (lambda x: x, 1, "y = x"),
        (lambda x: 2.0, 1, "y = 2"),
    ],
)
def test_a_drawing_of_little(f: Callable[..., Any], boxes: int, shown: str) -> None:
    arguments = [2.0] * f.__code__.co_argcount
    picture = wg.explain(f, *arguments).svg()
    assert picture.count('class="box') == boxes
    assert shown in texts(picture)


def test_names_are_escaped() -> None:
    assert "x['<a & b>']" in texts(wg.explain(lambda x: x["<a & b>"] * 2, {"<a & b>": 1.0}).svg())


def test_it_is_legible_in_the_dark_and_in_print() -> None:
    picture = wg.explain(polynomial, 3.0, 4.0).svg()
    assert 'role="img"' in picture
    assert "@media screen and (prefers-color-scheme: dark)" in picture
    radii = set(re.findall(r'class="box( \w+)?".* rx="(\d+)"', picture))
    assert {kind for kind, _ in radii} == {"", " input", " output"}
    assert len({radius for _, radius in radii}) == 2


def test_a_character_is_as_wide_as_in_fonts() -> None:
    assert 0.6 <= CHARACTER / EM < 0.61
    assert pytest.approx(0.352778, rel=1e-5) == POINT
