"""The user's line is the innermost one outside the package."""

from __future__ import annotations

import wengert as wg
import wengert.numpy as np
from wengert.checking.tracing import Made, Tracer
from wengert.core.python.source import SourceLine, user_line


class Lines(Tracer):
    """Collects the line of each operation."""

    def __enter__(self) -> Lines:
        self.lines: list[tuple[str, str | None, str | None]] = []
        return super().__enter__()

    def performed(self, made: Made) -> None:
        self.lines.append((made.primitive.name, made.line.text if made.line else None, made.within))


def test_the_line_of_a_caller() -> None:
    line = user_line()
    assert line is not None
    assert line.file == __file__
    assert line.function == "test_the_line_of_a_caller"
    assert line.text == "line = user_line()"
    assert str(line) == f"{__file__}:{line.number}, in test_the_line_of_a_caller: line = user_line()"


def test_the_line_that_called_an_operation() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        y = np.sin(x)
        return y * y

    with Lines() as traced:
        f(wg.tensor(1.0))
    assert traced.lines == [("sin", "y = np.sin(x)", None), ("multiply", "return y * y", None)]


def test_an_operation_of_a_walk_has_the_line_of_what_it_differentiates() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        return np.sin(x)

    with Lines() as traced:
        wg.grad(wg.grad(f))(1.0)
    assert traced.lines[:2] == [("sin", "return np.sin(x)", None), ("cos", "return np.sin(x)", "sin")]


def test_a_file_that_cannot_be_read() -> None:
    assert str(SourceLine("<nowhere>", 3, "f")) == "<nowhere>:3, in f"
