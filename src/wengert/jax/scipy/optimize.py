"""``jax.scipy.optimize``: `wengert.scipy.optimize`, of arrays that nobody writes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from wengert.scipy import optimize

from ...names import missing_name as _missing_name
from ..array import Array, arrays, as_tensor, of

__all__ = ["OptimizeResults", "minimize"]


class OptimizeResults(NamedTuple):
    """What `minimize` found, and how."""

    x: Any
    success: Any
    status: Any
    fun: Any
    jac: Any
    hess_inv: Any
    nfev: Any
    njev: Any
    nit: Any


METHODS = {"bfgs": "BFGS", "l-bfgs-experimental-do-not-rely-on-this": "L-BFGS-B"}
"""The methods of `wengert.scipy.optimize.minimize` by JAX's names."""


def minimize(
    fun: Callable[..., Any], x0: Any, args: tuple[Any, ...] = (), *, method: str, tol: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> OptimizeResults:  # fmt: skip
    """Minimize a function of a vector; the minimum can be differentiated by what `fun` reads.

    Raises:
        ValueError: another method than ``"BFGS"``.
    """
    if method.lower() not in METHODS:
        raise ValueError(
            f"[minimize] method={method!r} was given, wanted 'BFGS', which is the one that JAX has; write "
            "method='BFGS', or wengert.scipy.optimize.minimize for SciPy's others"
        )
    found = optimize.minimize(
        lambda x, *rest: as_tensor(fun(of(x), *rest)),
        as_tensor(x0),
        arrays(args),
        METHODS[method.lower()],
        tol=tol,
        options=options,
    )
    return OptimizeResults(*(_shown(found.get(name)) for name in OptimizeResults._fields))


def _shown(value: Any) -> Array | None:
    return None if value is None else of(as_tensor(value))


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jax.scipy.optimize")
