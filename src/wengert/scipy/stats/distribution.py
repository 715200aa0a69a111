"""What distributions share: parameters, support, and which function follows from which.

A family states its standard form in the hooks ``_logpdf``, ``_cdf``, ``_ppf``, ... ; the public methods shift by `loc`,
stretch by `scale`, and look after the support: outside it a density is 0, its logarithm -inf, and every derivative 0.
A parameter that is not allowed (a scale that is not positive, say) gives NaN, as in SciPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nan
from typing import Any

import numpy

from ...core.tensor import Tensor
from ...ops import elementwise as e
from ...ops.linear_maps import NOT_DIFFERENTIABLE, missing
from ..operands import in_one_precision


class Family:
    """A family of distributions.

    Attributes:
        shapes: the names of the parameters besides `loc` and `scale`.
        support: the least and the greatest value of the standard form; ``None`` if it is the whole line.
        open_below: whether the least value is not on the support itself.
        may_be_zero: whether the shapes need not be positive, but only not negative.
        inner: a value at which the standard form is smooth, to evaluate it at in place of one outside the support.
    """

    shapes: tuple[str, ...] = ()
    support: tuple[float, float] | None = None
    open_below: bool = False
    may_be_zero: bool = False
    inner: float = 0.5
    _defaults: tuple[tuple[str, float], ...] = ()

    def __call__(self, *args: Any, **kwds: Any) -> Frozen:
        """The distribution with these parameters: ``norm(0, 2).logpdf(x)`` is ``norm.logpdf(x, 0, 2)``."""
        return Frozen(self, args, kwds)

    @property
    def name(self) -> str:
        return type(self).__name__.lower()

    def _valid(self, *shapes: Tensor) -> list[Any]:
        """The conditions on the shapes; by default each is positive, or not negative."""
        exceeds = e.greater_equal if self.may_be_zero else e.greater
        return [exceeds(shape, 0) for shape in shapes]

    def _support(self, *shapes: Tensor) -> tuple[Any, Any] | None:
        return self.support

    def _between(
        self, x: Any, shapes: Sequence[Tensor], below: float, above: float, inside: Callable[[Any], Any]
    ) -> Any:
        """``inside(x)`` on the support, and constants beyond it; a NaN counts as inside."""
        support = self._support(*shapes)
        if support is None:
            return inside(x)
        is_below = (e.less_equal if self.open_below else e.less)(x, support[0])
        is_above = e.greater(x, support[1])
        value = inside(e.where(e.logical_or(is_below, is_above), self.inner, x))
        return e.where(is_below, below, e.where(is_above, above, value))

    def _bound(self, args: Sequence[Any], kwds: dict[str, Any]) -> list[Any]:
        """The parameters in their order, by position or by name.

        Raises:
            TypeError: one is missing, unknown or given twice.
        """
        defaults = dict(self._defaults)
        names = (*self.shapes, *defaults)
        given = dict(zip(names, args, strict=False))
        if len(args) > len(names) or not given.keys().isdisjoint(kwds) or not kwds.keys() <= set(names):
            raise TypeError(self._wrong_parameters(names, f"{[*args, *kwds]} were given"))
        given = {**defaults, **given, **kwds}
        absent = [name for name in names if name not in given]
        if absent:
            raise TypeError(self._wrong_parameters(names, f"{', '.join(absent)} was not given"))
        return [given[name] for name in names]

    def _wrong_parameters(self, names: Sequence[str], what: str) -> str:
        call = ", ".join(("x", *(f"{name}=..." for name in names)))
        return f"[{self.name}] {what}, wanted the parameters {', '.join(names)}; write {self.name}.<function>({call})"


class Frozen:
    """A distribution whose parameters are set: the functions of its family, of one argument."""

    def __init__(self, family: Family, args: Sequence[Any], kwds: dict[str, Any]) -> None:
        self._family = family
        self._args = args
        self._kwds = kwds

    def __getattr__(self, name: str) -> Callable[[Any], Tensor]:
        method = getattr(self._family, name)
        return lambda x: method(x, *self._args, **self._kwds)


def every(conditions: Sequence[Any]) -> Any:
    """Whether all hold, elementwise."""
    result = conditions[0]
    for condition in conditions[1:]:
        result = e.logical_and(result, condition)
    return result


def valued(value: Any, conditions: Sequence[Any]) -> Tensor:
    """The value, and NaN where a condition fails."""
    return e.where(every(conditions), value, nan) if conditions else value


def quiet_log(x: Any) -> Any:
    """log(x), with -inf at 0 and no warning."""
    zero = e.equal(x, 0)
    return e.where(zero, -inf, e.log_of(e.where(zero, 1, x)))


def log_of_one_of(p: Any, rest: Any) -> Any:
    """log(p) of two probabilities that add up to 1: near 1 by the other one."""
    is_large = e.less(rest, 0.5)
    return e.where(is_large, e.log1p(-e.where(is_large, rest, 0)), quiet_log(e.where(is_large, 1, p)))


class Continuous(Family):
    """A family of densities, in the parametrisation of ``scipy.stats``: shapes, then `loc`, then `scale`."""

    _defaults = (("loc", 0), ("scale", 1))

    def logpdf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of the density."""
        return self._on_support(self._logpdf, -inf, -inf, x, args, kwds, lambda value, scale: value - e.log_of(scale))

    def pdf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The density."""
        return self._on_support(self._pdf, 0, 0, x, args, kwds, lambda value, scale: value / scale)

    def cdf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The probability of at most `x`."""
        return self._on_support(self._cdf, 0, 1, x, args, kwds)

    def sf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The probability of more than `x`, accurate in the upper tail."""
        return self._on_support(self._sf, 1, 0, x, args, kwds)

    def logcdf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of `cdf`."""
        return self._on_support(self._logcdf, -inf, 0, x, args, kwds)

    def logsf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of `sf`."""
        return self._on_support(self._logsf, 0, -inf, x, args, kwds)

    def ppf(self, q: Any, *args: Any, **kwds: Any) -> Tensor:
        """The quantile: the inverse of `cdf`."""
        return self._quantile(self._ppf, q, args, kwds)

    def isf(self, q: Any, *args: Any, **kwds: Any) -> Tensor:
        """The inverse of `sf`."""
        return self._quantile(self._isf, q, args, kwds)

    def _on_support(
        self,
        function: Callable[..., Any],
        below: float,
        above: float,
        x: Any,
        args: Sequence[Any],
        kwds: dict[str, Any],
        stretched: Callable[[Any, Any], Any] = lambda value, scale: value,
    ) -> Tensor:
        """A function of the standard form, and what becomes of it where that is stretched by the scale."""
        x, *shapes, loc, scale = in_one_precision([x, *self._bound(args, kwds)])

        def inside(y: Any) -> Any:
            return stretched(function(y, *shapes), scale)

        with numpy.errstate(all="ignore"):
            value = self._between((x - loc) / scale, shapes, below, above, inside)
            return valued(value, [e.greater(scale, 0), *self._valid(*shapes)])

    def _quantile(self, function: Callable[..., Any], q: Any, args: Sequence[Any], kwds: dict[str, Any]) -> Tensor:
        q, *shapes, loc, scale = in_one_precision([q, *self._bound(args, kwds)])
        ends = self._support(*shapes) or (-inf, inf)
        low, high = ends if function == self._ppf else ends[::-1]
        with numpy.errstate(all="ignore"):
            inside = e.logical_and(e.greater(q, 0), e.less(q, 1))
            y = function(e.where(inside, q, 0.5), *shapes)
            y = e.where(e.equal(q, 0), low, e.where(e.equal(q, 1), high, y))
            allowed = e.logical_and(e.greater_equal(q, 0), e.less_equal(q, 1))
            return valued(loc + scale * y, [allowed, e.greater(scale, 0), *self._valid(*shapes)])

    # -- the standard form -------------------------------------------------------------------------

    def _logpdf(self, y: Any, *shapes: Any) -> Any:
        raise NotImplementedError

    def _pdf(self, y: Any, *shapes: Any) -> Any:
        return e.exp(self._logpdf(y, *shapes))

    def _cdf(self, y: Any, *shapes: Any) -> Any:
        raise NotImplementedError(_not_written(self.name, "cdf"))

    def _sf(self, y: Any, *shapes: Any) -> Any:
        return 1 - self._cdf(y, *shapes)

    def _logcdf(self, y: Any, *shapes: Any) -> Any:
        return log_of_one_of(self._cdf(y, *shapes), self._sf(y, *shapes))

    def _logsf(self, y: Any, *shapes: Any) -> Any:
        return log_of_one_of(self._sf(y, *shapes), self._cdf(y, *shapes))

    def _ppf(self, q: Any, *shapes: Any) -> Any:
        raise NotImplementedError(_not_written(self.name, "ppf"))

    def _isf(self, q: Any, *shapes: Any) -> Any:
        return self._ppf(1 - q, *shapes)


def _not_written(name: str, function: str) -> str:
    return f"[{name}.{function}] it was called, but is not written yet; wanted {name}.logpdf or pdf; write those"


_count = e.elementwise(
    "count", numpy.positive, ("k",), missing(NOT_DIFFERENTIABLE, "a distribution on whole numbers has no density")
)
"""The identity, on what counts."""


class Discrete(Family):
    """A family of distributions on whole numbers: shapes, then `loc`. Anything between them has probability 0."""

    _defaults = (("loc", 0),)

    def logpmf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of the probability of `k`; differentiable in the parameters."""

        def whole(y: Any, *shapes: Any) -> Any:
            return e.where(e.greater(e.absolute(y - e.rint(y)), 0), -inf, self._logpmf(y, *shapes))

        return self._on_support(whole, -inf, -inf, k, args, kwds)

    def pmf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The probability of `k`."""
        return e.exp(self.logpmf(k, *args, **kwds))

    def cdf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The probability of at most `k`."""
        return self._cumulative(self._cdf, 0, 1, k, args, kwds)

    def sf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The probability of more than `k`, accurate in the upper tail."""
        return self._cumulative(self._sf, 1, 0, k, args, kwds)

    def logcdf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of `cdf`."""
        return log_of_one_of(self.cdf(k, *args, **kwds), self.sf(k, *args, **kwds))

    def logsf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of `sf`."""
        return log_of_one_of(self.sf(k, *args, **kwds), self.cdf(k, *args, **kwds))

    def _cumulative(
        self,
        function: Callable[..., Any],
        below: float,
        above: float,
        k: Any,
        args: Sequence[Any],
        kwds: dict[str, Any],
    ) -> Tensor:
        def steps(y: Any, *shapes: Any) -> Any:
            _, high = self._support(*shapes) or (-inf, inf)
            least = e.floor(y)
            last = e.greater_equal(least, high)
            return e.where(last, above, function(e.where(last, self.inner, least), *shapes))

        return self._on_support(steps, below, above, k, args, kwds)

    def _on_support(
        self,
        function: Callable[..., Any],
        below: float,
        above: float,
        k: Any,
        args: Sequence[Any],
        kwds: dict[str, Any],
    ) -> Tensor:
        k, *shapes, loc = in_one_precision([k, *self._bound(args, kwds)])
        with numpy.errstate(all="ignore"):
            value = self._between(_count(k - loc), shapes, below, above, lambda y: function(y, *shapes))
            return valued(value, self._valid(*shapes))

    # -- the standard form -------------------------------------------------------------------------

    def _logpmf(self, k: Any, *shapes: Any) -> Any:
        raise NotImplementedError

    def _cdf(self, k: Any, *shapes: Any) -> Any:
        raise NotImplementedError

    def _sf(self, k: Any, *shapes: Any) -> Any:
        return 1 - self._cdf(k, *shapes)
