"""The drawings are well-formed and show every line of the list."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

import wengert as wg
import wengert.numpy as np

SPACE = "{http://www.w3.org/2000/svg}"


def polynomial(x: Any, y: Any) -> Any:
    return x**2 * y + y + 2


def chain(x: Any) -> Any:
    for _ in range(400):
        x = np.sin(x)
    return x


def test_svg_has_a_box_and_three_texts_for_each_line() -> None:
    root = ElementTree.fromstring(wg.explain(polynomial, 3.0, 4.0).svg())
    assert len(root.findall(f".//{SPACE}rect[@class='box']")) == 6
    texts = [element.text for element in root.findall(f".//{SPACE}g/{SPACE}g/{SPACE}text")]
    assert texts[:3] == ["x", "3", "adjoint 24"]
    assert texts[-3:] == ["result = v4 = v3 + 2", "42", "adjoint 1"]
    assert len(texts) == 18
    assert root.findtext(f"{SPACE}title") == "polynomial = 42"


def test_svg_texts_fit_into_their_boxes() -> None:
    root = ElementTree.fromstring(wg.explain(polynomial, 3.0, 4.0).svg())
    for group in root.findall(f".//{SPACE}g/{SPACE}g"):
        box = group.find(f"{SPACE}rect")
        assert box is not None
        left, width = float(box.attrib["x"]), float(box.attrib["width"])
        for text in group.findall(f"{SPACE}text"):
            assert left < float(text.attrib["x"])
            assert float(text.attrib["x"]) + 7.8 * len(text.text or "") <= left + width


def test_svg_escapes_what_names_may_hold() -> None:
    def f(x: Any) -> Any:
        return x["<a & b>"] * 2

    root = ElementTree.fromstring(wg.explain(f, {"<a & b>": 1.0}).svg())
    assert any(element.text == "x['<a & b>']" for element in root.iter(f"{SPACE}text"))


def test_svg_of_a_constant_and_of_a_comparison() -> None:
    assert wg.explain(lambda: 3.0).svg().count('class="box"') == 0
    chosen = wg.explain(lambda x: np.where(x > 0, x, -x), 2.0).svg()
    assert chosen.count("no derivative") == 1


def test_dot_has_a_node_for_each_line_and_an_edge_for_each_operand() -> None:
    text = wg.explain(polynomial, 3.0, 4.0).dot()
    assert text.startswith('digraph "polynomial" {\n')
    assert text.endswith("}\n")
    assert len(re.findall(r"\[label=", text)) == 6
    edges = re.findall(r'"(\w+)" -> "(\w+)";', text)
    assert edges == [("x", "v1"), ("v1", "v2"), ("y", "v2"), ("v2", "v3"), ("y", "v3"), ("v3", "v4")]
    assert r'"v4" [label="result = v4 = v3 + 2\n42\nadjoint 1", fillcolor="#e6f6ec", color="#2f855a"];' in text


def test_dot_escapes_quotes() -> None:
    def f(x: Any) -> Any:
        return x['a"b'] * 2

    assert r"""x['a\"b']\n""" in wg.explain(f, {'a"b': 1.0}).dot()


@pytest.mark.parametrize("form", ["dot", "svg"])
def test_a_list_too_long_to_read_is_refused(form: str) -> None:
    explained = wg.explain(chain, 1.0)
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole text follows
        getattr(explained, form)()
    assert str(error.value) == (
        "[explain] the list has 401 lines, wanted at most 400 to draw; "
        "write a smaller case: fewer turns of a loop, or arrays instead of loops"
    )
