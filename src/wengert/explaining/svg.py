"""The drawing of a list as SVG: on one page of A4, if that is legible; in print, in the dark, and read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from .boxes import Box, Entry, entries_of
from .folding import Item
from .graph import graph
from .listed import Setting, Wordings, least_height, listed
from .sheet import CHARACTER, EM, LINE_HEIGHT, Arrow, Drawn, Sheet, Text, wrapped
from .text import DIGITS, short
from .trace import Trace

PAGE_WIDTH = 194.0
PAGE_HEIGHT = 281.0
"""In millimetres: A4 within margins of eight millimetres."""
POINT = 25.4 / 72
"""In millimetres."""
SIZES = (10.0, 9.0, 8.0, 7.0, 6.5, 6.0)
"""Of the font, in points; smaller print is hard to read."""
DIGITS_TRIED = (DIGITS, 4, 3)
"""Of numbers; what is drawn in fewer is told in full to who asks, by titles."""
MOST_COLUMNS = 6
SIZES_OF_GRAPH = SIZES[:3]
MOST_BOXES_OF_GRAPH = 40
MARGIN = 4.0
CORNERS = {"input": 9.0, "operation": 2.0, "output": 2.0}
"""Radii by which the kinds of boxes differ without colour."""

STYLE = """
    .wengert text { font: 10px 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace; fill: #1a202c; }
    .wengert .name { font-weight: bold; }
    .wengert .label { fill: #9c2f06; }
    .wengert .heading { font-style: italic; }
    .wengert .page { fill: #ffffff; }
    .wengert .box { fill: #ffffff; stroke: #5a6473; stroke-width: 0.8; }
    .wengert .input { fill: #e7f0fa; stroke: #2b6cb0; }
    .wengert .output { fill: #e6f6ec; stroke: #276749; stroke-width: 1.8; }
    .wengert .line { fill: none; stroke: #6b7686; stroke-width: 0.7; stroke-linejoin: round; }
    .wengert .none { stroke-dasharray: 2 2; }
    .wengert .tip { fill: #6b7686; }
    .wengert .bar { stroke: #2b6cb0; stroke-width: 1.6; }
    @media screen and (prefers-color-scheme: dark) {
      .wengert text { fill: #e8ecf2; }
      .wengert .label { fill: #f6ad7b; }
      .wengert .page { fill: #161b22; }
      .wengert .box { fill: #1f2630; stroke: #8b97a8; }
      .wengert .input { fill: #16324f; stroke: #63a4e0; }
      .wengert .output { fill: #143d2a; stroke: #5cc08c; }
      .wengert .line { stroke: #9aa6b8; }
      .wengert .tip { fill: #9aa6b8; }
      .wengert .bar { stroke: #63a4e0; }
    }
"""


def svg(trace: Trace, items: Sequence[Item]) -> str:
    """The list as an SVG picture."""
    entries = entries_of(trace, items)
    head = f"{trace.function} = {short(trace.value)}"
    size, sheet = fitted(entries)
    width = max(sheet.width, min(len(head) * CHARACTER, room(size)[0]), 30 * CHARACTER)
    top = [head, *legend(trace, int(width / CHARACTER))]
    return "\n".join(_svg(trace, sheet, size, top, width))


def legend(trace: Trace, characters: int) -> list[str]:
    """What the boxes and the labels say."""
    text = f"value | derivative of {trace.names.result} by it; on arrows the local derivative"
    return wrapped(text.split(" "), characters)


def room(size: float) -> tuple[float, float]:
    """Width and height of a page for a size of the font, without margins and heading."""
    unit = size * POINT / EM
    return PAGE_WIDTH / unit - 2 * MARGIN, PAGE_HEIGHT / unit - 2 * MARGIN - 3 * LINE_HEIGHT


def fitted(entries: Sequence[Entry]) -> tuple[float, Sheet]:
    """The size of the font in points, and the drawing: the largest print that fits on one page, or the smallest."""
    boxes = [entry for entry in entries if isinstance(entry, Box)]
    if boxes and len(boxes) == len(entries) <= MOST_BOXES_OF_GRAPH:
        sheet = graph(boxes, DIGITS)
        for size in SIZES_OF_GRAPH:
            if sheet.width <= room(size)[0] and sheet.height <= room(size)[1]:
                return size, sheet
    return _in_columns(entries)


def _in_columns(entries: Sequence[Entry]) -> tuple[float, Sheet]:
    wordings = Wordings(entries)
    for size in SIZES:
        for digits in DIGITS_TRIED:
            for setting, height in _settings(wordings, size, digits):
                if height <= room(size)[1]:
                    return size, listed(wordings, setting, height)
    smallest = _settings(wordings, SIZES[-1], DIGITS_TRIED[-1])
    setting, height = min(smallest, key=lambda setting_and_height: setting_and_height[1])
    return SIZES[-1], listed(wordings, setting, height)


def _settings(wordings: Wordings, size: float, digits: int) -> list[tuple[Setting, float]]:
    """The ways to set the list in some columns, each with the height that it takes."""
    settings = [wordings.setting(columns, room(size)[0], digits) for columns in range(1, MOST_COLUMNS + 1)]
    return [
        (setting, least_height(wordings.heights(setting.characters, digits), columns))
        for columns, setting in enumerate(settings, start=1)
        if setting is not None
    ]


# -- writing ---------------------------------------------------------------------------------------


def _svg(trace: Trace, sheet: Sheet, size: float, top: Sequence[str], width: float) -> Iterator[str]:
    offset = MARGIN + (len(top) + 0.6) * LINE_HEIGHT
    across, down = width + 2 * MARGIN, sheet.height + offset + MARGIN
    unit = size * POINT / EM
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="wengert" role="img" width="{across * unit:.2f}mm" '
        f'height="{down * unit:.2f}mm" viewBox="0 0 {across:.1f} {down:.1f}">'
    )
    yield f"  <title>{escape(top[0])}</title>"
    yield f"  <desc>{escape(description(trace))}</desc>"
    yield f"  <style>{STYLE}  </style>"
    yield f'  <rect class="page" width="{across:.1f}" height="{down:.1f}"/>'
    for i, text in enumerate(top):
        yield _text(Text(MARGIN, MARGIN + (i + 0.5) * LINE_HEIGHT, text, "heading" if i else "name"))
    yield f'  <g transform="translate({MARGIN:g} {offset:.1f})">'
    yield from map(_arrow, sheet.arrows)
    yield from (f'    <path class="bar" d="M{x:.1f} {begin:.1f}V{end:.1f}"/>' for x, begin, end in sheet.bars)
    yield from (f"    {_text(text)}" for text in sheet.texts)
    yield from map(_box, sheet.boxes)
    yield "  </g>"
    yield "</svg>"
    yield ""


def description(trace: Trace) -> str:
    """The picture in words."""
    gradient = ", ".join(f"{line.name}: {short(line.adjoint)}" for line in trace.lines[: trace.inputs])
    return (
        f"The {len(trace.operations)} operations of {trace.function}, in the order of their execution, from "
        f"{trace.inputs} inputs. Its value is {short(trace.value)}; its derivatives are {gradient or 'none'}."
    )


def _text(text: Text) -> str:
    style = f' class="{text.style}"' if text.style else ""
    return f'<text{style} x="{text.x:.1f}" y="{text.y + 3.5:.1f}">{escape(text.text)}</text>'


def _arrow(arrow: Arrow) -> str:
    x, y = arrow.tip
    kind = "line" if arrow.has_derivative else "line none"
    parts = [
        f"<title>{escape(arrow.title)}</title>",
        f'<path class="{kind}" d="{_curve(arrow) if arrow.is_curved else _line(arrow)}"/>',
        f'<path class="{kind}" d="M{arrow.after_label:.1f} {y:.1f}H{x:.1f}"/>',
        f'<path class="tip" d="M{x:.1f} {y:.1f}l-4.5 -2.2v4.4z"/>',
    ]
    if arrow.label.text:
        parts.append(_text(arrow.label))
    if len(arrow.points) == 2 and not arrow.is_curved:
        parts.append(f'<circle class="tip" cx="{arrow.points[0][0]:.1f}" cy="{y:.1f}" r="1.4"/>')
    return f"    <g>{''.join(parts)}</g>"


def _line(arrow: Arrow) -> str:
    first, *others = arrow.points
    return f"M{first[0]:.1f} {first[1]:.1f}" + "".join(f"L{x:.1f} {y:.1f}" for x, y in others)


def _curve(arrow: Arrow) -> str:
    """Level where it crosses a column or labels, and bent between."""
    path = f"M{arrow.points[0][0]:.1f} {arrow.points[0][1]:.1f}H{arrow.points[1][0]:.1f}"
    for (x, y), (bend, height), (end, _) in zip(*(arrow.points[i::2] for i in (1, 2, 3)), strict=False):
        middle = (x + bend) / 2
        path += f"C{middle:.1f} {y:.1f} {middle:.1f} {height:.1f} {bend:.1f} {height:.1f}H{end:.1f}"
    return path


def _box(drawn: Drawn) -> str:
    line = drawn.box.line
    told = f"{drawn.box.title}: value {short(line.value)}, tangent {short(line.tangent)}, adjoint {short(line.adjoint)}"
    kind = "" if drawn.box.kind == "operation" else f" {drawn.box.kind}"
    frame = (
        f'<rect class="box{kind}" x="{drawn.x:.1f}" y="{drawn.y:.1f}" width="{drawn.width:.1f}" '
        f'height="{drawn.height:.1f}" rx="{CORNERS[drawn.box.kind]:g}"/>'
    )
    return "\n".join(
        [
            f"    <g><title>{escape(told)}</title>",
            f"      {frame}",
            *(f"      {_text(r)}" for r in drawn.rows),
            "    </g>",
        ]
    )
