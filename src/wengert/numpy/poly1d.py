"""A polynomial as an object, under NumPy's name."""

from __future__ import annotations

from typing import Any, Final

import numpy

from ..core.tensor import Tensor
from .arrays.creation import zeros
from .arrays.joining import concatenate
from .arrays.manipulation import atleast_1d
from .elementwise import array_equal
from .polynomials import (
    poly,
    polyadd,
    polyder,
    polydiv,
    polyint,
    polymul,
    polysub,
    polyval,
    roots,
    without_leading_zeros,
)
from .protocols.lift import to_tensor

__all__ = ["poly1d"]


class poly1d:  # noqa: N801 - NumPy's name
    """As ``numpy.poly1d``: a polynomial of one variable, differentiable in its coefficients and where it is evaluated.

    Args:
        c_or_r: the coefficients, the highest power first; or the zeros, if `r` is true.
        r: whether zeros were given.
        variable: the name that it is printed with.

    >>> import wengert as wg, wengert.numpy as np
    >>> p = np.poly1d([1.0, -3.0, 2.0])
    >>> p(3.0), p.order, (p * p).coeffs
    (tensor(2.), 2, tensor([  1.,  -6.,  13., -12.,   4.]))
    >>> wg.grad(lambda c: np.poly1d(c)(3.0))(p.coeffs)
    tensor([9., 3., 1.])
    """

    __hash__: Final = None  # type: ignore[assignment]
    __array_ufunc__ = None

    def __init__(self, c_or_r: Any, r: bool = False, variable: str | None = None) -> None:
        given = c_or_r.coeffs if isinstance(c_or_r, poly1d) else c_or_r
        coefficients = poly(given) if r else atleast_1d(to_tensor(given, "poly1d"))
        if coefficients.ndim > 1:
            raise ValueError("Polynomial must be 1d only.")
        if coefficients.size == 0:
            coefficients = zeros(1, coefficients.dtype)
        self._coefficients = without_leading_zeros(coefficients)
        self.variable: str = variable or getattr(c_or_r, "variable", "x")

    @property
    def coeffs(self) -> Tensor:
        """The coefficients, the highest power first."""
        return self._coefficients

    @property
    def order(self) -> int:
        """The highest power."""
        return self.coeffs.size - 1

    @property
    def roots(self) -> Tensor:
        """The zeros."""
        return roots(self.coeffs)

    coefficients: Final = property(lambda self: self.coeffs, doc="The coefficients, the highest power first.")
    c: Final = coefficients
    coef: Final = coefficients
    o: Final = property(lambda self: self.order, doc="The highest power.")
    r: Final = property(lambda self: self.roots, doc="The zeros.")

    def __call__(self, val: Any) -> Any:
        """The value at a point, at each of an array; or the composition with another polynomial."""
        if not isinstance(val, poly1d):
            return polyval(self.coeffs, val)
        made = poly1d([0])
        for coefficient in self.coeffs:
            made = made * val + coefficient
        return made

    def deriv(self, m: int = 1) -> poly1d:
        """The m-th derivative."""
        return poly1d(polyder(self.coeffs, m), variable=self.variable)

    def integ(self, m: int = 1, k: Any = 0) -> poly1d:
        """The m-th integral, with the constants `k`."""
        return poly1d(polyint(self.coeffs, m, k), variable=self.variable)

    # -- arithmetic --------------------------------------------------------------------------------

    def __neg__(self) -> poly1d:
        return poly1d(-self.coeffs)

    def __pos__(self) -> poly1d:
        return self

    def __add__(self, other: Any) -> poly1d:
        return poly1d(polyadd(self.coeffs, poly1d(other).coeffs))

    __radd__ = __add__

    def __sub__(self, other: Any) -> poly1d:
        return poly1d(polysub(self.coeffs, poly1d(other).coeffs))

    def __rsub__(self, other: Any) -> poly1d:
        return poly1d(polysub(poly1d(other).coeffs, self.coeffs))

    def __mul__(self, other: Any) -> poly1d:
        return poly1d(polymul(self.coeffs, poly1d(other).coeffs))

    __rmul__ = __mul__

    def __pow__(self, val: Any) -> poly1d:
        if not isinstance(val, (int, numpy.integer)) or val < 0:
            raise ValueError("Power to non-negative integers only.")
        made = poly1d([1])
        for _ in range(int(val)):
            made = made * self
        return made

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, poly1d):
            quotient, rest = polydiv(self.coeffs, other.coeffs)
            return poly1d(quotient), poly1d(rest)
        return poly1d(self.coeffs / other)

    def __rtruediv__(self, other: Any) -> Any:
        quotient, rest = polydiv(poly1d(other).coeffs, self.coeffs)
        return poly1d(quotient), poly1d(rest)

    # -- coefficients ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self.order

    def __getitem__(self, val: int) -> Any:
        """The coefficient of a power."""
        return self.coeffs[self.order - val] if 0 <= val <= self.order else zeros((), self.coeffs.dtype)

    def __setitem__(self, key: int, val: Any) -> None:
        """Set the coefficient of a power, which may be higher than those that are there."""
        if key < 0:
            raise ValueError("Does not support negative powers.")
        missing = max(key - self.order, 0)
        widened = concatenate([zeros(missing, self.coeffs.dtype), self.coeffs])
        widened[widened.size - 1 - key] = val
        self._coefficients = widened

    def __iter__(self) -> Any:
        return iter(self.coeffs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, poly1d):
            return NotImplemented
        return array_equal(self.coeffs, other.coeffs)

    def __repr__(self) -> str:
        return f"poly1d({numpy.array2string(numpy.asarray(self.coeffs.detach()), separator=', ')})"

    def __str__(self) -> str:
        return str(numpy.poly1d(numpy.asarray(self.coeffs.detach()), variable=self.variable))
