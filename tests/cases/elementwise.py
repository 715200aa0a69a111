"""Elementwise functions."""

from __future__ import annotations

import numpy

import wengert.numpy as np

from .case import EVERY, REAL, Case, uniform

SMALL = (2, 3)


def _unary(name: str, low: float = -1.0, high: float = 1.0, dtypes: tuple[str, ...] = EVERY, order: int = 2) -> Case:
    return Case(name, getattr(np, name), (uniform(SMALL, low, high),), getattr(numpy, name), dtypes, order)


def _binary(name: str, low: float = -1.0, high: float = 1.0, dtypes: tuple[str, ...] = EVERY, order: int = 2) -> Case:
    makers = (uniform(SMALL, low, high), uniform(SMALL, low, high))
    return Case(name, getattr(np, name), makers, getattr(numpy, name), dtypes, order)


CASES = [
    _unary("sin"),
    _unary("cos"),
    _unary("exp"),
    _unary("log", 0.5, 2.0),
    _unary("tanh"),
    _unary("sqrt", 0.5, 2.0),
    _binary("add"),
    _binary("subtract"),
    _binary("multiply"),
    _binary("divide", 0.5, 2.0),
    Case("add_broadcast", np.add, (uniform((2, 3)), uniform((3,))), numpy.add, EVERY),
    Case("multiply_broadcast", np.multiply, (uniform((2, 1)), uniform((3,))), numpy.multiply, EVERY),
    Case("multiply_scalar", np.multiply, (uniform(()), uniform((3,))), numpy.multiply, REAL),
]
