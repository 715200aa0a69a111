"""How objects show themselves in notebooks: a few parts of HTML, in which every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy

LEFT = 'style="text-align: left"'


def escaped(text: str) -> str:
    """A text in which nothing is markup."""
    from html import escape  # which reads a table of all entities, and only notebooks need

    return escape(text)


def preformatted(text: str, caption: str = "") -> str:
    """A text as it is, with a smaller line above it."""
    above = f"<small>{escaped(caption)}</small>" if caption else ""
    return f'<div>{above}<pre style="margin: 0">{escaped(text)}</pre></div>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts."""
    first = "".join(f"<th {LEFT}>{escaped(cell)}</th>" for cell in head)
    others = ("".join(f"<td {LEFT}>{escaped(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in others)
    return f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table>"


def folded(summary: str, parts: Sequence[str]) -> str:
    """A line that opens to parts, which are HTML already; the line alone without any."""
    line = f"<code>{escaped(summary)}</code>"
    if not parts:
        return f"<div>{line}</div>"
    inside = "".join(f'<div style="margin-left: 1.5em">{part}</div>' for part in parts)
    return f'<details open="open"><summary>{line}</summary>{inside}</details>'


def dots(rows: Any, columns: Any, shape: Sequence[int], size: int = 240) -> str:
    """A picture of where a matrix is nonzero, by the rows and columns of these places: squares, at most 60 by 60.

    Darker squares stand for more places.
    """
    height, width = (max(1, min(length, 60)) for length in shape)
    counts = numpy.zeros((height, width), int)
    numpy.add.at(counts, (rows * height // max(shape[0], 1), columns * width // max(shape[1], 1)), 1)
    opacity = 0.3 + 0.7 * counts / max(1, counts.max())
    squares = "".join(
        f'<rect x="{column}" y="{row}" width="1" height="1" fill-opacity="{opacity[row, column]:.2f}"/>'
        for row, column in numpy.argwhere(counts)
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{size}" height="{max(1, size * height // width)}" '
        'fill="currentColor" role="img" aria-label="places that may be nonzero" style="border: 1px solid">'
        f"{squares}</svg>"
    )
