"""SciPy's searches for the least of all minima, which then differentiates as any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import numpy
from scipy import optimize

import wengert as wg

from .conditions import both_bounds, stationarity
from .functions import compiled, on_arrays, scalar, to_arrays
from .solutions import Solution


def _search(name: str, example: str) -> Callable[..., Any]:
    """SciPy's search of that name within bounds, with a minimum that differentiates."""
    of_scipy = getattr(optimize, name)

    def search(
        func: Callable[..., Any],
        bounds: Any,
        args: Any = (),
        *,
        derivative_tolerance: float | None = 1e-3,
        **options: Any,
    ) -> optimize.OptimizeResult:
        bounds = list(zip(bounds.lb, bounds.ub, strict=True)) if isinstance(bounds, optimize.Bounds) else list(bounds)
        operands = {
            "args": args if isinstance(args, tuple) else (args,),
            "bounds": both_bounds(bounds, numpy.zeros(len(bounds))),
            "constraints": [],
        }
        found = optimize.OptimizeResult()
        value = lambda x, *args: float(scalar(func)(x, *args).item())

        def solve(operands: Any) -> Any:
            given = to_arrays(operands)
            pairs = list(zip(*(bound.tolist() for bound in given["bounds"]), strict=True))
            found.update(of_scipy(value, pairs, args=tuple(given["args"]), **options))
            return {"x": numpy.asarray(found.x), "multipliers": []}

        return _with_minimum(found, name, func, solve, operands, derivative_tolerance)

    search.__name__ = search.__qualname__ = name
    search.__doc__ = f"""Search for the least minimum within bounds, as ``scipy.optimize.{name}`` does.

    No gradient is used: `func` may be any code, and is called on NumPy arrays. Of operations of this library, the
    minimum differentiates in `args`, in bounds that hold it and in all tensors that `func` reads from outside. A search
    asks for values, so that it does not run within `jit` and `vmap`.

    Args:
        func: ``func(x, *args)`` gives a number.
        bounds: ``Bounds``, or a pair for each unknown.
        args: further arguments: arrays, or nestings of arrays.
        derivative_tolerance: how far x may be from a minimum where its derivative is asked for (`wengert.implicit`).
        options: as SciPy's, all by keyword.

    Returns:
        SciPy's ``OptimizeResult``, whose ``x`` and ``fun`` are tensors.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.optimize import {name}
    >>> waves = lambda x: np.sum((x - 1) ** 2 - np.cos(3 * (x - 1)))
    >>> {name}(waves, [(-4, 5), (-4, 5)]{example}).x.round(3)
    tensor([1., 1.])
    """
    return search


def basinhopping(
    func: Callable[..., Any],
    x0: Any,
    args: Any = (),
    minimizer_kwargs: Mapping[str, Any] | None = None,
    *,
    derivative_tolerance: float | None = 1e-3,
    **options: Any,
) -> optimize.OptimizeResult:
    """Search for the least minimum by jumps from minimum to minimum, as ``scipy.optimize.basinhopping`` does.

    The engine gives the gradient of each local minimization, compiled, and the minimum differentiates.

    Args:
        func: ``func(x, *args)`` gives a number.
        x0: where to begin, of shape ``(n,)``.
        args: further arguments: arrays, or nestings of arrays.
        minimizer_kwargs: of the local minimizations; ``{"method": "L-BFGS-B"}`` by default.
        derivative_tolerance: how far x may be from a minimum where its derivative is asked for (`wengert.implicit`).
        options: as SciPy's, by keyword: ``niter``, ``stepsize``, ``rng``, ...

    Returns:
        SciPy's ``OptimizeResult``, whose ``x`` and ``fun`` are tensors.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.optimize import basinhopping
    >>> waves = lambda x: np.sum((x - 1) ** 2 - np.cos(6 * (x - 1)))
    >>> basinhopping(waves, np.array([-2.0, 3.0]), rng=0, stepsize=1.0).x.round(3)
    tensor([1., 1.])
    """
    operands = {"args": args if isinstance(args, tuple) else (args,), "bounds": None, "constraints": []}
    found = optimize.OptimizeResult()

    def solve(operands: Any) -> Any:
        local = {
            "method": "L-BFGS-B",
            **(minimizer_kwargs or {}),
            "jac": True,
            "args": tuple(to_arrays(operands["args"])),
        }
        both = on_arrays(compiled(wg.value_and_grad, scalar, func))
        found.update(optimize.basinhopping(both, numpy.asarray(x0), minimizer_kwargs=local, **options))
        return {"x": numpy.asarray(found.x), "multipliers": []}

    return _with_minimum(found, "basinhopping", func, solve, operands, derivative_tolerance)


def _with_minimum(
    found: optimize.OptimizeResult,
    name: str,
    func: Callable[..., Any],
    solve: Callable[[Any], Any],
    operands: Any,
    tolerance: float | None,
) -> optimize.OptimizeResult:
    """What was found, with the minimum as a function of the operands."""

    def reads(solution: Any, operands: Any) -> Any:
        return scalar(func)(solution["x"], *operands["args"]), operands["bounds"]

    residual = partial(stationarity, wg.grad(scalar(func)), [])
    found.x = Solution(name, solve, residual, reads, tolerance).at(operands)["x"]
    found.fun = scalar(func)(found.x, *operands["args"])
    return found


differential_evolution: Final = _search("differential_evolution", ", rng=0, tol=1e-8")
dual_annealing: Final = _search("dual_annealing", ", rng=0, maxiter=100")
shgo: Final = _search("shgo", ", n=64")
direct: Final = _search("direct", ", vol_tol=1e-20, len_tol=1e-8, maxiter=2000, maxfun=20000")
