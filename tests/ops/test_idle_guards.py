"""Guards that never act are left out, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.abstract import Abstract, Recording
from wengert.core.recording import abstract_alias
from wengert.core.state import Watch, state
from wengert.ops.factors import clear, scale
from wengert.ops.idle_guards import is_idle, is_never_zero_with, is_one

NUMBERS = [0.0, -0.0, numpy.inf, -numpy.inf, numpy.nan, 1.0, -2.5, 1e-320, 800.0, -800.0, 1e200, -1e308]
Pair = Callable[[Any], tuple[Any, Any]]

IDLE: dict[str, Pair] = {
    "the same": lambda b: (b, b),
    "a function of what is zero": lambda b: (np.exp(b), b),
    "a product that may overflow": lambda b: (np.exp(b) * np.exp(b), b),
    "what is never zero where it is not finite": lambda b: (b, b * np.sin(b) + np.cos(b)),
    "the same by a function": lambda b: (np.negative(np.sin(b)), np.cos(b) * b + 2.0),
    "a cosine is never zero": lambda b: (np.exp(b) * b, np.cos(b)),
    "a sine is zero at zero": lambda b: (np.exp(b) * b, np.negative(np.sin(b))),
    "a number": lambda b: (1.0, b),
    "times a number": lambda b: (np.exp(b), 3.0),
    "cleared already": lambda b: (clear(np.log(b), b), b),
}

ACTIVE: dict[str, Pair] = {
    "infinite where the other is zero": lambda b: (np.log(b), b),
    "a factor that is infinite, and a mask": lambda b: (1.0 / np.sqrt(b), np.where(b > 0, b, 0.0)),
    "zero where it is infinite": lambda b: (b, np.exp(-b)),
    "zero where it overflows": lambda b: (np.exp(b), np.exp(-b)),
    "a product may vanish": lambda b: (np.exp(b), np.floor(b) * 1e-200 * 1e-200),
    "infinity": lambda b: (numpy.inf, b),
    "times zero": lambda b: (np.exp(b), 0.0),
}


@pytest.fixture
def tensor() -> Iterator[Any]:
    """A tensor without a value, within nested derivatives that are being compiled."""
    recording = Recording("jit")
    with Watch(abstract=True) as bit, Watch(), Watch(), Watch():
        before, state.kept = state.kept, {}
        yield abstract_alias(Abstract((), numpy.dtype(float)), bit, recording)
        state.kept = before


@pytest.mark.parametrize("name", IDLE)
def test_idle(name: str, tensor: Any) -> None:
    assert is_idle(*IDLE[name](tensor))


@pytest.mark.parametrize("name", ACTIVE)
def test_active(name: str, tensor: Any) -> None:
    assert not is_idle(*ACTIVE[name](tensor))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", IDLE)
def test_what_is_idle_changes_nothing(name: str, number: float) -> None:
    with numpy.errstate(all="ignore"):
        x, by = (numpy.asarray(v) for v in IDLE[name](wg.tensor(number)))
        numpy.testing.assert_array_equal(clear(x, by), x)


NEVER_ZERO: dict[str, Callable[[Any], Any]] = {
    "an infinity": lambda size: -1.0 / size,
    "no number": lambda size: 1.0 / size * size,
    "one": lambda size: np.cos(size),
    "a guarded infinity": lambda size: clear(1.0 / size, 0.5 / size),
}

SOMETIMES_ZERO: dict[str, Callable[[Any], Any]] = {
    "the size": lambda size: size,
    "a function that vanishes": lambda size: np.sin(size) * np.exp(size),
    "what is zero on one side": lambda size: np.where(np.signbit(size), 0.0, 1.0),
}


@pytest.mark.parametrize("name", NEVER_ZERO)
def test_never_zero_with_a_size(name: str, tensor: Any) -> None:
    assert is_never_zero_with(NEVER_ZERO[name](tensor), tensor)
    assert not is_never_zero_with(NEVER_ZERO[name](tensor) * np.exp(tensor * numpy.ones(3))[0], tensor)


@pytest.mark.parametrize("name", SOMETIMES_ZERO)
def test_sometimes_zero_with_a_size(name: str, tensor: Any) -> None:
    assert not is_never_zero_with(SOMETIMES_ZERO[name](tensor), tensor)


def test_functions_of_two_are_not_known(tensor: Any) -> None:
    other = np.exp(tensor) * numpy.ones(3)
    assert not is_idle(np.log(tensor), np.sum(other))
    assert not is_idle(other, np.sum(other))


def test_long_chains_are_given_up(tensor: Any) -> None:
    x = tensor
    for _ in range(2000):
        x = x + 1.0
    assert not is_idle(np.exp(x), tensor)
    assert is_idle(np.exp(tensor), tensor)


def test_a_factor_of_one_is_left_out(tensor: Any) -> None:
    y = np.exp(tensor)
    assert scale(y, 1.0) is y
    assert scale(wg.tensor(1.0), y) is y
    assert scale(numpy.ones(3), y) is not y
    assert is_one(1.0)
    assert not is_one(numpy.ones(3))
    assert scale(numpy.float32(1), y.astype("float32")).dtype == numpy.float32


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "where": lambda x: np.where(x > 0, np.sqrt(x) * np.sin(x), x * x),
    "power": lambda x: x**3 * np.exp(x),
    "norm": lambda x: np.sqrt(x * x) * np.cos(x),
    "log of an exponential": lambda x: np.log(np.exp(x) + 1.0) * x,
    "tower": lambda x: np.sin(np.exp(np.tanh(x) * x)),
    "quotient": lambda x: np.sin(x) / (np.exp(x) - 1.0 + (x == 0)),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_compiled_derivatives_are_the_eager_ones_at_every_number(name: str, direction: str) -> None:
    def forward(g: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: wg.jvp(g, (x,), (np.ones_like(x),))[1]

    g = FUNCTIONS[name]
    for _ in range(4):
        g = wg.grad(g) if direction == "reverse" else forward(g)
        compiled = wg.jit(g)
        for number in (0.0, -0.0, 0.7, 30.0, -30.0, 800.0, -800.0):
            with numpy.errstate(all="ignore"):
                expected = g(number)
            numpy.testing.assert_allclose(compiled(number), expected, rtol=1e-9, atol=1e-300, err_msg=str(number))


@pytest.mark.parametrize(("direction", "most"), [("forward", 400), ("reverse", 3500)])
def test_the_list_of_a_high_derivative(direction: str, most: int) -> None:
    """Without this it would have some 20,000 operations in both directions."""

    def forward(g: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: wg.jvp(g, (x,), (np.ones_like(x),))[1]

    g: Callable[[Any], Any] = lambda x: np.sin(np.exp(x))
    for _ in range(9):
        g = wg.grad(g) if direction == "reverse" else forward(g)
    assert len(wg.jit(g).lower(0.3).graph.nodes) < most


def test_inverses_of_matrices_are_not_functions_of_numbers() -> None:
    def f(x: Any) -> Any:
        a = np.exp(x) + 3 * np.eye(2)
        return np.sum(np.linalg.inv(a) * a)

    g: Callable[[Any], Any] = f
    for _ in range(3):
        g = lambda x, g=g: np.sum(wg.grad(g)(x) ** 2)
    x = numpy.array([[0.3, 0.1], [-0.2, 0.5]])
    numpy.testing.assert_allclose(wg.jit(g)(x), g(x), rtol=1e-9)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_guards_of_python_numbers_keep_single_precision() -> None:
    x = np.asarray(numpy.float32(numpy.inf))
    for f in (lambda t: np.exp(2 * t), lambda t: np.exp(2.5 * t) * 3, lambda t: np.log(0 * t + 2.0)):
        g: Callable[[Any], Any] = f
        for _ in range(3):
            g = wg.grad(g)
            assert g(x).dtype == numpy.float32
    assert numpy.asarray(clear(2.0, numpy.float32(3.0))).dtype == numpy.float32
    assert numpy.asarray(clear(2.0, numpy.complex64(3.0))).dtype == numpy.complex64


@pytest.mark.parametrize("factor", [1.0, 2.0, 1])
def test_a_known_tangent_of_one_times_a_python_number(factor: float) -> None:
    tangent = wg.jit(lambda a: wg.jvp(lambda x: x * factor, (a,), (np.ones_like(a),))[1])(2.0)
    assert tangent.dtype == numpy.float64
    assert tangent.item() == factor
