"""Tangents of sizes, and what their products tend to where the size is 0.

The tangent of a size n (a norm, an absolute value, a root) is s / n, and 0 where n is 0. A factor g(n) that vanishes
with n makes a smooth function of it again: s / n times g(n) tends to s times the slope of g, and s, though 0 as n is,
has a derivative. So the tangents of sizes are noted while derivatives are open, and looked for in products.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.state import derivative_watches, state
from ..core.tensor import Tensor

MOST_LIMITS = 4
"""So many limits are looked for one within another, as products of which each is a derivative of the one before."""


def noted(tangent: Any, size: Any, dividend: Callable[[], Any]) -> Any:
    """The tangent, noted as ``dividend() / size`` if a derivative of it can be asked for."""
    if type(tangent) is Tensor and type(size) is Tensor and tangent._node.watch & derivative_watches():
        if state.sizes is None:
            state.sizes = {}
        state.sizes[tangent._node] = size, dividend
    return tangent


def with_limit(product: Any, tangent: Any, by: Any) -> Any:
    """The product of a tangent and a factor, and where both are 0 with a size what it is made of there."""
    from .slope import limits_of_product  # which reads the list along the derivatives of products

    if state.limits == MOST_LIMITS:
        return product
    state.limits += 1
    try:
        for limit in limits_of_product(tangent, by):
            product = product + limit
    finally:
        state.limits -= 1
    return product


def with_limit_at_zero(cotangent: Any, ct: Any, x: Any, out: Any) -> Any:
    """The cotangent of x, and where the size `out` of x is 0 what its derivative is made of there."""
    if type(ct) is not Tensor:
        return cotangent
    from .slope import part_at_zero

    part = part_at_zero(ct, x, out)
    return cotangent if part is None else cotangent + part
