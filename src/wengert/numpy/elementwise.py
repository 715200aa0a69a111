"""Elementwise functions, under NumPy's names."""

from __future__ import annotations

from ..ops import elementwise as e
from .lift import lift

__all__ = ["add", "cos", "divide", "exp", "log", "multiply", "sin", "sqrt", "subtract", "tanh", "true_divide", "where"]

add = lift(e.add)
subtract = lift(e.subtract)
multiply = lift(e.multiply)
divide = true_divide = lift(e.divide)
sin = lift(e.sin)
cos = lift(e.cos)
exp = lift(e.exp)
log = lift(e.log_of)
tanh = lift(e.tanh)
sqrt = lift(e.sqrt)
where = lift(e.where)
