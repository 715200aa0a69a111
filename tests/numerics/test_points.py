"""What elementwise functions and their derivatives are at infinities, at the origin and on both sides of a cut."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
import wengert.scipy.special as sp

INF = numpy.inf
SIDES = [0.0, -0.0]


def both(f: Any, *args: Any) -> list[Any]:
    """Eager and compiled."""
    return [f(*args), wg.jit(f)(*args)]


@pytest.mark.parametrize(
    ("x", "y", "right"),
    [
        (INF, 1.0, (1, 0, 0, 0)),
        (-INF, 1.0, (-1, 0, 0, 0)),
        (1.0, INF, (0, 1, 0, 0)),
        (1.0, -INF, (0, -1, 0, 0)),
        (0.0, 0.0, (0, 0, 0, 0)),
        (1e30, 1e30, (0.5**0.5, 0.5**0.5, -5e-31, 5e-31)),
        (1e-30, 0.0, (1, 0, 0, 1e30)),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_point_of_the_plane(x: float, y: float, right: Any, dtype: str) -> None:
    """The slopes of the distance from the origin, and of the angle with the first axis."""
    point = [numpy.array(x, dtype), numpy.array(y, dtype)]
    slopes = lambda x, y: (*wg.grad(np.hypot, (0, 1))(x, y), *wg.grad(lambda x, y: np.arctan2(y, x), (1, 0))(x, y))
    for found in both(slopes, *point):
        order = [found[0], found[1], found[3], found[2]]
        assert {v.dtype.name for v in order} == {dtype}
        numpy.testing.assert_allclose([v.item() for v in order], right, rtol=1e-15 if dtype == "float64" else 1e-6)


ON_A_CUT = {
    "arcsin": (numpy.arcsin, lambda side: [complex(2, side), complex(-2, side)]),
    "arccos": (numpy.arccos, lambda side: [complex(2, side), complex(-2, side)]),
    "arccosh": (numpy.arccosh, lambda side: [complex(-2, side), complex(0.5, side)]),
    "arcsinh": (numpy.arcsinh, lambda side: [complex(side, 2), complex(side, -2)]),
    "arctanh": (numpy.arctanh, lambda side: [complex(2, side), complex(-2, side)]),
    "arctan": (numpy.arctan, lambda side: [complex(side, 2), complex(side, -2)]),
    "sqrt": (numpy.sqrt, lambda side: [complex(-2, side)]),
    "log": (numpy.log, lambda side: [complex(-2, side)]),
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", ON_A_CUT)
def test_a_derivative_is_on_the_side_of_its_function(name: str, side: float) -> None:
    """Beside the cut by a step that the function resolves, it moves by the derivative times the step."""
    function, points = ON_A_CUT[name]
    for point in points(side):
        along = complex(0.0, numpy.copysign(1.0, side)) if point.imag == 0 else complex(numpy.copysign(1.0, side), 0.0)
        step = 1e-6 * along
        slope = wg.jvp(getattr(np, name), (point,), (1 + 0j,))[1].item()
        numpy.testing.assert_allclose((function(point + step) - function(point)) / step, slope, rtol=1e-5)


def test_an_imaginary_part_of_infinite_cotangent() -> None:
    _, pull = wg.vjp(np.imag, 1 + 2j)
    (cotangent,) = pull(INF)
    assert cotangent.item() == complex(0, INF)


def test_the_next_number_moves_with_its_number() -> None:
    assert wg.grad(np.nextafter, (0, 1))(1.0, 2.0) == (1, 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extremes_ignore_nan_beside_a_python_number(dtype: str) -> None:
    x = numpy.array([numpy.nan, 1.0, 2.0, INF], dtype)
    for extreme, number in itertools.product([np.fmax, np.fmin], [1.5, numpy.nan, 1]):
        for f in (lambda x: extreme(x, number), lambda x: extreme(number, x)):  # noqa: B023 - called here
            eager, compiled = both(f, x)
            numpy.testing.assert_array_equal(compiled, eager)
            assert compiled.dtype == eager.dtype == dtype


SPECIAL = [0.0, -0.0, INF, -INF, numpy.nan, 1.0, -1.0, 0.5, -2.5, 1e-30, -1e-30, 1e30, -1e30, 40.0, -40.0]

OF_NUMPY = [
    "exp", "log", "log1p", "expm1", "exp2", "log2", "log10", "sqrt", "cbrt", "square", "reciprocal", "sin", "cos",
    "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "sinc", "abs", "fabs",
    "sign", "nan_to_num",
]  # fmt: skip
OF_SCIPY = [
    "expit", "logit", "log_expit", "softplus", "erf", "erfc", "erfcx", "dawsn", "ndtr", "log_ndtr", "entr", "gammaln",
    "digamma", "i0e", "i1e", "k0e", "k1e", "exprel",
]  # fmt: skip
FUNCTIONS = {
    **{name: getattr(np, name) for name in OF_NUMPY},
    **{name: getattr(sp, name) for name in OF_SCIPY},
    "hypot": lambda x: np.hypot(x, 1.0),
    "arctan2 by y": lambda y: np.arctan2(y, 1.0),
    "arctan2 by x": lambda x: np.arctan2(1.0, x),
    "logaddexp": lambda x: np.logaddexp(x, 1.0),
    "xlogy": lambda x: sp.xlogy(x, x),
    "xlogy by y": lambda y: sp.xlogy(2.5, y),
    "xlog1py": lambda x: sp.xlog1py(x, x),
    "pseudo_huber": lambda r: sp.pseudo_huber(1.0, r),
    "huber": lambda r: sp.huber(1.0, r),
    "x**2.5": lambda x: x**2.5,
    "x**3": lambda x: x**3,
    "x**0.5": lambda x: x**0.5,
    "x**-1": lambda x: x**-1,
    "maximum": lambda x: np.maximum(x, 0.0),
    "fmax": lambda x: np.fmax(x, 0.0),
    "clip": lambda x: np.clip(x, -1, 1),
    "1 / x": lambda x: 1.0 / x,
}


@pytest.mark.part(4)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_ways_agree_at_special_numbers(name: str, dtype: str) -> None:
    """Reverse and forward, eager and compiled, to second order: the same numbers, in the dtype of the operand."""
    f, x = FUNCTIONS[name], np.asarray(numpy.array(SPECIAL, dtype))
    slope = wg.grad(lambda x: f(x).sum())
    reverse = lambda x: [f(x), slope(x), wg.grad(lambda x: slope(x).sum())(x)]
    ahead = lambda g: lambda x: wg.jvp(g, (x,), (numpy.ones(x.shape, dtype),))[1]
    found = reverse(x)
    for others in (wg.jit(reverse)(x), [f(x), ahead(f)(x), ahead(ahead(f))(x)]):
        for order, (one, other) in enumerate(zip(found, others, strict=True)):
            assert one.dtype == other.dtype == dtype
            one, other = (v.numpy().astype(float) for v in (one, other))
            numpy.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-42, err_msg=f"derivative {order}")
