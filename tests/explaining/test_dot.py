"""The graph in the DOT language has a node for each line and an edge for each operand."""

from __future__ import annotations

import re
from typing import Any

import wengert as wg


def polynomial(x: Any, y: Any) -> Any:
    return x**2 * y + y + 2


def test_there_is_a_node_for_each_line_and_an_edge_for_each_operand() -> None:
    text = wg.explain(polynomial, 3.0, 4.0).dot()
    assert text.startswith('digraph "polynomial" {\n')
    assert text.endswith("}\n")
    edges = re.findall(r'"(\w+)" -> "(\w+)" \[label="(\d)"\];', text)
    assert edges == [
        ("x", "v1", "6"),
        ("v1", "v2", "4"),
        ("y", "v2", "9"),
        ("v2", "v3", "1"),
        ("y", "v3", "1"),
        ("v3", "v4", "1"),
    ]
    assert len(re.findall(r"\[label=.*fillcolor", text)) == 6
    assert r'"v4" [label="result = v4 = v3 + 2\n42 | 1", fillcolor="#e6f6ec", color="#276749"];' in text


def test_quotes_are_escaped() -> None:
    assert r"""[label="x['a\"b']\n""" in wg.explain(lambda x: x['a"b'] * 2, {'a"b': 1.0}).dot()
