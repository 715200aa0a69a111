"""The list as a graph: in the DOT language, and as SVG without the help of another program."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .layout import Layout, Place, Segment, layout
from .text import brief, short
from .trace import Line, Trace

MOST_LINES = 400
MARGIN = 28.0
HEADING = 34.0
LINE_HEIGHT = 19.0
PADDING = 12.0
CHARACTER = 7.83
"""Width of a character of the monospaced font at 13 pixels, in which every text is set."""

KINDS = {
    "input": ("#e7f0fa", "#2b6cb0"),
    "operation": ("#ffffff", "#7a8599"),
    "output": ("#e6f6ec", "#2f855a"),
}
"""Fill and border of each kind of box."""

STYLE = """
    text { font: 13px 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1f2733; }
    .name { font-weight: bold; }
    .value { fill: #4a5568; }
    .adjoint { fill: #b7410e; }
    .heading { fill: #4a5568; }
    .line { fill: none; stroke: #97a3b6; stroke-width: 1.5; }
    .box { stroke-width: 1.5; }
"""


def require_drawable(trace: Trace) -> None:
    """Raise a `ValueError` if a drawing of the trace would be unreadable."""
    if len(trace.lines) > MOST_LINES:
        raise ValueError(
            f"[explain] the list has {len(trace.lines)} lines, wanted at most {MOST_LINES} to draw; "
            "write a smaller case: fewer turns of a loop, or arrays instead of loops"
        )


def texts(line: Line, trace: Trace) -> tuple[str, str, str]:
    """What a box says: the line, its value, its adjoint."""
    name = f"{trace.names.result} = {line.name}" if line.name == trace.output else line.name
    adjoint = "no derivative" if line.adjoint is None else f"adjoint {brief(line.adjoint)}"
    return f"{name} = {line.expression}" if line.operation else name, brief(line.value), adjoint


def kind(line: Line, trace: Trace) -> str:
    if line.name == trace.output:
        return "output"
    return "operation" if line.operation else "input"


# -- DOT -------------------------------------------------------------------------------------------


def dot(trace: Trace) -> str:
    """The graph in the DOT language of Graphviz."""
    require_drawable(trace)
    rows = [_dot_box(line, trace) for line in trace.lines]
    rows += [f'  "{source}" -> "{line.name}";' for line in trace.lines for source in _sources(line)]
    head = ["  rankdir=LR;", '  node [shape=box, style="rounded,filled", fontname="monospace"];']
    return "\n".join([f"digraph {_quoted(trace.function)} {{", *head, *rows, "}", ""])


def _dot_box(line: Line, trace: Trace) -> str:
    fill, border = KINDS[kind(line, trace)]
    label = "\\n".join(_escaped(text) for text in texts(line, trace))
    return f'  "{line.name}" [label="{label}", fillcolor="{fill}", color="{border}"];'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _sources(line: Line) -> list[str]:
    return [name for name in dict.fromkeys(line.reads) if name is not None]


# -- SVG -------------------------------------------------------------------------------------------


def svg(trace: Trace) -> str:
    """The graph as an SVG picture: inputs on the left, the output on the right."""
    require_drawable(trace)
    written = [texts(line, trace) for line in trace.lines]
    number = {line.name: i for i, line in enumerate(trace.lines)}
    reads = [[number[name] for name in _sources(line)] for line in trace.lines]
    plan = layout([_size(text) for text in written], reads)
    heading = f"{trace.function} = {short(trace.value)}"
    width = max(plan.width, len(heading) * CHARACTER) + 2 * MARGIN
    height = plan.height + 2 * MARGIN + HEADING
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}">',
            f"  <title>{escape(heading)}</title>",
            f"  <style>{STYLE}  </style>",
            f'  <rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
            f'  <text class="heading" x="{MARGIN:g}" y="{MARGIN:g}">{escape(heading)}</text>',
            f'  <g transform="translate({MARGIN:g} {MARGIN + HEADING:g})">',
            *_lines(plan),
            *[_box(p, text, kind(line, trace)) for p, text, line in zip(plan.boxes, written, trace.lines, strict=True)],
            "  </g>",
            "</svg>",
            "",
        ]
    )


def _size(text: Sequence[str]) -> tuple[float, float]:
    return max(map(len, text)) * CHARACTER + 2 * PADDING, len(text) * LINE_HEIGHT + PADDING


def _lines(plan: Layout) -> list[str]:
    sources = dict.fromkeys(source for source, _ in plan.segments)
    across = [f"M{p.x + p.width:.1f} {p.y:.1f}H{p.column_end:.1f}" for p in sources]
    paths = [f'    <path class="line" d="{path}"/>' for path in [*across, *map(_curve, plan.segments)]]
    return paths + [_arrowhead(target) for target in dict.fromkeys(t for _, t in plan.segments) if target.box >= 0]


def _curve(segment: Segment) -> str:
    source, target = segment
    start, end = source.column_end, target.x
    middle = (start + end) / 2
    return (
        f"M{start:.1f} {source.y:.1f}C{middle:.1f} {source.y:.1f} {middle:.1f} {target.y:.1f} {end:.1f} {target.y:.1f}"
    )


def _arrowhead(target: Place) -> str:
    return f'    <path d="M{target.x:.1f} {target.y:.1f}l-8 -4v8z" fill="#97a3b6"/>'


def _box(place: Place, text: Sequence[str], kind_of_box: str) -> str:
    fill, border = KINDS[kind_of_box]
    top = place.y - place.height / 2
    rows = [
        f'      <text class="{name}" x="{place.x + PADDING:.1f}" y="{top + PADDING + 7 + i * LINE_HEIGHT:.1f}">'
        f"{escape(row)}</text>"
        for i, (name, row) in enumerate(zip(("name", "value", "adjoint"), text, strict=True))
    ]
    frame = (
        f'      <rect class="box" x="{place.x:.1f}" y="{top:.1f}" width="{place.width:.1f}" '
        f'height="{place.height:.1f}" rx="7" fill="{fill}" stroke="{border}"/>'
    )
    return "\n".join(["    <g>", frame, *rows, "    </g>"])
