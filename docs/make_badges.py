"""Draws docs/badges.svg, what the package says of itself: ``python -m docs.make_badges``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tools.package import TYPED

PICTURE = Path(__file__).parent / "badges.svg"
PROJECT = Path(__file__).parents[1] / "pyproject.toml"
LETTER, MARGIN, GAP = 6.6, 7, 8
BADGE = """\
  <g transform="translate({left}, 0)">
    <rect width="{width}" height="20" rx="3" fill="#2f57d0"/>
    <rect width="{label_width}" height="20" rx="3" fill="#4a5160"/>
    <text x="{label_place}" y="14">{label}</text>
    <text x="{place}" y="14">{told}</text>
  </g>
"""


def facts() -> Mapping[str, str]:
    """What each badge is about, and what it tells."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    versions = re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))
    return {
        "python": " | ".join(versions),
        "licence": project["license"],
        "types known": f"at least {TYPED:.0%}",
    }


def render() -> str:
    """The picture."""
    badges, left = "", 0.0
    for label, told in facts().items():
        label_width, told_width = (len(text) * LETTER + 2 * MARGIN for text in (label, told))
        badges += BADGE.format(
            left=round(left, 1),
            width=round(label_width + told_width, 1),
            label_width=round(label_width, 1),
            label_place=MARGIN,
            place=round(label_width + MARGIN, 1),
            label=label,
            told=told,
        )
        left += label_width + told_width + GAP
    title = ", ".join(f"{label}: {told}" for label, told in facts().items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left - GAP:.0f}" height="20" role="img">\n'
        f"  <title>{title}</title>\n"
        '  <style>text { font: 11px "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #ffffff; }</style>\n'
        f"{badges}</svg>\n"
    )


if __name__ == "__main__":
    PICTURE.write_text(render(), encoding="utf-8")
