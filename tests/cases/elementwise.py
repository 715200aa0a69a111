"""Elementwise functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy

import wengert.numpy as np
from wengert.ops import elementwise as e

from .case import EVERY, REAL, Case, Maker, apart, fixed, uniform

SMALL = (2, 3)


def _unary(name: str, low: float = -1.0, high: float = 1.0, dtypes: tuple[str, ...] = EVERY, order: int = 2) -> Case:
    return Case(name, getattr(np, name), (uniform(SMALL, low, high),), getattr(numpy, name), dtypes, order)


def _binary(name: str, low: float = -1.0, high: float = 1.0, dtypes: tuple[str, ...] = EVERY, order: int = 2) -> Case:
    makers = (uniform(SMALL, low, high), uniform(SMALL, low, high))
    return Case(name, getattr(np, name), makers, getattr(numpy, name), dtypes, order)


def _broadcast(name: str, first: Maker, second: Maker, dtypes: tuple[str, ...] = REAL, order: int = 2) -> Case:
    return Case(f"{name}_broadcast", getattr(np, name), (first, second), getattr(numpy, name), dtypes, order)


def _with(
    label: str,
    name: str,
    arguments: tuple[Maker, ...],
    *rest: Any,
    dtypes: tuple[str, ...] = REAL,
    order: int = 2,
    **options: Any,
) -> Case:
    """A case of a function with static arguments, which follow the array arguments."""

    def bound(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arrays: function(*arrays, *rest, **options)

    return Case(f"{name}_{label}", bound(getattr(np, name)), arguments, bound(getattr(numpy, name)), dtypes, order)


def _scalar_left(name: str, scalar: Any, argument: Maker, dtypes: tuple[str, ...] = EVERY) -> Case:
    return Case(
        f"{name}_scalar_left",
        partial(getattr(np, name), scalar),
        (argument,),
        partial(getattr(numpy, name), scalar),
        dtypes,
    )


MATRIX, ROW, COLUMN = uniform((2, 3)), uniform((3,)), uniform((2, 1))
POSITIVE = uniform(SMALL, 0.5, 2.0)
NOT_FINITE = fixed([numpy.nan, 0.3, -numpy.inf, 2.0, numpy.inf])

SMOOTH = [
    *[_unary(name) for name in ("sin", "cos", "tan", "exp", "exp2", "expm1", "sinh", "cosh", "tanh", "arctan")],
    *[_unary(name) for name in ("arcsinh", "negative", "positive", "square", "conjugate", "real", "imag", "sinc")],
    *[_unary(name, 0.5, 2.0) for name in ("log", "log2", "log10", "log1p", "sqrt", "reciprocal", "absolute", "sign")],
    *[_unary(name, -0.9, 0.9) for name in ("arcsin", "arccos", "arctanh")],
    _unary("arccosh", 1.5, 2.5),
    _unary("i0", 0.3, 2.0, REAL),
    _with("near_0", "sinc", (uniform(SMALL, -0.09, 0.09),), dtypes=EVERY),
    *[_unary(name, 0.3, 2.0, REAL) for name in ("cbrt", "deg2rad", "rad2deg", "fabs")],
    *[_unary(name, 0.1, 2.0, EVERY) for name in ("angle", "nan_to_num")],
    *[_binary(name) for name in ("add", "subtract", "multiply")],
    *[_binary(name, 0.5, 2.0) for name in ("divide", "power", "float_power")],
    *[_binary(name, -2.0, 2.0, REAL) for name in ("logaddexp", "logaddexp2")],
    *[_binary(name, 0.3, 2.0, REAL) for name in ("arctan2", "hypot")],
]

KINKED = [
    *[_binary(name, dtypes=REAL) for name in ("maximum", "minimum", "fmax", "fmin", "copysign", "heaviside")],
    *[_broadcast(name, apart((2, 3)), uniform((3,), 1.3, 1.7)) for name in ("remainder", "fmod")],
    _with("of_multiples", "remainder", (uniform(SMALL, 3.2, 3.8),), 0.9),
    _with("negative", "fmod", (uniform(SMALL, -3.2, -2.8),), 0.9),
    _with("complex", "maximum", (MATRIX, MATRIX), dtypes=EVERY),
    _with("bounds", "clip", (apart((8,)),), -0.45, 0.52),
    _with("low", "clip", (apart((8,)),), -0.45, None),
    _with("high", "clip", (apart((8,)),), None, 0.52),
    _with("keywords", "clip", (apart((8,)),), min=-0.45, max=0.52),
    _with("arrays", "clip", (apart((2, 4), -2.0, 2.0), uniform((4,), -1.5, -0.5), uniform((2, 1), 0.5, 1.5))),
    _with("not_finite", "nan_to_num", (NOT_FINITE,), nan=2.0, posinf=3.0, neginf=-3.0, order=0),
    Case("where_by_constant", lambda x, y: np.where([True, False, True], x, y), (MATRIX, ROW),
         lambda x, y: numpy.where([True, False, True], x, y), EVERY),
    Case("where_by_value", lambda x, y: np.where(x > y, x * y, x), (MATRIX, ROW),
         lambda x, y: numpy.where(x > y, x * y, x), REAL),
    Case("where_scalar", lambda x: np.where(x > 0, x, 0.0), (MATRIX,), lambda x: numpy.where(x > 0, x, 0.0)),
]  # fmt: skip

STATIC = [
    *[_with(f"by_{y}", "power", (POSITIVE,), y, dtypes=EVERY) for y in (2, 3, -1, 0.5, -1.5, 0, 1)],
    _with("of_negative", "power", (uniform(SMALL, -2.0, -0.5),), 3),
    _with("by_complex", "power", (POSITIVE,), 1 + 2j, dtypes=EVERY),
    _with("by_integers", "power", (POSITIVE,), numpy.array([0, 2, -3]), dtypes=EVERY),
    _scalar_left("power", 2, MATRIX),
    _scalar_left("power", -1.5 + 0.5j, MATRIX),
    _scalar_left("divide", 3, POSITIVE),
    _scalar_left("subtract", 3, MATRIX),
    _scalar_left("multiply", 3.0, uniform(()), REAL),
    _with("by_zero_free_scalar", "divide", (MATRIX,), 4, dtypes=EVERY),
    _scalar_left("logaddexp", 0.0, MATRIX, REAL),
    _scalar_left("maximum", 0.1, MATRIX, REAL),
    _scalar_left("arctan2", 1.0, MATRIX, REAL),
    _scalar_left("hypot", 1, MATRIX, REAL),
    _scalar_left("remainder", 7, uniform(SMALL, 1.6, 2.2), REAL),
    _scalar_left("fmod", 7, uniform(SMALL, 1.8, 2.3), REAL),
    _with("degrees", "angle", (POSITIVE,), True, dtypes=EVERY),
    _with("powers", "ldexp", (MATRIX,), numpy.array([1, -2, 3])),
    Case("modf", np.modf, (MATRIX,), numpy.modf),
    Case("frexp", np.frexp, (apart(SMALL),), numpy.frexp),
    Case("divmod", np.divmod, (uniform(SMALL, 3.1, 3.9), fixed(1.0)), numpy.divmod, order=0),
    Case("divmod_derivative", lambda x: np.divmod(x, 0.9), (uniform(SMALL, 3.1, 3.5),), lambda x: numpy.divmod(x, 0.9)),
]

BROADCAST = [
    _broadcast("add", MATRIX, ROW, EVERY),
    _broadcast("multiply", COLUMN, ROW, EVERY),
    _broadcast("divide", POSITIVE, uniform((1, 3), 0.5, 1.0), EVERY),
    _broadcast("power", uniform((2, 1), 0.5, 2.0), ROW, EVERY),
    _broadcast("maximum", MATRIX, ROW),
    _broadcast("logaddexp", COLUMN, ROW),
    Case("add_of_integers", lambda x: x + numpy.arange(3), (MATRIX,), lambda x: x + numpy.arange(3), EVERY),
]

CONSTANT = [
    *[_unary(name, -2.0, 2.0, REAL, 0) for name in ("floor", "ceil", "trunc", "rint", "fix", "signbit", "spacing")],
    *[
        _unary(name, -2.0, 2.0, EVERY, 0)
        for name in ("isnan", "isinf", "isfinite", "isreal", "iscomplex", "logical_not")
    ],
    *[_unary(name, -2.0, 2.0, REAL, 0) for name in ("isposinf", "isneginf")],
    *[_binary(name, -2.0, 2.0, REAL, 0) for name in ("floor_divide", "nextafter")],
    *[_binary(name, dtypes=EVERY, order=0) for name in ("equal", "not_equal", "less", "less_equal", "greater")],
    *[_binary(name, dtypes=EVERY, order=0) for name in ("greater_equal", "logical_and", "logical_or", "logical_xor")],
    _with("decimals", "round", (MATRIX,), 2, dtypes=EVERY, order=0),
    _with("tolerance", "isclose", (MATRIX, MATRIX), 0.5, 0.1, dtypes=EVERY, order=0),
]

OWN = [
    Case("sigmoid", lambda x: e.sigmoid(np.asarray(x)), (MATRIX,), lambda x: 1 / (1 + numpy.exp(-x)), EVERY),
    Case("relu", lambda x: e.relu(np.asarray(x)), (MATRIX,), lambda x: numpy.maximum(x, 0)),
]

CASES = [*OWN, *SMOOTH, *KINKED, *STATIC, *BROADCAST, *CONSTANT]
